#!/bin/sh
# In the offline bundle: makes .venv from the wheels beside it, then runs `venture` (by default: migrate and serve).
#   ./start.sh            PORT=8000 by default
#   ./start.sh run --demo
#   ./start.sh check
set -eu
cd "$(dirname "$0")"
if [ ! -e .venv/.whole ]; then
  python3 -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    echo 'Python 3.11 or newer with its venv package is needed.' >&2
    exit 1
  }
  echo 'Making .venv from the wheels …'
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/pip --disable-pip-version-check install -q --no-index --find-links wheels --no-deps --require-hashes -r requirements.txt
  touch .venv/.whole
fi
exec .venv/bin/python -m venture.cli "${@:-run}"
