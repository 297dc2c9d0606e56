# Marks a run as brought home and removes the oldest runs that are home too.
# shellcheck shell=bash
: "${run:?}" "${keep:?}"
set -uo pipefail
touch "$run/collected"
cd "$run/.." || exit 3
find . -mindepth 2 -maxdepth 2 -name collected | LC_ALL=C sort -r | tail -n "+$((keep + 1))" |
  while IFS= read -r marker; do
    old=$(basename "$(dirname "$marker")")
    case $old in
      [0-9]*-[0-9]*-*) rm -rf "./$old" && grep -lsx "$old" ../jobs/* | xargs -r rm -f ;;
    esac
  done
exit 0
