# Removes the folder of a run that came to nothing; one with a submitted job stays.
# shellcheck shell=bash
: "${folder:?}" "${run_id:?}"
cd "$folder/runs" 2>/dev/null || exit 0
for file in "$run_id"/job.*; do
  case $file in *[0-9]) exit 0 ;; esac
done
rm -rf "./$run_id"
exit 0
