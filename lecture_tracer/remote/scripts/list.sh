# Lists the runs in the folder, oldest first, and what Slurm still knows about their jobs.
# shellcheck shell=bash
: "${folder:?}"
set -uo pipefail
for record in "$folder"/runs/*/run.json; do
  [ -f "$record" ] || continue
  run=${record%/run.json}
  [ -f "$run/collected" ] && home=yes || home=no
  printf '::run %s %s\n' "$home" "$(cat "$record")"
  for file in "$run"/job.*; do
    case $file in *[0-9]) printf '::job %s\n' "$(cat "$file")" ;; esac
  done
  for marker in "$run"/state/*.exit; do
    [ -f "$marker" ] || continue
    index=${marker##*/}
    printf '::exit %s %s\n' "${index%.exit}" "$(cat "$marker")"
  done
done
squeue -h -r -t all -u "$(id -un)" -o '::state %F %K %T' 2>/dev/null
exit 0
