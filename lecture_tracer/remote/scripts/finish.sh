# Marks a run as brought home and cleans up: what the run shares with its tree, the oldest runs that
# are home too, trees and environments that are not used any more.
# shellcheck shell=bash
: "${run:?}" "${keep:?}" "${keep_trees:?}" "${keep_environments:?}"
set -uo pipefail
touch "$run/collected"
cd "$run/../.." || exit 3

files() { (cd "$1" && find . '(' -type f -o -type l ')' -printf '%s %T@ %p\0' | LC_ALL=C sort -z); }
unshare() { # FOLDER: only what the lecture made or changed stays
  [ -d "$1" ] && [ -d "$tree" ] || return 0
  files "$1" | LC_ALL=C comm -z -12 - <(files "$tree") | cut -z -d' ' -f3- | (cd "$1" && xargs -0 -r rm -f --)
  find "$1" -type d -name __pycache__ -prune -exec rm -rf {} +
  find "$1" -mindepth 1 -type d -empty -delete
}
tree=$(cat "$run/tree" 2>/dev/null) && {
  unshare "$run/checkout"
  for rank in "$run"/ranks/*/*; do unshare "$rank"; done
}

find runs -mindepth 2 -maxdepth 2 -name collected | LC_ALL=C sort -r | tail -n "+$((keep + 1))" |
  while IFS= read -r marker; do
    old=$(basename "$(dirname "$marker")")
    case $old in
      [0-9]*-[0-9]*-*) rm -rf "./runs/$old" && grep -lsx "$old" jobs/* | xargs -r rm -f ;;
    esac
  done

# Within an hour of its last use a tree may be about to be copied by a run that is starting.
old_ones() { # FOLDER MINUTES KEEP
  find "$1" -mindepth 1 -maxdepth 1 -not -name '.*' -mmin "+$2" -printf '%T@ %f\n' | sort -rn |
    tail -n "+$((1 + $3 - $(find "$1" -mindepth 1 -maxdepth 1 -not -name '.*' -not -mmin "+$2" | wc -l)))" |
    cut -d' ' -f2-
}
active() { # whether a run that is not home uses an environment or a tree
  local folder
  for folder in runs/*; do
    [ -e "$folder/collected" ] || ! grep -qsxF "$1" "$folder/venv" "$folder/tracer" || return 0
  done
  return 1
}
for kind in checkouts tracers; do
  old_ones $kind 60 "$keep_trees" | while IFS= read -r old; do
    active "$old" || rm -rf "./$kind/$old"
  done
done
old_ones venvs/used 60 "$keep_environments" | while IFS= read -r old; do
  active "$old" || { rm -f "venvs/$old" "venvs/used/$old" && rm -rf "./venvs/builds/$old-"*; }
done
find checkouts tracers -mindepth 1 -maxdepth 1 -name '.incoming-*' -mmin +1440 -exec rm -rf {} +
exit 0
