#include "reenact/io/motion_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "reenact/core/error.h"
#include "reenact/files/base64.h"
#include "reenact/files/crc32.h"
#include "support/files.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

using nlohmann::json;

MotionHeader make_header() {
  MotionHeader header;
  header.width = 1280;
  header.height = 720;
  header.frame_rate = {30000, 1001};
  header.time_base = {1, 30000};
  header.face_model = "tête \"quoted\"";
  header.expression_names = {"jawOpen", "eyeBlink_L", "eyeBlink_R"};
  return header;
}

/// A frame whose numbers have no short decimal form.
MotionFrame make_frame(std::int64_t index) {
  const auto i = static_cast<double>(index);
  MotionFrame frame;
  frame.index = index;
  frame.timestamp = index * 1001;
  frame.tracked = index % 3 != 2;
  frame.pose.rotation = rotation_from_angles({10.0 / 3 + i, -std::sqrt(2.0), std::exp(1.0)});
  frame.pose.scale = M_PI + i / 7;
  frame.pose.translation = {-1.0 / 3 * i, 1e-9 + i};
  frame.expression = Eigen::VectorXd{{0.1, std::nextafter(1.0, 0.0), 1.0 / (3 + i)}};
  frame.openings = {1.0 / 3, 0.1, -0.02};
  frame.gaze.right = {0.1 * 3, -0.0};
  frame.gaze.left = {-std::sqrt(3.0) / 7, std::numeric_limits<double>::denorm_min()};
  return frame;
}

/// The markers and the size of a JPEG; what lies between is not looked at.
std::vector<std::uint8_t> make_jpeg(int width, int height) {
  const auto high = [](int value) { return static_cast<std::uint8_t>(value / 256); };
  const auto low = [](int value) { return static_cast<std::uint8_t>(value % 256); };
  return {0xFF,        0xD8,       0xFF, 0xC0, 0,    11, 8,    high(height), low(height),
          high(width), low(width), 1,    1,    0x11, 0,  0xFF, 0xD9};
}

MouthPatch make_mouth() {
  MouthPatch mouth;
  mouth.jpeg = make_jpeg(192, 96);
  mouth.lip_edge = Eigen::Matrix2Xd::Random(2, lip_edge_points) * 100;
  mouth.opening_share = 2.0 / 3;
  mouth.confidence = 0.1 * 3;
  mouth.pixel_size = 7.0 / 3;
  mouth.upper_teeth = {95.5, -1.0 / 7};
  mouth.anchors = Eigen::Matrix2Xd::Random(2, face_anchors) * 1000;
  return mouth;
}

MouthColours make_colours() {
  MouthColours colours;
  colours.skin = {62.0 / 7, 12.5, 17};
  colours.lips = {48, 25, -1.0 / 3};
  colours.side_light = -0.1;
  colours.widest_opening = 0.3;
  return colours;
}

void expect_same(const MotionFrame& a, const MotionFrame& b) {
  EXPECT_EQ(a.index, b.index);
  EXPECT_EQ(a.timestamp, b.timestamp);
  EXPECT_EQ(a.duration, b.duration);
  EXPECT_EQ(a.tracked, b.tracked);
  EXPECT_EQ(a.pose.rotation.coeffs(), b.pose.rotation.coeffs());
  EXPECT_EQ(a.pose.scale, b.pose.scale);
  EXPECT_EQ(a.pose.translation, b.pose.translation);
  EXPECT_EQ(a.expression, b.expression);
  EXPECT_EQ(a.gaze.right, b.gaze.right);
  EXPECT_EQ(a.gaze.left, b.gaze.left);
  EXPECT_EQ(a.openings.mouth, b.openings.mouth);
  EXPECT_EQ(a.openings.right_eye, b.openings.right_eye);
  EXPECT_EQ(a.openings.left_eye, b.openings.left_eye);
  ASSERT_EQ(a.lid_gaps.has_value(), b.lid_gaps.has_value());
  if (a.lid_gaps) {
    EXPECT_EQ(a.lid_gaps->right_eye, b.lid_gaps->right_eye);
    EXPECT_EQ(a.lid_gaps->left_eye, b.lid_gaps->left_eye);
  }
  ASSERT_EQ(a.shading.has_value(), b.shading.has_value());
  if (a.shading) {
    EXPECT_EQ(a.shading->jpeg, b.shading->jpeg);
  }
  ASSERT_EQ(a.mouth.has_value(), b.mouth.has_value());
  if (!a.mouth) return;
  EXPECT_EQ(a.mouth->jpeg, b.mouth->jpeg);
  EXPECT_EQ(a.mouth->lip_edge, b.mouth->lip_edge);
  EXPECT_EQ(a.mouth->opening_share, b.mouth->opening_share);
  EXPECT_EQ(a.mouth->confidence, b.mouth->confidence);
  EXPECT_EQ(a.mouth->pixel_size, b.mouth->pixel_size);
  EXPECT_EQ(a.mouth->upper_teeth, b.mouth->upper_teeth);
  EXPECT_EQ(a.mouth->anchors, b.mouth->anchors);
}

SkinShading make_shading() { return {make_jpeg(shading_side, 2 * shading_side)}; }

class MotionFile : public ::testing::Test {
 protected:
  const testing::TemporaryDirectory directory;
  const std::filesystem::path path = directory / "motion.jsonl";

  void write_frames(std::int64_t count) const {
    MotionFileWriter writer(path, make_header(), true);
    for (std::int64_t i = 0; i < count; ++i) writer.write(make_frame(i));
    writer.finish();
    writer.commit();
  }

  /// Lines of a sound file with three frames.
  std::vector<std::string> sound_lines() const {
    write_frames(3);
    std::istringstream text(testing::read_text(path));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

  /// Lines of a sound file with a frame whose mouth is open.
  std::vector<std::string> open_mouth_lines() const {
    MotionHeader header = make_header();
    header.mouth_colours = make_colours();
    header.turned_deg = 270;
    MotionFrame frame = make_frame(0);
    frame.starts_shot = true;
    frame.mouth_colours = make_colours();
    frame.mouth = make_mouth();
    MotionFileWriter writer(path, header, true);
    writer.write(frame);
    writer.finish();
    writer.commit();
    std::istringstream text(testing::read_text(path));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

  /// Failure after one field of the mouth was replaced.
  std::string failure_with_mouth(const std::string& field, const json& value) const {
    std::vector<std::string> lines = open_mouth_lines();
    json object = json::parse(lines[1]);
    object["mouth"][field] = value;
    lines[1] = object.dump();
    return failure_of(lines);
  }

  /// Failure after the picture of the mouth was replaced, its checksum right.
  std::string failure_with_picture(const std::vector<std::uint8_t>& bytes) const {
    std::vector<std::string> lines = open_mouth_lines();
    json object = json::parse(lines[1]);
    object["mouth"]["jpeg"] = to_base64(bytes);
    object["mouth"]["crc32"] = crc32_of(bytes);
    lines[1] = object.dump();
    return failure_of(lines);
  }

  /// Reads everything; the message of the failure, or nothing.
  std::string failure(const std::string& text) const {
    testing::write_text(path, text);
    try {
      MotionFileReader reader(path);
      while (reader.read()) {
      }
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  std::string failure_of(const std::vector<std::string>& lines) const {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return failure(text);
  }

  /// Failure after one field of one line was replaced.
  std::string failure_with(std::size_t line, const std::string& field, const json& value) const {
    std::vector<std::string> lines = sound_lines();
    json object = json::parse(lines[line]);
    object[field] = value;
    lines[line] = object.dump();
    return failure_of(lines);
  }
};

void expect_reason(const std::string& message, const std::string& line, const std::string& reason) {
  EXPECT_NE(message.find("line " + line + " "), std::string::npos) << message;
  EXPECT_NE(message.find(reason), std::string::npos) << message;
}

TEST_F(MotionFile, RoundTripIsExact) {
  write_frames(5);
  MotionFileReader reader(path);
  const MotionHeader expected = make_header();
  EXPECT_EQ(reader.header().width, expected.width);
  EXPECT_EQ(reader.header().height, expected.height);
  EXPECT_EQ(reader.header().frame_rate, expected.frame_rate);
  EXPECT_EQ(reader.header().time_base, expected.time_base);
  EXPECT_EQ(reader.header().face_model, expected.face_model);
  EXPECT_EQ(reader.header().expression_names, expected.expression_names);
  for (std::int64_t i = 0; i < 5; ++i) {
    const std::optional<MotionFrame> frame = reader.read();
    ASSERT_TRUE(frame.has_value());
    expect_same(*frame, make_frame(i));
  }
  EXPECT_FALSE(reader.read().has_value());
  EXPECT_FALSE(reader.read().has_value());
}

TEST_F(MotionFile, CarriesAnOpenMouthExactly) {
  const std::vector<std::string> lines = open_mouth_lines();
  MotionFileReader reader(path);
  const std::optional<MouthColours>& colours = reader.header().mouth_colours;
  ASSERT_TRUE(colours.has_value());
  EXPECT_EQ(colours->skin, make_colours().skin);
  EXPECT_EQ(colours->lips, make_colours().lips);
  EXPECT_FALSE(colours->teeth.has_value());
  EXPECT_EQ(colours->side_light, make_colours().side_light);
  EXPECT_EQ(colours->widest_opening, make_colours().widest_opening);
  const std::optional<MotionFrame> frame = reader.read();
  ASSERT_TRUE(frame && frame->mouth);
  EXPECT_EQ(reader.header().turned_deg, 270);
  ASSERT_TRUE(frame->mouth_colours.has_value());
  EXPECT_EQ(frame->mouth_colours->lips, make_colours().lips);
  MotionFrame expected = make_frame(0);
  expected.starts_shot = true;
  expected.mouth = frame->mouth;
  expected.mouth->jpeg = make_jpeg(192, 96);
  expect_same(*frame, expected);
  EXPECT_EQ(json::parse(lines[1])["mouth"]["upper_teeth"], json({95.5, -1.0 / 7}));
}

TEST_F(MotionFile, CarriesTheShadingOfTheSkinExactly) {
  MotionFrame frame = make_frame(0);
  frame.shading = make_shading();
  MotionFileWriter writer(path, make_header(), true);
  writer.write(frame);
  writer.finish();
  writer.commit();
  MotionFileReader reader(path);
  const std::optional<MotionFrame> read = reader.read();
  ASSERT_TRUE(read.has_value());
  expect_same(*read, frame);
}

TEST_F(MotionFile, RefusesShadingThatIsNotUsable) {
  const auto failure_with_shading = [&](const std::vector<std::uint8_t>& jpeg, std::uint32_t checksum) {
    return failure_with(1, "shading", {{"jpeg", to_base64(jpeg)}, {"crc32", checksum}});
  };
  const std::vector<std::uint8_t> sound = make_shading().jpeg;
  EXPECT_EQ(failure_with_shading(sound, crc32_of(sound)), "");
  expect_reason(failure_with_shading(sound, crc32_of(sound) + 1), "2", "damaged picture of the skin");
  for (const auto& [width, height] : {std::pair(112, 112), std::pair(30000, 60000), std::pair(224, 112)}) {
    const std::vector<std::uint8_t> jpeg = make_jpeg(width, height);
    expect_reason(failure_with_shading(jpeg, crc32_of(jpeg)), "2", "112 by 224 pixels");
  }
  const std::vector<std::uint8_t> text = {'n', 'o', 'n', 'e'};
  expect_reason(failure_with_shading(text, crc32_of(text)), "2", "no JPEG");
  expect_reason(failure_with(1, "shading", 1), "2", "object for 'shading'");
  expect_reason(failure_with(1, "shading", {{"jpeg", ""}}), "2", "lacks 'crc32'");
}

TEST_F(MotionFile, ReadsVersion1) {
  std::vector<std::string> lines = sound_lines();
  json header = json::parse(lines[0]);
  header["version"] = 1;
  lines[0] = header.dump();
  EXPECT_EQ(failure_of(lines), "");
  MotionFileReader reader(path);
  const std::optional<MotionFrame> frame = reader.read();
  ASSERT_TRUE(frame.has_value());
  expect_same(*frame, make_frame(0));

  lines = open_mouth_lines();
  header["mouth_colours"] = json::parse(lines[0])["mouth_colours"];
  const std::string frame_line = lines[1];
  lines[0] = header.dump();
  expect_reason(failure_of(lines), "1", "unknown field 'mouth_colours'");
  header.erase("mouth_colours");
  header["turned"] = 90;
  lines[0] = header.dump();
  expect_reason(failure_of(lines), "1", "unknown field 'turned'");
  header.erase("turned");
  lines[0] = header.dump();
  expect_reason(failure_of(lines), "2", "unknown field 'mouth'");
}

TEST_F(MotionFile, CarriesDurationsAndWhatWasMissing) {
  MotionFrame frame = make_frame(0);
  frame.duration = 50050;
  MotionFileWriter writer(path, make_header(), true);
  writer.write(frame);
  writer.finish("clip.mp4 is cut off");
  writer.commit();
  MotionFileReader reader(path);
  const std::optional<MotionFrame> read = reader.read();
  ASSERT_TRUE(read);
  expect_same(*read, frame);
  EXPECT_FALSE(reader.damage());
  EXPECT_FALSE(reader.read());
  EXPECT_EQ(reader.damage(), "clip.mp4 is cut off");
}

TEST_F(MotionFile, CarriesCuts) {
  MotionFrame cut = make_frame(1);
  cut.starts_shot = true;
  {
    MotionFileWriter writer(path, make_header(), true);
    writer.write(make_frame(0));
    writer.write(cut);
    writer.finish();
    writer.commit();
  }
  MotionFileReader reader(path);
  EXPECT_FALSE(reader.read()->starts_shot);
  EXPECT_TRUE(reader.read()->starts_shot);
  expect_reason(failure_with(2, "starts_shot", 1), "3", "'starts_shot'");
}

TEST_F(MotionFile, LidGapsAreOptional) {
  MotionFrame frame = make_frame(0);
  frame.lid_gaps = LidGaps{1.0 / 7, 0.0};
  {
    MotionFileWriter writer(path, make_header(), true);
    writer.write(frame);
    writer.write(make_frame(1));
    writer.finish();
    writer.commit();
  }
  MotionFileReader reader(path);
  expect_same(*reader.read(), frame);
  expect_same(*reader.read(), make_frame(1));
  expect_reason(failure_with(2, "lid_gaps", {0.3}), "3", "2 numbers");
  expect_reason(failure_with(2, "lid_gaps", {0.3, -0.1}), "3", "'lid_gaps'");
}

TEST_F(MotionFile, DamagedMouthsAreRefusedWithTheirLine) {
  std::vector<std::uint8_t> damaged = make_jpeg(192, 96);
  damaged[12] ^= 1U;
  expect_reason(failure_with_mouth("jpeg", to_base64(damaged)), "2", "damaged picture");
  expect_reason(failure_with_mouth("jpeg", "no base64"), "2", "base64");
  expect_reason(failure_with_mouth("jpeg", 3), "2", "'jpeg'");
  expect_reason(failure_with_mouth("crc32", -1), "2", "'crc32'");
  expect_reason(failure_with_picture({}), "2", "no JPEG");
  expect_reason(failure_with_picture({'B', 'M', 0, 0}), "2", "no JPEG");
  const std::vector<std::uint8_t> whole = make_jpeg(192, 96);
  expect_reason(failure_with_picture({whole.begin(), whole.end() - 2}), "2", "no JPEG");
  expect_reason(failure_with_picture(make_jpeg(193, 96)), "2", "192 pixels");
  expect_reason(failure_with_picture(make_jpeg(0, 96)), "2", "192 pixels");
  expect_reason(failure_with_mouth("lip_edge", {1, 2}), "2", "160 numbers");
  expect_reason(failure_with_mouth("opening_share", 2.5), "2", "'opening_share'");
  expect_reason(failure_with_mouth("pixel_size", 0.5), "2", "'pixel_size'");
  expect_reason(failure_with_mouth("confidence", -0.1), "2", "'confidence'");
  expect_reason(failure_with_mouth("upper_teeth", {1e9, 0}), "2", "'upper_teeth'");
  expect_reason(failure_with_mouth("anchors", 0), "2", "42 numbers");
  expect_reason(failure_with_mouth("tongue", 0), "2", "unknown field 'tongue'");
  expect_reason(failure_with(1, "mouth", 1), "2", "object for 'mouth'");
  expect_reason(failure_with(0, "mouth_colours", {{"skin", {1, 2, 3}}}), "1", "lacks 'lips'");
  const json colours = json::parse(open_mouth_lines()[0])["mouth_colours"];
  expect_reason(failure_with(2, "mouth_colours", colours), "3", "starts no shot");
  for (const json& turn : {json(0), json(45), json(360), json("90")}) {
    expect_reason(failure_with(0, "turned", turn), "1", "'turned'");
  }
}

TEST_F(MotionFile, AppearsOnlyWhenFinished) {
  {
    MotionFileWriter writer(path, make_header(), false);
    writer.write(make_frame(0));
    EXPECT_FALSE(std::filesystem::exists(path));
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST_F(MotionFile, OverwritesOnlyWhenAllowed) {
  testing::write_text(path, "precious");
  EXPECT_THROW(MotionFileWriter(path, make_header(), false), OutputError);
  EXPECT_EQ(testing::read_text(path), "precious");
  MotionFileWriter writer(path, make_header(), true);
  writer.finish();
  writer.commit();
  EXPECT_FALSE(MotionFileReader(path).read().has_value());
}

TEST_F(MotionFile, KeepsWhatAnotherMadeMeanwhile) {
  MotionFileWriter writer(path, make_header(), false);
  testing::write_text(path, "precious");
  writer.finish();
  EXPECT_THROW(writer.commit(), OutputError);
  EXPECT_EQ(testing::read_text(path), "precious");
}

TEST_F(MotionFile, WriterRefusesWhatTheReaderWould) {
  EXPECT_THROW(MotionFileWriter(directory / "no" / "folder.jsonl", make_header(), false), OutputError);
  MotionHeader header = make_header();
  header.width = 0;
  EXPECT_THROW(MotionFileWriter(path, header, false), OutputError);
  header = make_header();
  header.face_model = "\xff";
  EXPECT_THROW(MotionFileWriter(path, header, false), OutputError);

  MotionFileWriter writer(path, make_header(), false);
  MotionFrame frame = make_frame(0);
  frame.pose.scale = std::nan("");
  EXPECT_THROW(writer.write(frame), OutputError);
  frame = make_frame(0);
  frame.expression[1] = std::nan("");
  EXPECT_THROW(writer.write(frame), OutputError);
  frame = make_frame(0);
  frame.expression = Eigen::VectorXd::Zero(2);
  EXPECT_THROW(writer.write(frame), OutputError);
  writer.write(make_frame(1));
  EXPECT_THROW(writer.write(make_frame(1)), OutputError);
}

TEST_F(MotionFile, MissingFilesAndFoldersAreInputErrors) {
  EXPECT_THROW(MotionFileReader{path}, InputError);
  EXPECT_THROW(MotionFileReader{directory.path()}, InputError);
}

TEST_F(MotionFile, BrokenHeadersAreRefused) {
  expect_reason(failure(""), "1", "is missing");
  expect_reason(failure("\n"), "1", "not a JSON object");
  expect_reason(failure("[1]\n"), "1", "not a JSON object");
  expect_reason(failure("{}\n"), "1", "not the header");
  expect_reason(failure(std::string(1000000, '[')), "1", "not a JSON object");
  expect_reason(failure(std::string(2000000, 'x')), "1", "longer than");
  expect_reason(failure_with(0, "format", "video"), "1", "not the header");
  expect_reason(failure_with(0, "version", 3), "1", "unknown version");
  expect_reason(failure_with(0, "version", 0), "1", "unknown version");
  expect_reason(failure_with(0, "version", "1"), "1", "unknown version");
  expect_reason(failure_with(0, "width", 0), "1", "'width'");
  expect_reason(failure_with(0, "width", 2.5), "1", "'width'");
  expect_reason(failure_with(0, "height", std::numeric_limits<std::uint64_t>::max()), "1", "'height'");
  expect_reason(failure_with(0, "frame_rate", {25, 0}), "1", "'frame_rate'");
  expect_reason(failure_with(0, "frame_rate", 25), "1", "'frame_rate'");
  expect_reason(failure_with(0, "time_base", {1LL << 40, 1}), "1", "'time_base'");
  expect_reason(failure_with(0, "face_model", 3), "1", "'face_model'");
  expect_reason(failure_with(0, "expression_names", json::array()), "1", "'expression_names'");
  expect_reason(failure_with(0, "expression_names", {"a", 1}), "1", "'expression_names'");
  expect_reason(failure_with(0, "expression_names", {"a", "b", "a"}), "1", "twice");
  expect_reason(failure_with(0, "colour", "red"), "1", "unknown field 'colour'");
}

TEST_F(MotionFile, BrokenFramesAreRefusedWithTheirLine) {
  expect_reason(failure_with(2, "index", -1), "3", "'index'");
  expect_reason(failure_with(2, "index", 0), "3", "does not come after");
  expect_reason(failure_with(3, "timestamp", 0), "4", "does not come after");
  expect_reason(failure_with(3, "timestamp", 1001), "4", "does not come after");
  expect_reason(failure_with(2, "timestamp", 1.5), "3", "'timestamp'");
  expect_reason(failure_with(2, "tracked", 1), "3", "'tracked'");
  expect_reason(failure_with(2, "rotation", {0, 0, 0, 0}), "3", "unit quaternion");
  expect_reason(failure_with(2, "rotation", {1, 0, 0}), "3", "4 numbers");
  expect_reason(failure_with(2, "rotation", {1.00001, 0, 0, 0}), "3", "unit quaternion");
  expect_reason(failure_with(2, "scale", 0), "3", "'scale'");
  expect_reason(failure_with(2, "scale", nullptr), "3", "'scale'");
  expect_reason(failure_with(2, "translation", {1e9, 0}), "3", "'translation'");
  expect_reason(failure_with(2, "expression", {0, 0}), "3", "3 numbers");
  expect_reason(failure_with(2, "expression", {0, 1.0001, 0}), "3", "'expression'");
  expect_reason(failure_with(2, "expression", {0, -1e-9, 0}), "3", "'expression'");
  expect_reason(failure_with(2, "expression", {0, "1", 0}), "3", "'expression'");
  expect_reason(failure_with(3, "gaze_left", {4, 0}), "4", "'gaze_left'");
  expect_reason(failure_with(1, "extra", 1), "2", "unknown field 'extra'");
}

TEST_F(MotionFile, NotANumberAndOverflowAreNotJson) {
  for (const char* number : {"NaN", "Infinity", "-Infinity", "1e999"}) {
    std::vector<std::string> lines = sound_lines();
    const std::size_t at = lines[2].find("\"scale\":") + 8;
    lines[2].replace(at, lines[2].find(',', at) - at, number);
    expect_reason(failure_of(lines), "3", "not a JSON object");
  }
}

TEST_F(MotionFile, FilesCutShortOrContinuedAreRefused) {
  const std::vector<std::string> lines = sound_lines();
  expect_reason(failure_of({lines.begin(), lines.end() - 1}), "5", "cut off");
  expect_reason(failure_of({lines[0], lines[1], lines[2], lines[4]}), "4", "does not count the 2 frames");
  std::vector<std::string> continued = lines;
  continued.push_back(lines[3]);
  expect_reason(failure_of(continued), "6", "follows the last line");
  std::vector<std::string> half(lines.begin(), lines.begin() + 2);
  half.push_back(lines[2].substr(0, lines[2].size() / 2));
  expect_reason(failure_of(half), "3", "not a JSON object");
}

TEST_F(MotionFile, MissingFieldsAreNamed) {
  const std::vector<std::string> lines = sound_lines();
  for (const std::size_t line : {std::size_t{0}, std::size_t{1}}) {
    const json sound = json::parse(lines[line]);
    for (const auto& [field, value] : sound.items()) {
      if (field == "format" || field == "version") continue;
      json object = sound;
      object.erase(field);
      std::vector<std::string> damaged = lines;
      damaged[line] = object.dump();
      expect_reason(failure_of(damaged), std::to_string(line + 1), "lacks '" + field + "'");
    }
  }
}

}  // namespace
}  // namespace reenact
