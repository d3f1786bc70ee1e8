#include "reenact/files/whole_file.h"

#include <unistd.h>

#include <fstream>
#include <system_error>

#include "reenact/core/error.h"

namespace reenact {

namespace fs = std::filesystem;

std::string read_file(const fs::path& path, std::uintmax_t limit) {
  std::error_code failure;
  if (!fs::is_regular_file(path, failure))
    throw InputError(path.string() + " is not a file that can be read");
  const std::uintmax_t size = fs::file_size(path, failure);
  if (failure) throw InputError(path.string() + " cannot be read: " + failure.message());
  if (size > limit) {
    throw InputError(path.string() + " has " + std::to_string(size) + " bytes; at most " +
                     std::to_string(limit) + " are expected, so it is not the right file");
  }
  std::string bytes(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) {
    throw InputError(path.string() + " cannot be read");
  }
  return bytes;
}

void write_file(const fs::path& path, const std::string& bytes) {
  const fs::path beside =
      path.parent_path() / ("." + path.filename().string() + "." + std::to_string(::getpid()) + ".part");
  std::error_code failure;
  {
    std::ofstream file(beside, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) failure = std::make_error_code(std::errc::io_error);
  }
  if (!failure) fs::rename(beside, path, failure);
  if (failure) {
    std::error_code ignored;
    fs::remove(beside, ignored);
    throw OutputError(path.string() + " cannot be written: " + failure.message());
  }
}

void make_folder(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure || !fs::is_directory(folder, failure)) {
    throw OutputError("the folder " + folder.string() + " cannot be made: " + failure.message());
  }
}

}  // namespace reenact
