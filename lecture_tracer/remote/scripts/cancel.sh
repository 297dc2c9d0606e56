# Cancels jobs ("123") or single tasks ("123_4") of runs in the folder, and no other job.
# shellcheck shell=bash
: "${folder:?}" "${jobs:?}"
set -uo pipefail
fail() { printf '::error %s %s\n' "$1" "$2"; exit 3; }
for job in $jobs; do
  id=${job%%_*}
  run_id=$(cat "$folder/jobs/$id" 2>/dev/null) || fail job-unknown "job $job is not of a run in $folder: nothing was cancelled; --list shows the runs there"
  # Slurm's numbers start again when a cluster is set up anew: the name tells whose the job is.
  name=$(squeue -h -t all -j "$id" -o %j 2>/dev/null | head -n 1)
  case $name in
    "lectures-$run_id-"*) ;;
    '') printf '::ended %s\n' "$job"; continue ;;
    *) fail job-unknown "job $job is now ${name}, not of a run in $folder: nothing was cancelled" ;;
  esac
  case $job in *_*)
    grep -qsE "^$id( .*)? ${job#*_}( |\$)" "$folder/runs/$run_id"/job.*[0-9] ||
      fail job-unknown "job $id has no task ${job#*_}: nothing was cancelled; --list shows the tasks" ;;
  esac
  states=$(squeue -h -r -t pending,running,suspended,completing,configuring,requeued -j "$job" -o %T 2>/dev/null)
  [ -n "$states" ] || { printf '::ended %s\n' "$job"; continue; }
  why=$(scancel "$job" 2>&1) || fail cancel-refused "job $job: ${why//$'\n'/ }"
done
exit 0
