#!/usr/bin/env bash
# Configures and builds the release preset; with `tests`, the tests too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

launcher=()
if command -v ccache >/dev/null; then launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
cmake --preset release "${launcher[@]}" >build.log 2>&1 || { cat build.log >&2; exit 1; }
rm -f build.log
target=reenact
if [ "${1:-}" = tests ]; then target=all; fi
cmake --build --preset release --target "$target"
