#!/usr/bin/env bash
# Runs lectures on a Slurm cluster and brings their traces home: ./remote_execute.sh lecture_06
# A door to lecture_tracer/remote; configuration: remote.toml.example, manual: docs/remote.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

python=${PYTHON:-}
for candidate in .venv/bin/python python3; do
  [ -n "$python" ] || ! type "$candidate" >/dev/null 2>&1 || python=$candidate
done
if ! "${python:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "remote_execute.sh: Python 3.11 or newer is needed on this machine; make the environment first (README) or set PYTHON=/path/to/python3" >&2
  exit 2
fi
exec "$python" -m lecture_tracer.remote "$@"
