#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "reenact/core/motion.h"

namespace reenact {

/// Records motion in a file, one frame at a time. Throws OutputError.
class MotionWriter {
 public:
  virtual ~MotionWriter() = default;
  virtual void write(const MotionFrame& frame) = 0;
  /// Completes the file under its hidden name. `damage`: a sentence about what of the driver could not be
  /// read.
  virtual void finish(const std::optional<std::string>& damage) = 0;
  /// Gives the finished file its name.
  virtual void commit() = 0;
};

/// Motion files are JSON Lines (docs/motion_format.md): a header line, then a line per frame, so they
/// stream. Both classes hold one frame at a time.
class MotionFileWriter : public MotionWriter {
 public:
  /// Writes beside `path`. Throws OutputError.
  MotionFileWriter(const std::filesystem::path& path, const MotionHeader& header, bool overwrite);
  ~MotionFileWriter() override;
  void write(const MotionFrame& frame) override;
  void finish(const std::optional<std::string>& damage = std::nullopt) override;
  void commit() override;

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
