# Cancels jobs ("123") or single tasks ("123_4").
# shellcheck shell=bash
: "${jobs:?}"
set -uo pipefail
for job in $jobs; do
  why=$(scancel "$job" 2>&1) || { printf '::error cancel-refused %s\n' "job $job: ${why//$'\n'/ }"; exit 3; }
done
exit 0
