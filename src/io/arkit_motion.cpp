#include "reenact/io/arkit_motion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <utility>

#include "io/timecode.h"
#include "reenact/core/error.h"
#include "reenact/files/atomic_file.h"

namespace reenact {
namespace {

/// Radians that an eye turns at weight 1 of its shapes, and that it looks outwards at rest, as lines through
/// what Live Link Face recorded of two people.
constexpr double sideways_rad = 0.60;
constexpr double upwards_rad = 0.47;
constexpr double downwards_rad = 0.61;
constexpr double rest_outwards_rad = 0.065;

/// Frames of a shot that tell how far eyes are usually open.
constexpr std::size_t frames_to_learn = 120;

constexpr double radians_per_degree = M_PI / 180.0;

/// Thousandths of frames that a second of `rate` has: of whole rates that takes usually count in the rate
/// itself, else of 60, whose timecodes then tell the time all the same.
std::int64_t timecode_rate(const Rational& rate) {
  constexpr std::array<std::int64_t, 5> usual = {24, 25, 30, 50, 60};
  const auto* found = std::find_if(usual.begin(), usual.end(), [&](std::int64_t whole) {
    return rate == Rational{whole, 1};
  });
  return found != usual.end() ? *found : 60;
}

/// One eye's places in the values, and the sign of the yaw that turns it outwards.
struct EyeChannels {
  std::size_t in, out, up, down, yaw, pitch;
  double outwards;
};
constexpr EyeChannels right_eye = {arkit::look_in_right,
                                   arkit::look_out_right,
                                   arkit::look_up_right,
                                   arkit::look_down_right,
                                   arkit::right_eye_yaw,
                                   arkit::right_eye_pitch,
                                   -1.0};
constexpr EyeChannels left_eye = {arkit::look_in_left,
                                  arkit::look_out_left,
                                  arkit::look_up_left,
                                  arkit::look_down_left,
                                  arkit::left_eye_yaw,
                                  arkit::left_eye_pitch,
                                  1.0};

Eigen::Vector2d gaze_of(const ArkitValues& values, const EyeChannels& eye, bool from_shapes) {
  if (from_shapes) {
    return {eye.outwards * sideways_rad * (values[eye.out] - values[eye.in]),
            upwards_rad * values[eye.up] - downwards_rad * values[eye.down]};
  }
  const auto within = [](double angle) { return std::clamp(angle, -M_PI_2, M_PI_2); };
  return {within(-values[eye.yaw] - eye.outwards * rest_outwards_rad), within(-values[eye.pitch])};
}

void set_gaze(const Eigen::Vector2d& gaze, const EyeChannels& eye, ArkitValues& values) {
  const auto weight = [](double angle, double range) { return std::clamp(angle / range, 0.0, 1.0); };
  values[eye.out] = weight(eye.outwards * gaze.x(), sideways_rad);
  values[eye.in] = weight(-eye.outwards * gaze.x(), sideways_rad);
  values[eye.up] = weight(gaze.y(), upwards_rad);
  values[eye.down] = weight(-gaze.y(), downwards_rad);
  values[eye.yaw] = -gaze.x() - eye.outwards * rest_outwards_rad;
  values[eye.pitch] = -gaze.y();
}

}  // namespace

ArkitMapping::ArkitMapping(const FaceModel& model) : model_(model), gauge_(model) {
  for (const std::string& name : model.expression_names) shapes_.push_back(arkit_shape_of_expression(name));
  if (std::any_of(shapes_.begin(), shapes_.end(), [](const auto& shape) { return shape.has_value(); }))
    return;
  throw ModelError("the face model '" + model.name +
                   "' has none of ARKit's expressions, so takes of blend shapes can neither drive it nor be "
                   "written from it; use a motion file (.jsonl)");
}

MotionFrame ArkitMapping::motion_of(const ArkitValues& values, bool from_shapes) const {
  MotionFrame frame;
  frame.expression = Eigen::VectorXd::Zero(model_.expression_count());
  for (std::size_t i = 0; i < shapes_.size(); ++i) {
    if (shapes_[i]) frame.expression[static_cast<Eigen::Index>(i)] = values[*shapes_[i]];
  }
  frame.gaze.right = gaze_of(values, right_eye, from_shapes);
  frame.gaze.left = gaze_of(values, left_eye, from_shapes);
  frame.pose.rotation = rotation_from_angles({-values[arkit::head_yaw] / radians_per_degree,
                                              -values[arkit::head_pitch] / radians_per_degree,
                                              values[arkit::head_roll] / radians_per_degree});
  frame.pose.scale = take_pixels_per_cm;
  frame.pose.translation.setConstant(0.5 * (take_picture_side - 1));
  frame.openings = gauge_.measure({}, frame.expression);
  return frame;
}

ArkitValues ArkitMapping::values_of(const MotionFrame& frame) const {
  FaceOpenings openings = gauge_.measure({}, frame.expression);
  openings.mouth = frame.openings.mouth;
  const Eigen::VectorXd expression = gauge_.with_openings({}, frame.expression, openings);

  ArkitValues values{};
  std::array<int, arkit_shape_count> parts{};
  for (std::size_t i = 0; i < shapes_.size(); ++i) {
    if (!shapes_[i]) continue;
    values[*shapes_[i]] += expression[static_cast<Eigen::Index>(i)];
    ++parts[*shapes_[i]];
  }
  for (std::size_t i = 0; i < arkit_shape_count; ++i) values[i] /= std::max(parts[i], 1);
  set_gaze(frame.gaze.right, right_eye, values);
  set_gaze(frame.gaze.left, left_eye, values);
  const HeadAngles head = head_angles(frame.pose.rotation);
  values[arkit::head_yaw] = -head.yaw_deg * radians_per_degree;
  values[arkit::head_pitch] = -head.pitch_deg * radians_per_degree;
  values[arkit::head_roll] = head.roll_deg * radians_per_degree;
  return values;
}

namespace {

constexpr std::size_t blink_left = 0;
constexpr std::size_t blink_right = 7;

/// A frame that waits to be written.
struct HeldFrame {
  std::int64_t thousandths = 0;
  ArkitValues values{};
  std::optional<LidGaps> gaps;
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Of the frames that have any, nothing when none has.
std::optional<LidGaps> usual_gaps(const std::vector<HeldFrame>& frames) {
  std::vector<double> right;
  std::vector<double> left;
  for (const HeldFrame& frame : frames) {
    if (!frame.gaps) continue;
    right.push_back(frame.gaps->right_eye);
    left.push_back(frame.gaps->left_eye);
  }
  if (right.empty()) return std::nullopt;
  return LidGaps{median(right), median(left)};
}

}  // namespace

struct ArkitFileWriter::Impl {
  Impl(std::filesystem::path final_path, const MotionHeader& header, const FaceModel& model, bool overwrite)
      : path(std::move(final_path)),
        mapping(model),
        target(path, overwrite ? AtomicFile::Existing::replaced : AtomicFile::Existing::kept),
        rate(timecode_rate(header.frame_rate)),
        thousandths_per_tick(1000.0L * static_cast<long double>(rate) *
                             static_cast<long double>(header.time_base.num) /
                             static_cast<long double>(header.time_base.den)) {}

  std::filesystem::path path;
  ArkitMapping mapping;
  AtomicFile target;
  std::int64_t rate;
  long double thousandths_per_tick;
  std::ofstream file;
  std::vector<HeldFrame> held;
  bool learned = false;  ///< what is usual in the shot, if it can be
  std::optional<LidGaps> usual;

  void hold(HeldFrame frame) {
    held.push_back(std::move(frame));
    if (learned || held.size() >= frames_to_learn) write_held();
  }

  void write_held() {
    if (!learned) usual = usual_gaps(held);
    learned = true;
    for (HeldFrame& frame : held) {
      if (usual && frame.gaps) {
        const auto blink = [](double& value, double gap, double usual_gap) {
          value = std::max(value, 1 - std::min(lid_opening(gap, usual_gap), 1.0));
        };
        blink(frame.values[blink_left], frame.gaps->left_eye, usual->left_eye);
        blink(frame.values[blink_right], frame.gaps->right_eye, usual->right_eye);
      }
      write_frame(frame);
    }
    held.clear();
  }

  void write_frame(const HeldFrame& frame) {
    std::string line = timecode_text(frame.thousandths, rate) + "," + std::to_string(arkit_channel_count);
    for (const double value : frame.values) {
      std::array<char, 32> text{};
      std::snprintf(text.data(), text.size(), ",%.10f", value + 0.0);
      line += text.data();
    }
    write_line(line);
  }

  void write_line(const std::string& line) {
    file << line << '\n';
    if (!file) throw OutputError("cannot write '" + path.string() + "'; check space and permissions");
  }
};

ArkitFileWriter::ArkitFileWriter(const std::filesystem::path& path, const MotionHeader& header,
                                 const FaceModel& model, bool overwrite)
    : impl_(std::make_unique<Impl>(path, header, model, overwrite)) {
  std::error_code ignored;
  if (!overwrite && std::filesystem::exists(path, ignored)) {
    throw OutputError("'" + path.string() + "' exists; choose another name or allow overwriting");
  }
  impl_->file.open(impl_->target.path(), std::ios::binary | std::ios::trunc);
  std::string columns = "Timecode,BlendshapeCount";
  for (std::size_t i = 0; i < arkit_channel_count; ++i) columns += std::string(",") + arkit_channel_name(i);
  impl_->write_line(columns);
}

ArkitFileWriter::~ArkitFileWriter() = default;

void ArkitFileWriter::write(const MotionFrame& frame) {
  const auto at = static_cast<std::int64_t>(
      std::llround(impl_->thousandths_per_tick * static_cast<long double>(frame.timestamp)));
  if (frame.starts_shot) {
    impl_->write_held();
    impl_->learned = false;
  }
  impl_->hold({at, impl_->mapping.values_of(frame), frame.lid_gaps});
}

void ArkitFileWriter::finish(const std::optional<std::string>& /*damage*/) {
  impl_->write_held();
  impl_->file.close();
  if (!impl_->file) {
    throw OutputError("cannot write '" + impl_->path.string() + "'; check space and permissions");
  }
  impl_->target.flush();
}

void ArkitFileWriter::commit() { impl_->target.commit(); }

}  // namespace reenact
