# Removes the folder of a run that came to nothing; one with a submitted job stays.
# shellcheck shell=bash
: "${folder:?}" "${run_id:?}"
cd "$folder/runs" 2>/dev/null || exit 0
for file in "$run_id"/job.*; do
  case $file in *[0-9]) exit 0 ;; esac
done
[ ! -s "$run_id/build.job" ] || scancel "$(cat "$run_id/build.job")"
rm -rf "./$run_id" ../checkouts/.incoming-"$run_id" ../tracers/.incoming-"$run_id"
exit 0
