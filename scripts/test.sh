#!/usr/bin/env bash
# Sets up, builds and runs all tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh tests
scripts/build.sh tests
export REENACT_TEST_MEDIA="$PWD/.cache/media" OMP_WAIT_POLICY=passive
ctest --preset release --timeout 300 "$@"
/usr/bin/python3 -m pytest -q tests/scripts
