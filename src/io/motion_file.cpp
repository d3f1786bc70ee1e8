#include "reenact/io/motion_file.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "reenact/core/error.h"

namespace reenact {
namespace {

using nlohmann::json;

constexpr const char* format_name = "reenact-motion";
constexpr int format_version = 1;
constexpr std::size_t max_line_bytes = 1U << 20U;
constexpr std::int64_t max_side_px = 65535;
constexpr std::int64_t max_rational_term = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t max_expressions = 1000;
constexpr double max_scale = 1e6;
constexpr double max_translation_px = 1e7;
constexpr double max_opening = 5.0;
constexpr double unit_tolerance = 1e-6;

/// What a line of the file says is wrong with it; the reader adds file and line number.
struct Malformed {
  std::string what;
};

[[noreturn]] void reject(const std::string& what) { throw Malformed{what}; }

// ---- values to JSON

json to_json(const Rational& rational) { return json::array({rational.num, rational.den}); }

json to_json(const Eigen::VectorXd& values) { return std::vector<double>(values.begin(), values.end()); }

json to_json(const MotionHeader& header) {
  return {{"format", format_name},
          {"version", format_version},
          {"width", header.width},
          {"height", header.height},
          {"frame_rate", to_json(header.frame_rate)},
          {"time_base", to_json(header.time_base)},
          {"face_model", header.face_model},
          {"expression_names", header.expression_names}};
}

json to_json(const MotionFrame& frame) {
  const Eigen::Quaterniond& q = frame.pose.rotation;
  return {{"index", frame.index},
          {"timestamp", frame.timestamp},
          {"tracked", frame.tracked},
          {"rotation", {q.w(), q.x(), q.y(), q.z()}},
          {"scale", frame.pose.scale},
          {"translation", to_json(frame.pose.translation)},
          {"expression", to_json(frame.expression)},
          {"gaze_right", to_json(frame.gaze.right)},
          {"gaze_left", to_json(frame.gaze.left)},
          {"openings", {frame.openings.mouth, frame.openings.right_eye, frame.openings.left_eye}}};
}

// ---- JSON to values

json parse_line(const std::string& line) {
  json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) reject("is not a JSON object");
  return object;
}

void require_fields(const json& object, const std::set<std::string>& fields) {
  for (const std::string& field : fields) {
    if (!object.contains(field)) reject("lacks '" + field + "'");
  }
  for (const auto& [key, value] : object.items()) {
    if (fields.count(key) == 0) reject("has the unknown field '" + key + "'");
  }
}

std::int64_t parse_integer(const json& value, const std::string& field, std::int64_t low, std::int64_t high) {
  const bool fits =
      value.is_number_integer() &&
      (!value.is_number_unsigned() ||
       value.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
  if (!fits || value.get<std::int64_t>() < low || value.get<std::int64_t>() > high) {
    reject("needs for '" + field + "' a whole number from " + std::to_string(low) + " to " +
           std::to_string(high));
  }
  return value.get<std::int64_t>();
}

double parse_number(const json& value, const std::string& field, double low, double high) {
  const double number = value.is_number() ? value.get<double>() : std::nan("");
  if (!(number >= low && number <= high)) reject("has a bad number in '" + field + "'");
  return number;
}

Eigen::VectorXd parse_numbers(const json& value, const std::string& field, Eigen::Index count, double low,
                              double high) {
  if (!value.is_array() || static_cast<Eigen::Index>(value.size()) != count) {
    reject("needs " + std::to_string(count) + " numbers for '" + field + "'");
  }
  Eigen::VectorXd numbers(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    numbers[i] = parse_number(value[static_cast<std::size_t>(i)], field, low, high);
  }
  return numbers;
}

Rational parse_rational(const json& value, const std::string& field) {
  if (!value.is_array() || value.size() != 2) reject("needs [numerator, denominator] for '" + field + "'");
  return {parse_integer(value[0], field, 1, max_rational_term),
          parse_integer(value[1], field, 1, max_rational_term)};
}

std::string parse_text(const json& value, const std::string& field) {
  if (!value.is_string()) reject("needs a text for '" + field + "'");
  return value.get<std::string>();
}

MotionHeader parse_header(const json& object) {
  if (!object.contains("format") || object["format"] != format_name)
    reject("is not the header of a motion file");
  if (!object.contains("version") || object["version"] != format_version) {
    reject("has an unknown version; this program reads version " + std::to_string(format_version));
  }
  require_fields(object, {"format", "version", "width", "height", "frame_rate", "time_base", "face_model",
                          "expression_names"});
  MotionHeader header;
  header.width = static_cast<int>(parse_integer(object["width"], "width", 1, max_side_px));
  header.height = static_cast<int>(parse_integer(object["height"], "height", 1, max_side_px));
  header.frame_rate = parse_rational(object["frame_rate"], "frame_rate");
  header.time_base = parse_rational(object["time_base"], "time_base");
  header.face_model = parse_text(object["face_model"], "face_model");
  const json& names = object["expression_names"];
  if (!names.is_array() || names.empty() || names.size() > max_expressions) {
    reject("needs a list of 1 to " + std::to_string(max_expressions) + " texts for 'expression_names'");
  }
  for (const json& name : names) header.expression_names.push_back(parse_text(name, "expression_names"));
  const std::set<std::string> different(header.expression_names.begin(), header.expression_names.end());
  if (different.size() != names.size()) reject("names an expression twice");
  return header;
}

MotionFrame parse_frame(const json& object, std::size_t expression_count) {
  require_fields(object, {"index", "timestamp", "tracked", "rotation", "scale", "translation", "expression",
                          "gaze_right", "gaze_left", "openings"});
  constexpr std::int64_t max_int64 = std::numeric_limits<std::int64_t>::max();
  MotionFrame frame;
  frame.index = parse_integer(object["index"], "index", 0, max_int64);
  frame.timestamp = parse_integer(object["timestamp"], "timestamp", 0, max_int64);
  if (!object["tracked"].is_boolean()) reject("needs true or false for 'tracked'");
  frame.tracked = object["tracked"].get<bool>();
  const Eigen::VectorXd q = parse_numbers(object["rotation"], "rotation", 4, -2.0, 2.0);
  if (std::abs(q.norm() - 1.0) > unit_tolerance) reject("has a 'rotation' that is not a unit quaternion");
  frame.pose.rotation = Eigen::Quaterniond(q[0], q[1], q[2], q[3]);
  frame.pose.scale = parse_number(object["scale"], "scale", std::numeric_limits<double>::min(), max_scale);
  frame.pose.translation =
      parse_numbers(object["translation"], "translation", 2, -max_translation_px, max_translation_px);
  frame.expression = parse_numbers(object["expression"], "expression",
                                   static_cast<Eigen::Index>(expression_count), 0.0, 1.0);
  frame.gaze.right = parse_numbers(object["gaze_right"], "gaze_right", 2, -M_PI_2, M_PI_2);
  frame.gaze.left = parse_numbers(object["gaze_left"], "gaze_left", 2, -M_PI_2, M_PI_2);
  const Eigen::VectorXd openings =
      parse_numbers(object["openings"], "openings", 3, -max_opening, max_opening);
  frame.openings = {openings[0], openings[1], openings[2]};
  return frame;
}

/// Frames follow each other in number and time.
void require_order(const MotionFrame* previous, const MotionFrame& frame) {
  if (previous != nullptr && (frame.index <= previous->index || frame.timestamp <= previous->timestamp)) {
    reject("does not come after the frame before it");
  }
}

}  // namespace

struct MotionFileWriter::Impl {
  std::filesystem::path path;
  std::filesystem::path partial;
  std::ofstream file;
  std::size_t expression_count = 0;
  std::int64_t frames = 0;
  std::optional<MotionFrame> previous;
  bool finished = false;

  void write_line(const json& object) {
    file << object.dump() << '\n';
    if (!file) throw OutputError("cannot write '" + partial.string() + "'; check space and permissions");
  }
};

MotionFileWriter::MotionFileWriter(const std::filesystem::path& path, const MotionHeader& header,
                                   bool overwrite)
    : impl_(std::make_unique<Impl>()) {
  if (!overwrite && std::filesystem::exists(path)) {
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
  impl_->path = path;
  impl_->partial = path;
  impl_->partial += ".partial";
  impl_->expression_count = header.expression_names.size();
  impl_->file.open(impl_->partial, std::ios::binary | std::ios::trunc);
  impl_->file << line << '\n';
  if (!impl_->file) {
    throw OutputError("cannot write '" + impl_->partial.string() +
                      "'; check that the folder exists and is writable");
  }
}

MotionFileWriter::~MotionFileWriter() {
  if (impl_->finished) return;
  impl_->file.close();
  std::error_code ignored;
  std::filesystem::remove(impl_->partial, ignored);
}

void MotionFileWriter::write(const MotionFrame& frame) {
  const json object = to_json(frame);
  try {
    parse_frame(object, impl_->expression_count);
    require_order(impl_->previous ? &*impl_->previous : nullptr, frame);
  } catch (const Malformed& malformed) {
    throw OutputError("cannot write '" + impl_->path.string() + "': frame " + std::to_string(frame.index) +
                      " " + malformed.what);
  }
  impl_->write_line(object);
  impl_->previous = frame;
  ++impl_->frames;
}

void MotionFileWriter::finish() {
  impl_->write_line(json::object({{"frames", impl_->frames}}));
  impl_->file.close();
  std::error_code error;
  if (impl_->file) std::filesystem::rename(impl_->partial, impl_->path, error);
  if (!impl_->file || error) {
    throw OutputError("cannot write '" + impl_->path.string() + "'; check space and permissions");
  }
  impl_->finished = true;
}

struct MotionFileReader::Impl {
  std::filesystem::path path;
  std::ifstream file;
  std::int64_t line_number = 0;
  std::int64_t frames = 0;
  MotionHeader header;
  std::optional<MotionFrame> previous;
  bool ended = false;

  /// The next line without its end, or nothing at the end of the file.
  std::optional<std::string> next_line() {
    ++line_number;
    std::string line;
    for (int c = file.get(); c != std::ifstream::traits_type::eof(); c = file.get()) {
      if (c == '\n') return line;
      line.push_back(static_cast<char>(c));
      if (line.size() > max_line_bytes) reject("is longer than " + std::to_string(max_line_bytes) + " bytes");
    }
    if (file.bad()) reject("cannot be read");
    if (line.empty()) return std::nullopt;
    return line;
  }

  [[noreturn]] void fail(const Malformed& malformed) const {
    throw InputError("'" + path.string() + "' is not a usable motion file: line " +
                     std::to_string(line_number) + " " + malformed.what);
  }
};

MotionFileReader::MotionFileReader(const std::filesystem::path& path) : impl_(std::make_unique<Impl>()) {
  impl_->path = path;
  impl_->file.open(path, std::ios::binary);
  if (!impl_->file || std::filesystem::is_directory(path)) {
    throw InputError("cannot read '" + path.string() + "'; check that it exists and is a file");
  }
  try {
    const std::optional<std::string> line = impl_->next_line();
    if (!line) reject("is missing");
    impl_->header = parse_header(parse_line(*line));
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
      require_fields(object, {"frames"});
      if (object["frames"] != impl_->frames) {
        reject("does not count the " + std::to_string(impl_->frames) + " frames before it");
      }
      if (impl_->next_line()) reject("follows the last line");
      impl_->ended = true;
      return std::nullopt;
    }
    MotionFrame frame = parse_frame(object, impl_->header.expression_names.size());
    require_order(impl_->previous ? &*impl_->previous : nullptr, frame);
    impl_->previous = frame;
    ++impl_->frames;
    return frame;
  } catch (const Malformed& malformed) {
    impl_->fail(malformed);
  }
}

bool is_motion_path(const std::filesystem::path& path) { return path.extension() == ".jsonl"; }

}  // namespace reenact
