#!/usr/bin/env bash
# Configures and builds the release preset; with `tests`, also the tests, the model tools and the Python binding they use.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

options=()
if command -v ccache >/dev/null; then options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
target=reenact
with_tests=OFF
if [ "${1:-}" = tests ]; then
  target=all
  with_tests=ON
fi
for part in TESTS PYTHON TOOLS; do options+=("-DREENACT_BUILD_$part=$with_tests"); done
cmake --preset release "${options[@]}" >build.log 2>&1 || { cat build.log >&2; exit 1; }
rm -f build.log
cmake --build --preset release --target "$target"
