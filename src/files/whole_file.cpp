#include "reenact/files/whole_file.h"

#include <fstream>
#include <system_error>

#include "reenact/files/atomic_file.h"

namespace reenact {

namespace fs = std::filesystem;

FileContent whole_file(const fs::path& path, std::uintmax_t limit) {
  std::error_code failure;
  const bool exists = fs::exists(path, failure);
  if (failure) return {{}, path.string() + " cannot be read: " + failure.message()};
  if (!exists) return {{}, "there is no file " + path.string()};
  if (!fs::is_regular_file(path, failure)) return {{}, path.string() + " is not a file"};
  const std::uintmax_t size = fs::file_size(path, failure);
  if (failure) return {{}, path.string() + " cannot be read: " + failure.message()};
  if (size > limit) {
    return {{},
            path.string() + " has " + std::to_string(size) + " bytes; at most " + std::to_string(limit) +
                " are expected, so it is not the right file"};
  }
  FileContent content;
  content.bytes.resize(size);
  std::ifstream file(path, std::ios::binary);
  if (!file.read(content.bytes.data(), static_cast<std::streamsize>(size))) {
    return {{}, path.string() + " cannot be read; check its permissions"};
  }
  return content;
}

void write_file(const fs::path& path, const std::string& bytes) {
  AtomicFile target(path);
  target.write(bytes);
  target.commit();
}

void make_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure || !fs::is_directory(folder, failure)) {
    throw OutputError("the folder " + folder.string() + " cannot be made: " + failure.message());
  }
}

}  // namespace reenact
