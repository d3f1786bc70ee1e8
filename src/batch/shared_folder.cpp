#include "batch/shared_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "reenact/files/atomic_file.h"
#include "reenact/files/whole_file.h"

namespace reenact {

SharedFolder::SharedFolder(std::filesystem::path path) : path_(std::move(path)) {
  make_folder(path_);
  lock_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0) return;
  const bool is_alone = ::flock(lock_, LOCK_EX | LOCK_NB) == 0;
  if (is_alone) remove_all_partial_files(path_);
  while (::flock(lock_, LOCK_SH) != 0 && errno == EINTR) {
  }
}

SharedFolder::~SharedFolder() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace reenact
