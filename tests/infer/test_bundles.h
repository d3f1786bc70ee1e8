#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace reenact::test {

/// The same float32 operations in another order of summation.
inline constexpr float same_network_tolerance = 1e-5F;

/// What tests/infer/make_test_bundles.py has written; CTest runs it before the tests of this module.
inline std::filesystem::path test_bundle(const std::string& name) {
  return std::filesystem::path(REENACT_BINARY_DIR) / "test_bundles" / name;
}

inline std::vector<float> read_floats(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  EXPECT_TRUE(file) << path << " is missing; run the tests with ctest";
  std::vector<float> values(file ? static_cast<std::size_t>(file.tellg()) / sizeof(float) : 0);
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(float)));
  return values;
}

/// The sentence of the Exception that `function` throws; empty, and a failure, when it throws none.
template <typename Exception, typename Function>
std::string sentence_of(Function&& function) {
  try {
    function();
  } catch (const Exception& error) {
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

}  // namespace reenact::test
