#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "reenact/files/atomic_file.h"

namespace reenact {

/// Throws OutputError unless the folder of a sequence (files/media_files.h) can be made: it is not there or
/// empty, or may be replaced and holds nothing but files of the sequence's kind, pictures or meshes.
void check_numbered_folder(const std::filesystem::path& pattern, bool overwrite);

/// A folder of numbered files that appears when it is complete. Throws OutputError.
class NumberedFolder {
 public:
  NumberedFolder(std::filesystem::path pattern, bool overwrite);

  /// The name of the next file; that it is written under another folder does not matter for its ending.
  std::filesystem::path next_name() const;
  void add(const std::string& bytes);
  void flush() const { target_.flush(); }
  /// Gives the folder its name, in the place of one that may be replaced.
  void commit();

 private:
  std::filesystem::path pattern_;
  std::filesystem::path folder_;
  bool overwrite_;
  AtomicFile target_;
  std::int64_t count_ = 0;
};

}  // namespace reenact
