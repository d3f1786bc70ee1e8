#pragma once

#include <filesystem>
#include <string>

namespace reenact {

/// Throws OutputError for a name that no file can have, or that a device, a pipe or a socket has: a file
/// would take its place. A link is replaced, not followed, unless it leads to what a process has opened.
void require_replaceable(const std::filesystem::path& path);

/// A file, or folder, that appears under its final name only when it is complete: it is written under a
/// hidden name of its own in the same folder and renamed by commit(). Destroyed before that, it leaves
/// nothing.
class AtomicFile {
 public:
  /// What becomes of a file that has the name at commit(), perhaps of another run.
  enum class Existing { replaced, kept };

  /// Throws OutputError for what is not to be replaced.
  explicit AtomicFile(std::filesystem::path final_path, Existing existing = Existing::replaced);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Where to write until commit().
  const std::filesystem::path& path() const { return partial_path_; }

  /// Writes all of the file. Throws OutputError.
  void write(const std::string& bytes) const;

  /// Brings to the disk what was written, of a folder the files in it too, so that commit() can only fail by
  /// the name. Throws OutputError.
  void flush() const;

  /// Flushes and renames. A folder takes the place of a folder, whatever that holds. Throws OutputError, also
  /// where another is to be kept.
  void commit();

 private:
  std::filesystem::path final_path_;
  std::filesystem::path partial_path_;
  Existing existing_;
};

/// Removes what killed processes left beside `final_path`. Files that are being written now are taken for
/// such.
void remove_partial_files(const std::filesystem::path& final_path);

/// The same for every file in `folder`.
void remove_all_partial_files(const std::filesystem::path& folder);

}  // namespace reenact
