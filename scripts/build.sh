#!/usr/bin/env bash
# Configures and builds the release preset; with `tests`, also the tests, the model tools and the Python binding they use.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

options=()
if command -v ccache >/dev/null; then options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
target=reenact
if [ "${1:-}" = tests ]; then
  target=all
  options+=(-DREENACT_BUILD_PYTHON=ON -DREENACT_BUILD_TOOLS=ON)
fi
cmake --preset release "${options[@]}" >build.log 2>&1 || { cat build.log >&2; exit 1; }
rm -f build.log
cmake --build --preset release --target "$target"
