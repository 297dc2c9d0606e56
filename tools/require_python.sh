#!/bin/sh
# Says in one sentence what is missing to make the environment with PYTHON, and the command to get it.
# require_python.sh PYTHON
python=$1
if command -v brew >/dev/null; then
  install="\`brew install python\`"
else
  install="\`sudo apt-get install python3 python3-venv\` or https://docs.astral.sh/uv/"
fi
if ! command -v "$python" >/dev/null; then
  problem="there is no $python"
elif ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  problem="$python is $("$python" --version 2>&1)"
  install="$install; then \`make setup PYTHON=python3.12\`"
elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  problem="$python has no venv"
else
  exit 0
fi
echo "Python 3.11 or later with venv is needed, and $problem: $install" >&2
exit 1
