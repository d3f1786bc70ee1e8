#include "reenact/files/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "reenact/core/error.h"

namespace reenact {
namespace {

std::filesystem::path partial_path_for(const std::filesystem::path& final_path) {
  static std::atomic<unsigned> counter{0};
  const std::string unique = std::to_string(::getpid()) + "-" + std::to_string(counter++);
  return final_path.parent_path() / ("." + final_path.filename().string() + "." + unique + ".part");
}

bool flush_to_disk(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool flushed = ::fsync(file) == 0;
  const int error = errno;
  ::close(file);
  errno = error;
  return flushed;
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path final_path)
    : final_path_(std::move(final_path)), partial_path_(partial_path_for(final_path_)) {}

AtomicFile::~AtomicFile() {
  std::error_code ignored;
  std::filesystem::remove(partial_path_, ignored);
}

void AtomicFile::commit() {
  if (!flush_to_disk(partial_path_)) {
    throw OutputError(final_path_.string() + " cannot be written: " + std::generic_category().message(errno));
  }
  std::error_code error;
  std::filesystem::rename(partial_path_, final_path_, error);
  if (error) throw OutputError(final_path_.string() + " cannot be written: " + error.message());
}

}  // namespace reenact
