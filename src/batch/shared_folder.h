#pragma once

#include <filesystem>

namespace reenact {

/// A folder in which several processes may make files at once (files/atomic_file.h). Who comes first removes
/// what killed processes left there; on file systems without locks it stays.
class SharedFolder {
 public:
  /// Makes the folder. Throws OutputError.
  explicit SharedFolder(std::filesystem::path path);
  ~SharedFolder();
  SharedFolder(const SharedFolder&) = delete;
  SharedFolder& operator=(const SharedFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int lock_;  ///< of the folder; others' exclusive lock fails while it is held
};

}  // namespace reenact
