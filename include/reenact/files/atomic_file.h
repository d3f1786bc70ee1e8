#pragma once

#include <filesystem>

namespace reenact {

/// A file that appears under its final name only when it is complete: it is written under a hidden name
/// in the same folder and renamed by commit(). Destroyed before that, it leaves nothing.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path final_path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Where to write until commit().
  const std::filesystem::path& path() const { return partial_path_; }

  /// Flushes to the disk and renames. Throws OutputError.
  void commit();

 private:
  std::filesystem::path final_path_;
  std::filesystem::path partial_path_;
};

}  // namespace reenact
