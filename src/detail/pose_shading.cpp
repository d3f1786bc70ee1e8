#include "reenact/detail/pose_shading.h"

#include <Eigen/Cholesky>
#include <Eigen/Geometry>
#include <algorithm>
#include <iterator>
#include <opencv2/imgproc.hpp>

#include "detail/shading_picture.h"

namespace reenact {
namespace {

constexpr std::size_t most_frames = 40;
constexpr std::size_t fewest_frames = 10;

// What is smaller than these explains nothing: the ridge of the regression, a frame.
constexpr double least_turn_rad = 0.035;  ///< 2°
constexpr double least_weight = 0.3;      ///< of an expression
constexpr double offset_ridge = 0.1;

constexpr float least_confidence = 0.1F;  ///< of a texel, mean over the frames
constexpr float half_trust = 0.02F;       ///< deviation of the log ratio with the turn
constexpr double trust_blur_texels = 1.5;

constexpr Eigen::Index texels = shading_side * shading_side;
constexpr Eigen::Index turns = 3;
constexpr Eigen::Index before_weights = 1 + turns;  ///< columns of the regression: offset, turn, expression

using Texels = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Every so manyth of those with shading.
std::vector<const MotionFrame*> sample_of(const std::vector<const MotionFrame*>& frames) {
  std::vector<const MotionFrame*> shaded;
  std::copy_if(frames.begin(), frames.end(), std::back_inserter(shaded),
               [](const MotionFrame* frame) { return frame->tracked && frame->shading; });
  const std::size_t step = (shaded.size() + most_frames - 1) / most_frames;
  std::vector<const MotionFrame*> sample;
  for (std::size_t i = 0; i < shaded.size(); i += step) sample.push_back(shaded[i]);
  return sample;
}

Eigen::Map<const Eigen::RowVectorXf> row_of(const cv::Mat_<float>& plane) {
  return {plane[0], static_cast<Eigen::Index>(plane.total())};
}

}  // namespace

PoseShading::PoseShading(const std::vector<const MotionFrame*>& frames, const MotionFrame& reference)
    : reference_(reference.pose.rotation) {
  const std::vector<const MotionFrame*> sample = sample_of(frames);
  if (sample.size() < fewest_frames || !reference.shading) return;
  const ShadingPlanes rest = decode_shading(*reference.shading);
  const auto count = static_cast<Eigen::Index>(sample.size());
  const Eigen::Index weights = reference.expression.size();

  Eigen::MatrixXd causes(count, before_weights + weights);
  Texels changes(count, texels);  // times their confidence
  Eigen::RowVectorXf confidence = Eigen::RowVectorXf::Zero(texels);
  for (Eigen::Index i = 0; i < count; ++i) {
    const MotionFrame& frame = *sample[static_cast<std::size_t>(i)];
    causes(i, 0) = 1;
    causes.row(i).segment<turns>(1) = turn_to(frame.pose);
    causes.row(i).tail(weights) = frame.expression - reference.expression;
    const ShadingPlanes planes = decode_shading(*frame.shading);
    const Eigen::RowVectorXf sure = row_of(planes.confidence).cwiseMin(row_of(rest.confidence));
    changes.row(i) = sure.cwiseProduct(row_of(planes.log_ratio) - row_of(rest.log_ratio));
    confidence += sure;
  }
  Eigen::VectorXd ridge(before_weights + weights);
  ridge << offset_ridge, Eigen::Vector3d::Constant(least_turn_rad),
      Eigen::VectorXd::Constant(weights, least_weight);
  Eigen::MatrixXd normal = causes.transpose() * causes;
  normal.diagonal() += static_cast<double>(count) * ridge.cwiseAbs2();
  const Eigen::MatrixXd solution = normal.ldlt().solve(causes.transpose());
  confidence = (confidence / static_cast<float>(count)).cwiseMax(least_confidence);
  per_radian_ = solution.middleRows<turns>(1).cast<float>() * changes;
  per_radian_.array().rowwise() /= confidence.array();

  const auto seen_turns = causes.middleCols<turns>(1);
  least_turn_ = seen_turns.colwise().minCoeff();
  largest_turn_ = seen_turns.colwise().maxCoeff();
  const Eigen::Matrix<double, Eigen::Dynamic, turns> centred =
      seen_turns.rowwise() - seen_turns.colwise().mean();
  const Eigen::Matrix3f covariance =
      (centred.transpose() * centred / static_cast<double>(count)).cast<float>();
  trust_.create(shading_side, shading_side);
  Eigen::Map<Eigen::RowVectorXf>(trust_[0], texels) =
      (covariance * per_radian_).cwiseProduct(per_radian_).colwise().sum();
  cv::GaussianBlur(trust_, trust_, {}, trust_blur_texels);
  trust_ = 1.0F / (1.0F + trust_ / (half_trust * half_trust));
}

Eigen::Vector3d PoseShading::turn_to(const Pose& pose) const {
  const Eigen::AngleAxisd turn(reference_.conjugate() * pose.rotation);
  return turn.angle() * turn.axis();
}

void PoseShading::remove(const Pose& pose, cv::Mat_<float>& log_ratio) const {
  if (per_radian_.cols() == 0) return;
  const Eigen::Vector3f turn = turn_to(pose).cwiseMax(least_turn_).cwiseMin(largest_turn_).cast<float>();
  const Eigen::Map<const Eigen::RowVectorXf> trust(trust_[0], texels);
  const Eigen::RowVectorXf of_turn = turn.transpose() * per_radian_;
  Eigen::Map<Eigen::RowVectorXf> ratio(log_ratio[0], texels);
  ratio = (ratio - of_turn.cwiseProduct((1 - trust.array()).matrix())).cwiseProduct(trust).eval();
}

}  // namespace reenact
