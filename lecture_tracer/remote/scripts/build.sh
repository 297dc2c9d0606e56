# Builds the virtual environment in a job and shows its log; repeated, it follows the same job.
# shellcheck shell=bash
: "${folder:?}" "${run_id:?}" "${build_script:?}" "${arguments:?}"
set -uo pipefail
fail() { printf '::error %s %s\n' "$1" "$2"; exit 3; }
cd "$folder/runs/$run_id" || fail run-missing "the run's folder is gone"
log=logs/environment.log
if [ ! -s build.job ]; then
  printf '%s' "$build_script" >build.sh
  id=$(squeue -h -t all -u "$(id -un)" -n "environment-$run_id" -o %A 2>/dev/null | head -n 1)
  if [ -z "$id" ]; then
    options=()
    while IFS= read -r option; do options+=("$option"); done <<<"$arguments"
    id=$(sbatch --parsable "--job-name=environment-$run_id" "--output=$PWD/$log" --no-requeue \
      "${options[@]}" build.sh 2>sbatch.err) ||
      fail submit-refused "$(sed 's/sbatch: error: //' sbatch.err | paste -sd';' | sed 's/;/; /g')"
  fi
  printf '%s\n' "${id%%;*}" >build.job
fi
id=$(cat build.job)
echo "job $id sets it up"
seen=0
while :; do
  # Asked before the log is read: the log of a job that has ended is then complete.
  state=$(LC_ALL=C squeue -h -t all -j "$id" -o %T 2>&1)
  [ ! -s state/environment.exit ] || state=ENDED
  size=$(stat -c %s "$log" 2>/dev/null || echo 0)
  if [ "$size" -gt "$seen" ]; then tail -c "+$((seen + 1))" "$log" | head -c $((size - seen)) && seen=$size; fi
  case $state in
    ENDED) exit "$(cat state/environment.exit)" ;;
    COMPLETED | FAILED | CANCELLED | TIMEOUT | OUT_OF_MEMORY | NODE_FAIL | BOOT_FAIL | DEADLINE | PREEMPTED | *Invalid?job*)
      [ -s state/environment.exit ] && exit "$(cat state/environment.exit)"
      echo "job $id ended as $state"
      exit 1 ;;
  esac
  sleep 0.5
done
