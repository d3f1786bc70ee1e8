#include "io/motion_json.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "reenact/files/base64.h"
#include "reenact/files/crc32.h"
#include "reenact/files/image_header.h"

namespace reenact {
namespace {

using nlohmann::json;

constexpr const char* format_name = "reenact-motion";
constexpr int oldest_version = 1;
constexpr std::int64_t max_side_px = 65535;
constexpr std::int64_t max_rational_term = std::numeric_limits<std::int32_t>::max();
constexpr std::size_t max_expressions = 1000;
constexpr double max_scale = 1e6;
constexpr double max_translation_px = 1e7;
constexpr double max_opening = 5.0;
constexpr double unit_tolerance = 1e-6;
constexpr double max_patch_px = 4096;  ///< distance of a point from its patch
constexpr double max_lab = 200;
constexpr double max_side_light = 5;

json to_json(const Rational& rational) { return json::array({rational.num, rational.den}); }

json to_json(const Eigen::VectorXd& values) { return std::vector<double>(values.begin(), values.end()); }

/// x0 y0 x1 y1 …
json points_json(const Eigen::Matrix2Xd& points) {
  return std::vector<double>(points.data(), points.data() + points.size());
}

json to_json(const MouthColours& colours) {
  json object = {{"skin", to_json(colours.skin)},
                 {"lips", to_json(colours.lips)},
                 {"side_light", colours.side_light},
                 {"widest_opening", colours.widest_opening}};
  if (colours.teeth) object["teeth"] = to_json(*colours.teeth);
  return object;
}

json to_json(const MouthPatch& patch) {
  return {{"jpeg", to_base64(patch.jpeg)},
          {"crc32", crc32_of(patch.jpeg)},
          {"lip_edge", points_json(patch.lip_edge)},
          {"opening_share", patch.opening_share},
          {"pixel_size", patch.pixel_size},
          {"confidence", patch.confidence},
          {"upper_teeth", to_json(patch.upper_teeth)},
          {"anchors", points_json(patch.anchors)}};
}

json to_json(const SkinShading& shading) {
  return {{"jpeg", to_base64(shading.jpeg)}, {"crc32", crc32_of(shading.jpeg)}};
}

const json& parse_object(const json& value, const std::string& field, const FieldNames& fields,
                         const FieldNames& optional = {}) {
  if (!value.is_object()) reject("needs an object for '" + field + "'");
  require_fields(value, fields, optional);
  return value;
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

int parse_turn(const json& value) {
  const std::int64_t degrees = parse_integer(value, "turned", 90, 270);
  if (degrees % 90 != 0) reject("needs 90, 180 or 270 for 'turned'");
  return static_cast<int>(degrees);
}

Eigen::Matrix2Xd parse_points(const json& value, const std::string& field, Eigen::Index count) {
  const Eigen::VectorXd numbers = parse_numbers(value, field, 2 * count, -max_patch_px, max_patch_px);
  return Eigen::Map<const Eigen::Matrix2Xd>(numbers.data(), 2, count);
}

MouthColours parse_mouth_colours(const json& value) {
  const json& object =
      parse_object(value, "mouth_colours", {"skin", "lips", "side_light", "widest_opening"}, {"teeth"});
  const auto colour = [&](const char* field) {
    return parse_numbers(object[field], field, 3, -max_lab, max_lab);
  };
  MouthColours colours;
  colours.skin = colour("skin");
  colours.lips = colour("lips");
  if (object.contains("teeth")) colours.teeth = colour("teeth");
  colours.side_light = parse_number(object["side_light"], "side_light", -max_side_light, max_side_light);
  colours.widest_opening = parse_number(object["widest_opening"], "widest_opening", 0, max_opening);
  return colours;
}

struct Picture {
  std::vector<std::uint8_t> jpeg;
  ImageHeader header;
};

/// The bytes of a picture of `what`; it is decoded only when it is drawn.
Picture parse_picture(const json& object, const std::string& what) {
  std::optional<std::vector<std::uint8_t>> jpeg = from_base64(parse_text(object["jpeg"], "jpeg"));
  if (!jpeg) reject("needs base64 for 'jpeg'");
  const std::int64_t checksum =
      parse_integer(object["crc32"], "crc32", 0, std::numeric_limits<std::uint32_t>::max());
  if (crc32_of(*jpeg) != checksum) reject("has a damaged picture of " + what + "; track the driver again");
  const std::optional<ImageHeader> header = parse_image_header(std::string(jpeg->begin(), jpeg->end()));
  if (!header || header->format != ImageFormat::jpeg || header->is_cut_off) {
    reject("has a picture of " + what + " that is no JPEG");
  }
  return {std::move(*jpeg), *header};
}

std::vector<std::uint8_t> parse_mouth_picture(const json& object) {
  Picture picture = parse_picture(object, "the mouth");
  if (std::max(picture.header.width, picture.header.height) > max_patch_side ||
      std::min(picture.header.width, picture.header.height) < 1) {
    reject("has a picture of the mouth that is not 1 to " + std::to_string(max_patch_side) +
           " pixels a side");
  }
  return std::move(picture.jpeg);
}

SkinShading parse_shading(const json& value) {
  Picture picture = parse_picture(parse_object(value, "shading", {"jpeg", "crc32"}), "the skin");
  if (picture.header.width != shading_side || picture.header.height != 2 * shading_side) {
    reject("has a picture of the skin that is not " + std::to_string(shading_side) + " by " +
           std::to_string(2 * shading_side) + " pixels");
  }
  return {std::move(picture.jpeg)};
}

MouthPatch parse_mouth(const json& value) {
  const json& object = parse_object(
      value, "mouth", {"jpeg", "crc32", "lip_edge", "opening_share", "confidence", "upper_teeth", "anchors"},
      {"pixel_size"});
  MouthPatch patch;
  patch.jpeg = parse_mouth_picture(object);
  patch.lip_edge = parse_points(object["lip_edge"], "lip_edge", lip_edge_points);
  if (object.contains("pixel_size")) {
    patch.pixel_size = parse_number(object["pixel_size"], "pixel_size", 1, largest_pixel_size);
  }
  patch.opening_share = parse_number(object["opening_share"], "opening_share", 0, 2);
  patch.confidence = parse_number(object["confidence"], "confidence", 0, 1);
  patch.upper_teeth = parse_points(object["upper_teeth"], "upper_teeth", 1);
  patch.anchors = parse_points(object["anchors"], "anchors", face_anchors);
  return patch;
}

}  // namespace

void reject(const std::string& what) { throw Malformed{what}; }

FieldNames since_version_2(int version, FieldNames fields) { return version < 2 ? FieldNames() : fields; }

std::string parse_text(const json& value, const std::string& field) {
  if (!value.is_string()) reject("needs a text for '" + field + "'");
  return value.get<std::string>();
}

json to_json(const MotionHeader& header) {
  json object = {{"format", format_name},
                 {"version", motion_format_version},
                 {"width", header.width},
                 {"height", header.height},
                 {"frame_rate", to_json(header.frame_rate)},
                 {"time_base", to_json(header.time_base)},
                 {"face_model", header.face_model},
                 {"expression_names", header.expression_names}};
  if (header.turned_deg != 0) object["turned"] = header.turned_deg;
  if (header.mouth_colours) object["mouth_colours"] = to_json(*header.mouth_colours);
  return object;
}

json to_json(const MotionFrame& frame) {
  const Eigen::Quaterniond& q = frame.pose.rotation;
  json object = {{"index", frame.index},
                 {"timestamp", frame.timestamp},
                 {"tracked", frame.tracked},
                 {"rotation", {q.w(), q.x(), q.y(), q.z()}},
                 {"scale", frame.pose.scale},
                 {"translation", to_json(frame.pose.translation)},
                 {"expression", to_json(frame.expression)},
                 {"gaze_right", to_json(frame.gaze.right)},
                 {"gaze_left", to_json(frame.gaze.left)},
                 {"openings", {frame.openings.mouth, frame.openings.right_eye, frame.openings.left_eye}}};
  if (frame.starts_shot) object["starts_shot"] = true;
  if (frame.duration > 0) object["duration"] = frame.duration;
  if (frame.lid_gaps) object["lid_gaps"] = {frame.lid_gaps->right_eye, frame.lid_gaps->left_eye};
  if (frame.mouth) object["mouth"] = to_json(*frame.mouth);
  if (frame.mouth_colours) object["mouth_colours"] = to_json(*frame.mouth_colours);
  if (frame.shading) object["shading"] = to_json(*frame.shading);
  return object;
}

json parse_line(const std::string& line) {
  json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) reject("is not a JSON object");
  return object;
}

void require_fields(const json& object, const FieldNames& fields, const FieldNames& optional) {
  for (const std::string& field : fields) {
    if (!object.contains(field)) reject("lacks '" + field + "'");
  }
  for (const auto& [key, value] : object.items()) {
    if (fields.count(key) + optional.count(key) == 0) reject("has the unknown field '" + key + "'");
  }
}

int parse_version(const json& object) {
  if (!object.contains("format") || object["format"] != format_name)
    reject("is not the header of a motion file");
  const json version = object.value("version", json());
  if (!version.is_number_integer() || version < oldest_version || version > motion_format_version) {
    reject("has an unknown version; this program reads versions " + std::to_string(oldest_version) + " to " +
           std::to_string(motion_format_version));
  }
  return version.get<int>();
}

MotionHeader parse_header(const json& object) {
  const int version = parse_version(object);
  require_fields(
      object,
      {"format", "version", "width", "height", "frame_rate", "time_base", "face_model", "expression_names"},
      since_version_2(version, {"turned", "mouth_colours"}));
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
  if (object.contains("turned")) header.turned_deg = parse_turn(object["turned"]);
  if (object.contains("mouth_colours")) header.mouth_colours = parse_mouth_colours(object["mouth_colours"]);
  return header;
}

MotionFrame parse_frame(const json& object, int version, std::size_t expression_count) {
  require_fields(
      object,
      {"index", "timestamp", "tracked", "rotation", "scale", "translation", "expression", "gaze_right",
       "gaze_left", "openings"},
      since_version_2(version, {"starts_shot", "duration", "lid_gaps", "mouth", "mouth_colours", "shading"}));
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
  if (object.contains("starts_shot")) {
    if (!object["starts_shot"].is_boolean()) reject("needs true or false for 'starts_shot'");
    frame.starts_shot = object["starts_shot"].get<bool>();
  }
  if (object.contains("duration")) {
    frame.duration = parse_integer(object["duration"], "duration", 1, max_int64);
  }
  if (object.contains("lid_gaps")) {
    const Eigen::VectorXd gaps = parse_numbers(object["lid_gaps"], "lid_gaps", 2, 0.0, greatest_lid_gap);
    frame.lid_gaps = LidGaps{gaps[0], gaps[1]};
  }
  if (object.contains("mouth")) frame.mouth = parse_mouth(object["mouth"]);
  if (object.contains("mouth_colours")) {
    if (!frame.starts_shot) reject("has 'mouth_colours', but starts no shot");
    frame.mouth_colours = parse_mouth_colours(object["mouth_colours"]);
  }
  if (object.contains("shading")) frame.shading = parse_shading(object["shading"]);
  return frame;
}

}  // namespace reenact
