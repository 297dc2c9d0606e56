# Makes the run's folder and says whether the run can go on. bash, on the login node.
# shellcheck shell=bash
: "${folder:?}" "${run_id:?}" "${key:?}" "${min_free_kb:?}" "${requests:?}" "${trees:?}" "${probe:?}"
fail() { printf '::error %s %s\n' "$1" "$2"; exit 3; }
set -uo pipefail

given=$folder
why=$(mkdir -p "$folder/runs" "$folder/venvs/builds" "$folder/venvs/used" "$folder/jobs" "$folder/checkouts" "$folder/tracers" 2>&1) ||
  fail folder-unwritable "cannot use folder $given on $(hostname): ${why##*: }; set 'folder' to one you can write"
folder=$(cd "$folder" && pwd -P)
case $folder in *[%\\]*) fail folder-name "Slurm expands '%' and '\\' in $folder; set 'folder' to another" ;; esac
run=$folder/runs/$run_id

free_kb=$(df -Pk "$folder" | awk 'NR == 2 { print $4 }')
[ "${free_kb:-0}" -ge "$min_free_kb" ] ||
  fail disk-full "folder $folder on $(hostname) has $((free_kb / 1000)) MB free, $((min_free_kb / 1000)) MB are needed; remove files there or lower 'min_free_gb'"
# A quota can be used up while df still shows room: write something.
why=$({ mkdir -p "$run/logs" "$run/state" &&
  head -c 1048576 /dev/zero >"$run/probe" && rm "$run/probe"; } 2>&1) ||
  fail folder-unwritable "cannot write in $folder on $(hostname): ${why##*: }; check your quota there"

# pip keeps its downloads in the home folder, whose quota is often the smallest.
why=$({ head -c 1048576 /dev/zero >"$HOME/.probe.$$" && rm "$HOME/.probe.$$"; } 2>&1) || {
  rm -f "$HOME/.probe.$$"
  case $why in *[Qq]uota* | *"No space"*)
    fail home-full "the home folder $HOME on $(hostname) is full: ${why##*: }; make room there, 'quota -s' shows your limits" ;;
  esac
}

for command in sbatch scontrol squeue scancel; do
  type "$command" >/dev/null 2>&1 ||
    fail slurm-missing "$command is not on the PATH of $(hostname); is it a login node? 'setup' may load it"
done

# Slurm says now what it would refuse later, after minutes of installing packages perhaps.
while IFS= read -r -d '|' request; do
  options=()
  while IFS= read -r option; do [ -z "$option" ] || options+=("$option"); done <<<"$request"
  why=$(sbatch --test-only "${options[@]}" --wrap true 2>&1) || {
    partitions=$(sinfo -h -o '%R (gres %G)' 2>/dev/null | LC_ALL=C sort -u | paste -sd, -)
    rm -rf "$run"
    fail submit-refused "$(printf '%s' "$why" | sed 's/\(sbatch: \|allocation failure: \|error: \)//g' | paste -sd';' | sed 's/;/; /g'); partitions there: ${partitions:-unknown}"
  }
done <<<"$requests"

printf '::folder %s\n' "$folder"
# Of a tree that is not there, what has not changed is linked from the newest one, not sent.
for tree in $trees; do
  cd "$folder/${tree%/*}" || exit 3
  if [ -d "${tree#*/}" ]; then ready=yes; else ready=no; fi
  printf '::tree %s %s %s\n' "$tree" "$ready" "$(find . -mindepth 1 -maxdepth 1 -not -name '.*' -printf '%T@ %f\n' | sort -n | tail -n 1 | cut -d' ' -f2)"
done
venv=$folder/venvs/$key
# An environment for other machines, or for a container, does not run here.
if if [ "$probe" = yes ]; then "$venv/bin/python" -ISc ''; else [ -d "$venv/bin" ]; fi >/dev/null 2>&1; then echo '::venv ready'; else echo '::venv missing'; fi
