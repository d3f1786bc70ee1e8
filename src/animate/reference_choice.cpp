#include "reenact/animate/reference_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "reenact/core/error.h"
#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

/// Weights of squared differences between a driver frame and the photo (angles in radians, openings over the
/// eye distance): a head turned by 17 degrees counts as much as a mouth that differs by a tenth. Eyes count
/// less, because some people's are narrower.
constexpr double rotation_importance = 1.0;
constexpr double mouth_importance = 9.0;
constexpr double eye_importance = 15.0;
constexpr double shape_importance = 15.0;
constexpr double gaze_importance = 0.5;
/// The same between a driver frame and the middle of the driver's movement; shifts in centimetres, eyes as
/// shares of their usual opening: from a squint or half of a blink, lids have no way to go. From rounded lips
/// all else is a grimace.
constexpr double turn_importance = 4.0;
constexpr double usual_shape_importance = 60.0;
constexpr double usual_eye_importance = 1.0;
constexpr double shift_importance = 0.005;

/// A driver's eye that is nearly shut in the reference frame says nothing about how far the source's should
/// open.
constexpr double least_reference_eye = 0.05;

double square(double x) { return x * x; }

double eye_opening(const FaceOpenings& openings) { return 0.5 * (openings.right_eye + openings.left_eye); }

/// How expressions move brows and lips: 3·30×E, over the eye distance. Weights of different faces do not
/// compare: several together may mean what one does, and some move hardly anything.
Eigen::MatrixXd shape_of_expressions(const FaceModel& model) {
  std::vector<int> landmarks(ibug68::brows_count + ibug68::lips_count);
  const auto lips = landmarks.begin() + ibug68::brows_count;
  std::iota(landmarks.begin(), lips, ibug68::brows_begin);
  std::iota(lips, landmarks.end(), ibug68::lips_begin);
  const auto at = [&](int landmark) { return model.mean.col(model.landmarks68(landmark)); };
  const double unit = static_cast<double>((at(ibug68::left_eye_outer) - at(ibug68::right_eye_outer)).norm());
  Eigen::MatrixXd shape(3 * static_cast<Eigen::Index>(landmarks.size()), model.expression_count());
  Eigen::Index row = 0;
  for (const int landmark : landmarks) {
    shape.middleRows<3>(row) =
        model.expression.middleRows<3>(3 * model.landmarks68(landmark)).cast<double>() / unit;
    row += 3;
  }
  return shape;
}

/// Share of a shot's frames in which eyes are less open than usual: blinks and squints are among them.
constexpr double below_usual = 0.6;

/// Of at least one gap.
double usual_gap(std::vector<double> gaps) {
  const auto place =
      gaps.begin() + static_cast<std::ptrdiff_t>(below_usual * static_cast<double>(gaps.size()));
  std::nth_element(gaps.begin(), place, gaps.end());
  return *place;
}

/// Of at least one opening; never less than that of eyes which are nearly shut.
double usual_opening(std::vector<double> openings) {
  const auto middle = openings.begin() + static_cast<std::ptrdiff_t>(openings.size() / 2);
  std::nth_element(openings.begin(), middle, openings.end());
  return std::max(*middle, least_reference_eye);
}

}  // namespace

std::size_t best_reference(const FaceModel& model, const FaceFit& source, const FaceOpenings& source_openings,
                           const std::vector<const MotionFrame*>& frames) {
  const auto usable = [&](const MotionFrame& frame) {
    return frame.tracked && frame.expression.size() == source.expression.size();
  };
  Eigen::Vector4d rotation_sum = Eigen::Vector4d::Zero();
  Eigen::Vector2d translation_sum = Eigen::Vector2d::Zero();
  Eigen::VectorXd expression_sum = Eigen::VectorXd::Zero(source.expression.size());
  double count = 0;
  std::vector<double> eyes;
  for (const MotionFrame* frame : frames) {
    if (!usable(*frame)) continue;
    eyes.push_back(eye_opening(frame->openings));
    const Eigen::Vector4d q = frame->pose.rotation.coeffs();
    rotation_sum += rotation_sum.dot(q) < 0 ? Eigen::Vector4d(-q) : q;
    translation_sum += frame->pose.translation;
    expression_sum += frame->expression;
    ++count;
  }
  if (count == 0) throw InputError("the motion has no tracked frame that fits the face model");
  const double usual_eyes = usual_opening(std::move(eyes));
  const Eigen::Quaterniond middle_rotation(rotation_sum.normalized());
  const Eigen::Vector2d middle_translation = translation_sum / count;
  const Eigen::VectorXd middle_expression = expression_sum / count;
  const Eigen::MatrixXd shape = shape_of_expressions(model);
  const auto shape_difference = [&](const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
    return 3 * (shape * (a - b)).squaredNorm() / static_cast<double>(shape.rows());
  };

  const auto mismatch = [&](const MotionFrame& frame) {
    return rotation_importance * square(source.pose.rotation.angularDistance(frame.pose.rotation)) +
           mouth_importance * square(source_openings.mouth - frame.openings.mouth) +
           eye_importance * (square(source_openings.right_eye - frame.openings.right_eye) +
                             square(source_openings.left_eye - frame.openings.left_eye)) +
           shape_importance * shape_difference(source.expression, frame.expression) +
           usual_shape_importance * shape_difference(middle_expression, frame.expression) +
           gaze_importance * ((source.gaze.right - frame.gaze.right).squaredNorm() +
                              (source.gaze.left - frame.gaze.left).squaredNorm()) +
           usual_eye_importance * square(eye_opening(frame.openings) / usual_eyes - 1) +
           turn_importance * square(middle_rotation.angularDistance(frame.pose.rotation)) +
           shift_importance *
               ((middle_translation - frame.pose.translation) / frame.pose.scale).squaredNorm();
  };
  std::size_t best = frames.size();
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < frames.size(); ++i) {
    if (!usable(*frames[i])) continue;
    const double value = mismatch(*frames[i]);
    if (best == frames.size() || value < least) {
      best = i;
      least = value;
    }
  }
  return best;
}

MotionFrame with_usual_lids(MotionFrame reference, const std::vector<const MotionFrame*>& frames) {
  std::vector<double> right;
  std::vector<double> left;
  for (const MotionFrame* frame : frames) {
    if (!frame->tracked || !frame->lid_gaps) continue;
    right.push_back(frame->lid_gaps->right_eye);
    left.push_back(frame->lid_gaps->left_eye);
  }
  if (reference.lid_gaps && !right.empty()) {
    reference.lid_gaps = LidGaps{usual_gap(std::move(right)), usual_gap(std::move(left))};
  }
  return reference;
}

}  // namespace reenact
