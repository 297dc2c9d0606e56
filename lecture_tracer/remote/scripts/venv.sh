# Builds the virtual environment of a lock file, or yields to a build that was ready first.
# shellcheck shell=bash
: "${folder:?}" "${run_id:?}" "${key:?}" "${python:?}" "${lock_file:?}" "${venv_command:?}"
set -euo pipefail
cd "$folder/runs/$run_id/checkout"
# Every build has its own folder; the link under the key appears once it is complete. Two runs that
# build at once, or one that goes on after its connection broke, cannot meet half a build.
build=$key-$run_id-$$
VENV=$folder/venvs/builds/$build PYTHON=$python LOCK_FILE=$lock_file
export VENV PYTHON LOCK_FILE
trap 'rm -rf "$VENV"' EXIT
bash -euo pipefail -c "$venv_command"
"$VENV/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "the virtual environment's Python is older than 3.11: set 'python'" >&2
  exit 1
}
if ! "$folder/venvs/$key/bin/python" -ISc '' >/dev/null 2>&1; then
  ln -sfnT "builds/$build" "$folder/venvs/$key"
  trap - EXIT
fi
