# Finds the run of a job id: its folder, record and every job of it.
# shellcheck shell=bash
: "${folder:?}" "${job:?}"
fail() { printf '::error %s %s\n' "$1" "$2"; exit 3; }
set -uo pipefail
run_id=$(cat "$folder/jobs/$job" 2>/dev/null) || fail job-unknown "no run of job $job in $folder; --list shows the runs there"
run=$(cd "$folder/runs/$run_id" 2>/dev/null && pwd -P) || fail job-unknown "the run of job $job is no longer in $folder"
printf '::run %s\n' "$run"
printf '::record %s\n' "$(cat "$run/run.json")"
for file in "$run"/job.*; do
  case $file in *[0-9]) printf '::job %s\n' "$(cat "$file")" ;; esac
done
