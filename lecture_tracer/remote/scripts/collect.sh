# Lists the files to bring home, NUL-separated paths relative to the checkout.
# shellcheck shell=bash
: "${run:?}" "${lectures:?}"
set -uo pipefail
cd "$run/checkout" || exit 3
echo '::files'
for lecture in $lectures; do
  [ -f "var/traces/$lecture.json" ] && printf '%s\0' "var/traces/$lecture.json"
done
find lectures/*/benchmarks -type f -printf '%s %T@ %p\n' 2>/dev/null | LC_ALL=C sort |
  LC_ALL=C comm -13 ../benchmarks.before - | cut -d' ' -f3- | tr '\n' '\0'
exit 0
