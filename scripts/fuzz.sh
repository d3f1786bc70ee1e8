#!/usr/bin/env bash
# Fuzzes every loader of hostile files with libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer: fuzz.sh [SECONDS [TARGET...]].
# New inputs are kept in build/fuzz/found, crashes in build/fuzz/crashes. Needs Debian's clang and what scripts/setup.sh tests installs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:-60}
targets=("${@:2}")
if ((${#targets[@]} == 0)); then
  for source in tests/fuzz/*_fuzz.cpp; do targets+=("$(basename "$source" _fuzz.cpp)"); done
fi
options=()
if command -v ccache >/dev/null; then options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
cmake --preset fuzz "${options[@]}" >/dev/null
cmake --build --preset fuzz --target "${targets[@]/#/fuzz_}"

# What LibTorch, libtiff and their like never free is not this program's.
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 OMP_NUM_THREADS=1
failed=0
for target in "${targets[@]}"; do
  mkdir -p "build/fuzz/found/$target" build/fuzz/crashes
  echo "fuzz_$target"
  build/fuzz/tests/fuzz/"fuzz_$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/crashes/$target-" "build/fuzz/found/$target" "tests/fuzz/corpus/$target" \
    2>&1 | grep -E '^(stat::|==|SUMMARY|artifact_prefix)' || failed=1
  ls build/fuzz/crashes | grep -q "^$target-" && failed=1
done
exit $failed
