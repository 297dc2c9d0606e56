# Puts trees that have arrived in their places and gives the run a checkout of its own.
# shellcheck shell=bash
: "${folder:?}" "${run_id:?}" "${trees:?}"
set -euo pipefail
cd "$folder"
for tree in $trees; do
  arrived=${tree%/*}/.incoming-$run_id
  if [ -d "$arrived" ] && [ ! -d "$tree" ]; then mv -T "$arrived" "$tree"; fi
  rm -rf "$arrived"
  touch "$tree" # its last use
  if [ "${tree%/*}" = checkouts ]; then
    printf '%s\n' "$tree" >"runs/$run_id/tree"
    # A lecture may write into its checkout: it is a copy, not links.
    rm -rf "runs/$run_id/checkout"
    cp -a --reflink=auto "$tree" "runs/$run_id/checkout.new"
    mv -T "runs/$run_id/checkout.new" "runs/$run_id/checkout"
  fi
done
