#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "reenact/core/motion.h"

namespace reenact {

/// Motion files are JSON Lines (docs/motion_format.md): a header line, then a line per frame, so they
/// stream. Both classes hold one frame at a time.
class MotionFileWriter {
 public:
  /// Writes beside `path`. Throws OutputError.
  MotionFileWriter(const std::filesystem::path& path, const MotionHeader& header, bool overwrite);
  ~MotionFileWriter();
  void write(const MotionFrame& frame);
  /// Completes the file under its hidden name. `damage`: a sentence about what of the driver could not be
  /// read. Throws OutputError.
  void finish(const std::optional<std::string>& damage = std::nullopt);
  /// Gives the finished file its name. Throws OutputError.
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class MotionFileReader {
 public:
  /// Throws InputError naming the line when the file is not a motion file of a known version.
  explicit MotionFileReader(const std::filesystem::path& path);
  ~MotionFileReader();
  const MotionHeader& header() const;
  std::optional<MotionFrame> read();
  /// After the end: what of the driver could not be read when it was tracked.
  const std::optional<std::string>& damage() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
