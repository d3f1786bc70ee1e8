#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "reenact/infer/landmark_networks.h"
#include "reenact/io/face_model_file.h"
#include "reenact/track/motion_source.h"
#include "support/media_samples.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t frames_a_shot = 6;

/// A clip of two persons: a painting held still, then a webcam.
fs::path two_shots(const fs::path& folder) {
  const std::string count = std::to_string(frames_a_shot);
  const fs::path clip = folder / "two_shots.mp4";
  const std::string size =
      "scale=320:240:force_original_aspect_ratio=increase,crop=320:240:in_w/2-160:0,setsar=1";
  testing::make_with_ffmpeg("-loop 1 -r 25 -i '" + testing::real_media("joconde.jpg").string() + "' -i '" +
                                testing::real_media("cap13_edit2.mp4").string() + "' -filter_complex \"[0]" +
                                size + ",trim=end_frame=" + count + "[a];[1]fps=25," + size +
                                ",trim=end_frame=" + count + "[b];[a][b]concat\" -an -c:v libx264 -crf 12",
                            clip);
  return clip;
}

class TrackedMotionOfTwoShots : public ::testing::Test {
 protected:
  std::vector<TrackedFrame> frames(int decode_ahead, int look_ahead) {
    TrackingOptions options;
    options.decode_ahead = decode_ahead;
    options.look_ahead_frames = look_ahead;
    options.observe_shading = true;
    StageTimes times;
    TrackedMotion motion(VideoReader(clip_), LandmarkLocator(networks_, {}), model_, fitter_, options, times);
    std::vector<TrackedFrame> all;
    while (std::optional<TrackedFrame> frame = motion.next_tracked()) all.push_back(std::move(*frame));
    mean_error_ = motion.mean_relative_error();
    return all;
  }

  testing::TemporaryDirectory folder_;
  fs::path clip_ = two_shots(folder_.path());
  FaceModel model_ = load_face_model(fs::path(REENACT_SOURCE_DIR) / "models" / "face_model");
  FaceFitter fitter_{model_, LandmarkScheme::mesh468};
  std::shared_ptr<LandmarkNetworks> networks_ = std::make_shared<LandmarkNetworks>(
      fs::path(REENACT_SOURCE_DIR) / "models" / "landmarks", InferOptions{"cpu", 1});
  double mean_error_ = 0;
};

TEST_F(TrackedMotionOfTwoShots, EveryFrameHasTheIdentityOfItsOwnShot) {
  const std::vector<TrackedFrame> all = frames(4, 4);
  ASSERT_EQ(all.size(), 2U * frames_a_shot);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto first = static_cast<std::size_t>(i < frames_a_shot ? 0 : frames_a_shot);
    EXPECT_EQ(all[i].motion.starts_shot, i == frames_a_shot) << "frame " << i;
    EXPECT_EQ(all[i].identity, all[first].identity) << "frame " << i;
    EXPECT_TRUE(all[i].motion.tracked) << "frame " << i;
  }
  EXPECT_GT((all.front().identity - all.back().identity).norm(), 0.5);
}

TEST_F(TrackedMotionOfTwoShots, StagesSideBySideFindWhatTheyFindOneByOne) {
  const std::vector<TrackedFrame> side_by_side = frames(4, 3);
  const double mean_error = mean_error_;
  const std::vector<TrackedFrame> one_by_one = frames(0, 3);
  EXPECT_EQ(mean_error, mean_error_);
  EXPECT_GT(mean_error, 0);
  ASSERT_EQ(side_by_side.size(), one_by_one.size());
  for (std::size_t i = 0; i < one_by_one.size(); ++i) {
    const MotionFrame& a = side_by_side[i].motion;
    const MotionFrame& b = one_by_one[i].motion;
    EXPECT_EQ(a.expression, b.expression) << "frame " << i;
    EXPECT_EQ(a.pose.rotation.coeffs(), b.pose.rotation.coeffs()) << "frame " << i;
    ASSERT_TRUE(a.shading && b.shading) << "frame " << i;
    EXPECT_EQ(a.shading->jpeg, b.shading->jpeg) << "frame " << i;
  }
}

}  // namespace
}  // namespace reenact
