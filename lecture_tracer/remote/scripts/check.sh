# Says what the login node has and what is missing: lines '::ok WHAT|DETAIL' and '::missing WHAT|ADVICE'.
# shellcheck shell=bash
: "${folder:?}" "${python:?}" "${arguments:?}" "${gpus:?}" "${min_free_kb:?}"
ok() { printf '::ok %s|%s\n' "$1" "$2"; }
missing() { printf '::missing %s|%s\n' "$1" "$2"; }

given=$folder
if why=$({ mkdir -p "$folder" && head -c 1048576 /dev/zero >"$folder/.probe.$$" && rm "$folder/.probe.$$"; } 2>&1); then
  free_kb=$(df -Pk "$folder" | awk 'NR == 2 { print $4 }')
  if [ "${free_kb:-0}" -ge "$min_free_kb" ]; then ok folder "$(cd "$folder" && pwd -P), $((free_kb / 1000000)) GB free"
  else missing folder "$folder has $((free_kb / 1000)) MB free, $((min_free_kb / 1000)) MB are needed"; fi
else missing folder "cannot write in $given: ${why##*: }; set 'folder'"; fi

if why=$({ head -c 1048576 /dev/zero >"$HOME/.probe.$$" && rm "$HOME/.probe.$$"; } 2>&1); then
  limits=$(quota -s 2>/dev/null | tail -n 1 | awk 'NF > 3 { print ", quota: " $2 " of " $4 " used" }')
  ok home "$HOME can be written$limits"
else
  rm -f "$HOME/.probe.$$"
  missing home "cannot write in $HOME: ${why##*: }; pip needs room there"
fi

if type rsync >/dev/null 2>&1; then ok rsync "$(rsync --version | head -n 1 | cut -c1-30)"
else missing rsync "rsync is not installed on $(hostname)"; fi

if type sbatch scontrol squeue scancel sinfo >/dev/null 2>&1; then
  if why=$(sinfo -h -o '%R' 2>&1); then
    ok slurm "$(sbatch --version), partitions $(printf '%s\n' "$why" | sort -u | paste -sd, -)"
    options=()
    while IFS= read -r option; do options+=("$option"); done <<<"$arguments"
    if why=$(sbatch --test-only "${options[@]}" --wrap true 2>&1); then ok "job request" "Slurm would accept it"
    else missing "job request" "$(printf '%s' "$why" | head -n 1 | sed 's/.*error: //'); asked for: ${options[*]}"; fi
    if [ "$gpus" -gt 0 ]; then
      gres=$(sinfo -h -o '%R %G' 2>/dev/null | grep gpu: | sort -u | paste -sd, -)
      if [ -n "$gres" ]; then ok GPU "$gres"; else missing GPU "no partition offers a GPU; set gpus = 0 to run without"; fi
    fi
  else missing slurm "the controller does not answer: $(printf '%s' "$why" | head -n 1)"; fi
else missing slurm "sbatch and its siblings are not on the PATH of $(hostname); 'setup' may load them"; fi

if version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3]); sys.exit(sys.version_info < (3, 11))' 2>/dev/null); then
  if "$python" -c 'import venv, ensurepip' 2>/dev/null; then ok Python "$version ($(command -v "$python"))"
  else missing Python "$python has no venv module (Debian: apt install python3-venv)"; fi
else missing Python "${version:+$python is $version, }3.11 or newer is needed; set 'python' (and 'setup' to load it)"; fi
