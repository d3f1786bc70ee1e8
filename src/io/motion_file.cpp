#include "reenact/io/motion_file.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <utility>

#include "io/motion_json.h"
#include "reenact/core/error.h"
#include "reenact/files/atomic_file.h"
#include "reenact/files/bounded_line.h"

namespace reenact {
namespace {

using nlohmann::json;

constexpr std::size_t max_line_bytes = 1U << 20U;

/// Frames follow each other in number and time.
void require_order(const MotionFrame* previous, const MotionFrame& frame) {
  if (previous != nullptr && (frame.index <= previous->index || frame.timestamp <= previous->timestamp)) {
    reject("does not come after the frame before it");
  }
}

}  // namespace

struct MotionFileWriter::Impl {
  Impl(const std::filesystem::path& final_path, bool overwrite)
      : path(final_path),
        target(final_path, overwrite ? AtomicFile::Existing::replaced : AtomicFile::Existing::kept) {}

  std::filesystem::path path;
  AtomicFile target;
  std::ofstream file;
  std::size_t expression_count = 0;
  std::int64_t frames = 0;
  std::optional<MotionFrame> previous;

  void write_line(const json& object) {
    // Names of files in a sentence need not be UTF-8, JSON must.
    file << object.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
    if (!file) throw OutputError("cannot write '" + path.string() + "'; check space and permissions");
  }
};

MotionFileWriter::MotionFileWriter(const std::filesystem::path& path, const MotionHeader& header,
                                   bool overwrite)
    : impl_(std::make_unique<Impl>(path, overwrite)) {
  std::error_code ignored;
  if (!overwrite && std::filesystem::exists(path, ignored)) {
    throw OutputError("'" + path.string() + "' exists; choose another name or allow overwriting");
  }
  const json object = to_json(header);
  std::string line;
  try {
    parse_header(object);
    line = object.dump();
  } catch (const Malformed& malformed) {
    throw OutputError("cannot write '" + path.string() + "': the header " + malformed.what);
  } catch (const json::type_error&) {
    throw OutputError("cannot write '" + path.string() + "': the header holds text that is not UTF-8");
  }
  impl_->expression_count = header.expression_names.size();
  impl_->file.open(impl_->target.path(), std::ios::binary | std::ios::trunc);
  impl_->file << line << '\n';
  if (!impl_->file) {
    throw OutputError("cannot write '" + path.string() + "'; check that the folder exists and is writable");
  }
}

MotionFileWriter::~MotionFileWriter() = default;

void MotionFileWriter::write(const MotionFrame& frame) {
  const json object = to_json(frame);
  try {
    parse_frame(object, motion_format_version, impl_->expression_count);
    require_order(impl_->previous ? &*impl_->previous : nullptr, frame);
  } catch (const Malformed& malformed) {
    throw OutputError("cannot write '" + impl_->path.string() + "': frame " + std::to_string(frame.index) +
                      " " + malformed.what);
  }
  impl_->write_line(object);
  impl_->previous = frame;
  ++impl_->frames;
}

void MotionFileWriter::finish(const std::optional<std::string>& damage) {
  json last = {{"frames", impl_->frames}};
  if (damage) last["damage"] = *damage;
  impl_->write_line(last);
  impl_->file.close();
  if (!impl_->file) {
    throw OutputError("cannot write '" + impl_->path.string() + "'; check space and permissions");
  }
  impl_->target.flush();
}

void MotionFileWriter::commit() { impl_->target.commit(); }

struct MotionFileReader::Impl {
  std::filesystem::path path;
  std::ifstream file;
  std::int64_t line_number = 0;
  std::int64_t frames = 0;
  MotionHeader header;
  int version = motion_format_version;
  std::optional<MotionFrame> previous;
  std::optional<std::string> damage;
  bool ended = false;

  /// The next line without its end, or nothing at the end of the file.
  std::optional<std::string> next_line() {
    ++line_number;
    std::string line;
    switch (read_bounded_line(file, max_line_bytes, line)) {
      case LineRead::line:
        return line;
      case LineRead::end:
        return std::nullopt;
      case LineRead::too_long:
        reject("is longer than " + std::to_string(max_line_bytes) + " bytes");
      case LineRead::failed:
        reject("cannot be read");
    }
    return std::nullopt;
  }

  [[noreturn]] void fail(const Malformed& malformed) const {
    throw InputError("'" + path.string() + "' is not a usable motion file: line " +
                     std::to_string(line_number) + " " + malformed.what);
  }
};

MotionFileReader::MotionFileReader(const std::filesystem::path& path) : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  std::error_code ignored;
  const bool is_file = std::filesystem::is_regular_file(path, ignored);
  if (is_file) impl_->file.open(path, std::ios::binary);
  if (!is_file || !impl_->file) {
    throw InputError("cannot read '" + path.string() + "'; check that it exists and is a file");
  }
  try {
    const std::optional<std::string> line = impl_->next_line();
    if (!line) reject("is missing");
    const json object = parse_line(*line);
    impl_->header = parse_header(object);
    impl_->version = parse_version(object);
  } catch (const Malformed& malformed) {
    impl_->fail(malformed);
  }
}

MotionFileReader::~MotionFileReader() = default;

const MotionHeader& MotionFileReader::header() const { return impl_->header; }

std::optional<MotionFrame> MotionFileReader::read() {
  if (impl_->ended) return std::nullopt;
  try {
    const std::optional<std::string> line = impl_->next_line();
    if (!line) reject("is missing: the file is cut off before its last line");
    const json object = parse_line(*line);
    if (object.contains("frames")) {
      require_fields(object, {"frames"}, since_version_2(impl_->version, {"damage"}));
      if (object["frames"] != impl_->frames) {
        reject("does not count the " + std::to_string(impl_->frames) + " frames before it");
      }
      if (impl_->next_line()) reject("follows the last line");
      if (object.contains("damage")) impl_->damage = parse_text(object["damage"], "damage");
      impl_->ended = true;
      return std::nullopt;
    }
    MotionFrame frame = parse_frame(object, impl_->version, impl_->header.expression_names.size());
    require_order(impl_->previous ? &*impl_->previous : nullptr, frame);
    impl_->previous = frame;
    ++impl_->frames;
    return frame;
  } catch (const Malformed& malformed) {
    impl_->fail(malformed);
  }
}

const std::optional<std::string>& MotionFileReader::damage() const { return impl_->damage; }

}  // namespace reenact
