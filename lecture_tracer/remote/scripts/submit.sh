# Submits one job array, once: safe to repeat when the connection broke before the answer came.
# shellcheck shell=bash
: "${run:?}" "${run_id:?}" "${key:?}" "${tracer?}" "${group:?}" "${job_name:?}" "${job_script:?}" "${record:?}" "${arguments:?}" "${indices:?}" "${benchmarks:?}"
set -uo pipefail
fail() { printf '::error %s %s\n' "$1" "$2"; exit 3; }
cd "$run" || fail run-missing "the run's folder $run is gone"
printf '%s\n' "$key" >venv
printf '%s\n' "${tracer##*/}" >tracer
touch "../../venvs/used/$key"
[ -f run.json ] || { printf '%s\n' "$record" >run.json.new && mv run.json.new run.json; }
# What the result folders held before the lectures ran: only changes are brought home.
[ -f results.before ] || {
  # shellcheck disable=SC2086  # a pattern of folders
  (cd checkout && find var/traces $benchmarks -type f -printf '%s %T@ %p\n' 2>/dev/null | LC_ALL=C sort) >results.new
  mv results.new results.before
}
if [ ! -s "job.$group" ]; then
  printf '%s' "$job_script" >"job.$group.sh"
  id=$(squeue -h -t all -u "$(id -un)" -n "$job_name" -o %F 2>/dev/null | head -n 1)
  if [ -z "$id" ]; then
    options=()
    while IFS= read -r option; do options+=("$option"); done <<<"$arguments"
    id=$(sbatch --parsable "--job-name=$job_name" "--chdir=$run/checkout" "--output=$run/logs/%a.log" \
      --open-mode=append "${options[@]}" "job.$group.sh" 2>sbatch.err) || {
      fail submit-refused "$(sed 's/sbatch: error: //' sbatch.err | paste -sd';' | sed 's/;/; /g')"
    }
    id=${id%%;*}
  fi
  printf '%s\n' "$run_id" >"../../jobs/$id"
  printf '%s %s\n' "$id" "$indices" >"job.$group.new" && mv "job.$group.new" "job.$group"
fi
printf '::job %s\n' "$(cat "job.$group")"
