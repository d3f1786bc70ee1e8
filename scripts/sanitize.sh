#!/usr/bin/env bash
# Builds with AddressSanitizer and UndefinedBehaviorSanitizer and runs the unit tests of the modules that need no
# LibTorch: those that read files and compute pixels. Then the same with ThreadSanitizer for what threads share.
# Needs what scripts/setup.sh tests installs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

modules=(core files fit render io layers compose media metrics mouth eyes detail study)
options=(-DREENACT_BUILD_TESTS=ON)
if command -v ccache >/dev/null; then options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
export REENACT_TEST_MEDIA="$PWD/.cache/media" OMP_WAIT_POLICY=passive
export LSAN_OPTIONS="suppressions=$PWD/cmake/leaks.supp:print_suppressions=0"

cmake --preset asan "${options[@]}" >/dev/null
cmake --build --preset asan --target "${modules[@]/#/test_}"
/usr/bin/python3 tests/metrics/write_reference.py build/asan/metrics_reference
for module in "${modules[@]}"; do
  echo "test_$module"
  "build/asan/tests/$module/test_$module" --gtest_brief=1
done

cmake --preset tsan "${options[@]}" >/dev/null
cmake --build --preset tsan --target test_threads
# The shadow memory of ThreadSanitizer has a place of its own, which a randomised address space may take.
setarch "$(uname -m)" --addr-no-randomize build/tsan/tests/threads/test_threads --gtest_brief=1
