#pragma once

#include <filesystem>
#include <string>

namespace reenact::test {

/// What tests/infer/make_test_networks.py has written; CTest runs it before the tests of this module.
inline std::filesystem::path test_network(const std::string& name) {
  return std::filesystem::path(REENACT_BINARY_DIR) / "test_networks" / name;
}

}  // namespace reenact::test
