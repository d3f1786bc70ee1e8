#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "reenact/core/error.h"

namespace reenact {

/// The bytes of a regular file, or why it cannot be read: a sentence that names it.
struct FileContent {
  std::string bytes;
  std::string problem;  ///< empty when it was read
};

/// Reads a regular file of at most `limit` bytes; its size is looked at before anything is allocated.
FileContent whole_file(const std::filesystem::path& path, std::uintmax_t limit);

/// The same, throwing what is wrong as `Failure` (InputError, or ModelError for a model).
template <typename Failure = InputError>
std::string read_file(const std::filesystem::path& path, std::uintmax_t limit) {
  FileContent content = whole_file(path, limit);
  if (!content.problem.empty()) throw Failure(content.problem);
  return std::move(content.bytes);
}

/// Writes a file that is never seen half written (files/atomic_file.h). Throws OutputError.
void write_file(const std::filesystem::path& path, const std::string& bytes);

/// Makes `folder` and its parents. Throws OutputError.
void make_folder(const std::filesystem::path& folder);

}  // namespace reenact
