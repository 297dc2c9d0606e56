# Builds the virtual environment of a lock file, or yields to a build that was ready first.
# shellcheck shell=bash
: "${folder:?}" "${run_id:?}" "${key:?}" "${python:?}" "${lock_file:?}" "${venv_command:?}" "${needs?}" "${launcher?}"
set -euo pipefail
eval "launcher=($launcher)"
cd "$folder/runs/$run_id/checkout"
# Every build has its own folder; the link under the key appears once it is complete. Two runs that
# build at once, or one that goes on after its connection broke, cannot meet half a build.
build=$key-$run_id-$$
VENV=$folder/venvs/builds/$build PYTHON=$python LOCK_FILE=$lock_file
export VENV PYTHON LOCK_FILE
trap 'rm -rf "$VENV"' EXIT
# A tracer that travels is not installed there: only what it needs, unless the lock file has that.
if [ -n "$needs" ] && grep -qiE '^lecture[-_.]tracer\b' "$LOCK_FILE"; then
  others=$(dirname "$LOCK_FILE")/.without-tracer.txt
  grep -viE '^lecture[-_.]tracer\b' "$LOCK_FILE" >"$others" || true
  LOCK_FILE=$others
fi
bash -euo pipefail -c "$venv_command"
if [ -n "$needs" ] && ! "${launcher[@]}" "$VENV/bin/python" -c 'import msgspec, rich' 2>/dev/null; then
  # shellcheck disable=SC2086  # one requirement a word
  "${launcher[@]}" "$VENV/bin/python" -m pip install --disable-pip-version-check -q $needs
fi
"${launcher[@]}" "$VENV/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "the virtual environment's Python is older than 3.11: set 'python'" >&2
  exit 1
}
if ! "${launcher[@]}" "$folder/venvs/$key/bin/python" -ISc '' >/dev/null 2>&1; then
  ln -sfnT "builds/$build" "$folder/venvs/$key"
  trap - EXIT
fi
