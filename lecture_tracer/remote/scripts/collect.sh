# Lists the files to bring home, NUL-separated paths relative to the checkout.
# shellcheck shell=bash
: "${run:?}" "${lectures:?}" "${benchmarks:?}"
set -uo pipefail
why=$({ head -c 65536 /dev/zero >"$run/probe" && rm "$run/probe"; } 2>&1) || {
  rm -f "$run/probe"
  printf '::full %s\n' "${why##*: }"
}
exec 2>/dev/null
cd "$run/checkout" || exit 3
echo '::files'
# shellcheck disable=SC2086  # a pattern of folders
find var/traces $benchmarks -type f -printf '%s %T@ %p\n' | LC_ALL=C sort |
  LC_ALL=C comm -13 ../results.before - | cut -d' ' -f3- |
  while IFS= read -r name; do
    case $name in
      var/traces/*) for lecture in $lectures; do
        [ "$name" != "var/traces/$lecture.json" ] || printf '%s\0' "$name"
      done ;;
      *) printf '%s\0' "$name" ;;
    esac
  done
exit 0
