#include "reenact/detail/pose_shading.h"

#include <gtest/gtest.h>

#include <cmath>

#include "detail/shading_picture.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr int frame_count = 60;

/// A head that turns and, at another pace, smiles. Its forehead has a highlight that goes with the turn, its
/// cheek a fold that goes with the smile.
class PoseShadingTest : public ::testing::Test {
 protected:
  static double yaw_of(int i) { return 0.12 * std::sin(0.4 * i); }
  static double smile_of(int i) { return 0.5 + 0.5 * std::cos(0.23 * i); }

  static MotionFrame frame_at(double yaw, double smile) {
    ShadingPlanes planes{cv::Mat_<float>::zeros(shading_side, shading_side),
                         cv::Mat_<float>::ones(shading_side, shading_side)};
    planes.log_ratio(forehead).setTo(2.0 * yaw);
    planes.log_ratio(cheek).setTo(-0.25 * smile);
    MotionFrame frame;
    frame.pose.rotation = Eigen::AngleAxisd(yaw, Eigen::Vector3d::UnitY());
    frame.expression = Eigen::VectorXd::Zero(4);
    frame.expression[2] = smile;
    frame.shading = encode_shading(planes);
    return frame;
  }

  PoseShadingTest() : reference_(frame_at(0, 0)) {
    for (int i = 0; i < frame_count; ++i) frames_.push_back(frame_at(yaw_of(i), smile_of(i)));
  }

  PoseShading learned(std::size_t count) const {
    std::vector<const MotionFrame*> shot;
    for (std::size_t i = 0; i < count; ++i) shot.push_back(&frames_[i]);
    return {shot, reference_};
  }

  static cv::Mat_<float> remaining(const PoseShading& light, const MotionFrame& frame) {
    cv::Mat_<float> ratio = decode_shading(*frame.shading).log_ratio;
    light.remove(frame.pose, ratio);
    return ratio;
  }

  static double mean_in(const cv::Mat_<float>& ratio, const cv::Rect& part) {
    return cv::mean(ratio(part))[0];
  }

  static inline const cv::Rect forehead{40, 16, 24, 16};
  static inline const cv::Rect cheek{24, 64, 16, 24};

  MotionFrame reference_;
  std::vector<MotionFrame> frames_;
};

TEST_F(PoseShadingTest, TakesOutWhatGoesWithTheTurnAndLeavesFolds) {
  const PoseShading light = learned(frames_.size());
  const cv::Mat_<float> ratio = remaining(light, frame_at(0.1, 1));
  EXPECT_LT(std::abs(mean_in(ratio, forehead)), 0.1 * 0.2);
  EXPECT_NEAR(mean_in(ratio, cheek), -0.25, 0.03);
}

TEST_F(PoseShadingTest, DoesNotGoOnBeyondTheTurnsItHasSeen) {
  const PoseShading light = learned(frames_.size());
  cv::Mat_<float> at_most = cv::Mat_<float>::zeros(shading_side, shading_side);
  cv::Mat_<float> beyond = at_most.clone();
  light.remove(frame_at(0.12, 0).pose, at_most);
  light.remove(frame_at(0.5, 0).pose, beyond);
  EXPECT_LT(mean_in(at_most, forehead), 0);
  EXPECT_NEAR(mean_in(beyond, forehead), mean_in(at_most, forehead), 0.005);
}

TEST_F(PoseShadingTest, ChangesNothingWhereItKnowsNothing) {
  const MotionFrame frame = frame_at(0.1, 1);
  const cv::Mat_<float> before = decode_shading(*frame.shading).log_ratio;
  EXPECT_EQ(cv::norm(remaining(PoseShading(), frame), before, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(remaining(learned(5), frame), before, cv::NORM_INF), 0);
}

TEST_F(PoseShadingTest, LeavesOutFramesWithoutShadingAndRefusesDamagedOnes) {
  for (std::size_t i = 0; i < frames_.size(); i += 2) frames_[i].shading.reset();
  EXPECT_LT(std::abs(mean_in(remaining(learned(frames_.size()), frame_at(0.1, 0)), forehead)), 0.1 * 0.2);
  frames_[1].shading->jpeg.resize(20);
  EXPECT_THROW(learned(frames_.size()), InputError);
}

}  // namespace
}  // namespace reenact
