#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace reenact::testing {

/// Writes a file and the folders above it.
inline std::filesystem::path put(const std::filesystem::path& path, const std::string& content = "") {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// What `action` says when it fails as it should.
template <typename Failure, typename Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "(nothing was thrown)";
}

}  // namespace reenact::testing
