#include "reenact/measure/score_items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "reenact/core/error.h"
#include "reenact/files/sha256.h"
#include "support/media_samples.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::make_with_ffmpeg;
using testing::real_media;
using testing::TemporaryDirectory;

constexpr int clip_frames = 6;

/// A few frames of a webcam clip and results made of them, for all tests.
class Scoring : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryDirectory;
    clip_ = derived("clip.mp4", real_media("cap13_edit2.mp4"), "-frames:v " + std::to_string(clip_frames));
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }

  /// A video made by ffmpeg from another.
  static fs::path derived(const std::string& name, const fs::path& input, const std::string& options) {
    const fs::path output = *folder_ / name;
    make_with_ffmpeg("-i '" + input.string() + "' " + options + " -an -c:v libx264 -crf 12", output);
    return output;
  }
  static fs::path first_frames(int count) {
    return derived(std::to_string(count) + ".mp4", clip_, "-frames:v " + std::to_string(count));
  }
  static fs::path filtered(const std::string& name, const std::string& filter) {
    return derived(name, clip_, "-vf \"" + filter + "\"");
  }

  static EvaluationOptions options_for(EvaluationMode mode) {
    EvaluationOptions options;
    options.mode = mode;
    options.run.models = fs::path(REENACT_SOURCE_DIR) / "models";
    options.run.generator = "geometry";
    options.run.infer = {"cpu", 1};
    options.worst_frames = 0;
    return options;
  }
  static EvaluationItem pair_with(const fs::path& result) { return {"item", "person", {}, clip_, result}; }
  static EvaluationItem cross_with(const fs::path& result) {
    return {"item", "person", real_media("joconde.jpg"), clip_, result};
  }
  static ItemScores score(const EvaluationItem& item, const EvaluationOptions& options) {
    return evaluate({item}, options, {}).items.at(0);
  }
  static ItemScores score_pair(const fs::path& result) {
    return score(pair_with(result), options_for(EvaluationMode::pair));
  }

  static TemporaryDirectory* folder_;
  static fs::path clip_;
};
TemporaryDirectory* Scoring::folder_ = nullptr;
fs::path Scoring::clip_;

TEST_F(Scoring, AVideoEqualsItself) {
  const ItemScores scores = score_pair(clip_);
  EXPECT_EQ(scores.failure, "");
  EXPECT_THAT(scores.notes, IsEmpty());
  EXPECT_EQ(scores.frames.size(), static_cast<std::size_t>(clip_frames));
  EXPECT_DOUBLE_EQ(scores.mean[Measure::ssim], 1);
  EXPECT_GT(scores.mean[Measure::csim], 0.98);
  EXPECT_LT(scores.mean[Measure::nme], 0.01);
}

TEST_F(Scoring, RefusesAResultThatIsCutShort) {
  const fs::path half = first_frames(3);
  const fs::path one_less = first_frames(5);
  for (const fs::path& result : {half, one_less}) {
    EXPECT_THAT(score_pair(result).failure, HasSubstr("frame by frame"));
    EXPECT_THAT(score(cross_with(result), options_for(EvaluationMode::cross)).failure,
                HasSubstr("--max-frames"));
  }
  EXPECT_THAT(score_pair(half).failure, HasSubstr("has 3 frames, not the 6 of"));
  EXPECT_THAT(score_pair(one_less).failure, HasSubstr("ends after 5 frames"));
}

TEST_F(Scoring, RefusesAResultThatGoesOn) {
  EvaluationItem item = pair_with(clip_);
  item.driver = first_frames(5);
  EXPECT_THAT(score(item, options_for(EvaluationMode::pair)).failure,
              HasSubstr("goes on after the 5 frames"));
}

TEST_F(Scoring, ComparesTheFirstFramesOfVideosOfOtherLengths) {
  EvaluationOptions options = options_for(EvaluationMode::pair);
  options.max_frames = 3;
  const ItemScores scores = score(pair_with(first_frames(3)), options);
  EXPECT_EQ(scores.failure, "");
  EXPECT_EQ(scores.frames.size(), 3U);
}

TEST_F(Scoring, RefusesAPairOfOtherShapes) {
  EXPECT_THAT(score_pair(filtered("cropped.mp4", "crop=iw/2:ih")).failure, HasSubstr("another shape than"));
}

TEST_F(Scoring, AlignsAResultThatLostARowToItsEncoder) {
  const ItemScores scores = score_pair(filtered("even.mp4", "crop=iw-2:ih-2:1:1"));
  EXPECT_EQ(scores.failure, "");
  EXPECT_GT(scores.mean[Measure::ssim], 0.8);
}

TEST_F(Scoring, SaysThatAResultHasAnotherFrameRate) {
  const ItemScores scores = score_pair(filtered("slower.mp4", "setpts=2*PTS,fps=source_fps/2"));
  EXPECT_EQ(scores.failure, "");
  EXPECT_THAT(scores.notes, ElementsAre(HasSubstr("another frame rate")));
}

/// A head of the size of the photo's, and a crop of the same video.
TEST_F(Scoring, LeavesOutTheWarpingErrorOfACrop) {
  EvaluationItem item = cross_with(clip_);
  item.source = *folder_ / "photo.png";
  make_with_ffmpeg("-i '" + clip_.string() + "' -frames:v 1", item.source);
  const EvaluationOptions options = options_for(EvaluationMode::cross);
  const ItemScores whole = score(item, options);
  EXPECT_THAT(whole.notes, IsEmpty());
  EXPECT_TRUE(std::isfinite(whole.mean[Measure::warping_error]));

  for (const char* crop : {"crop=ih*0.75:ih*0.75", "crop=iw*0.75:ih*0.75"}) {
    item.result = filtered("crop.mp4", crop);
    const ItemScores cropped = score(item, options);
    EXPECT_EQ(cropped.failure, "");
    EXPECT_THAT(cropped.notes, ElementsAre(HasSubstr("another section than the photo")));
    EXPECT_TRUE(std::isnan(cropped.mean[Measure::warping_error]));
    EXPECT_NEAR(cropped.mean[Measure::csim], whole.mean[Measure::csim], 0.03);
    EXPECT_NEAR(cropped.mean[Measure::pose_rmse], whole.mean[Measure::pose_rmse], 2);
  }
}

TEST_F(Scoring, MovesInLayersOrInOnePiece) {
  EvaluationOptions options = options_for(EvaluationMode::self);
  const EvaluationItem item = {"item", "person", {}, clip_, {}};
  const ItemScores layers = score(item, options);
  options.run.layers = false;
  const ItemScores one_layer = score(item, options);
  EXPECT_THAT(layers.notes, IsEmpty());
  EXPECT_THAT(one_layer.notes, IsEmpty());
  EXPECT_GT(layers.mean[Measure::ssim], one_layer.mean[Measure::ssim]);
}

TEST_F(Scoring, SaysWhyAPhotoMovesInOnePiece) {
  EvaluationItem item = cross_with({});
  item.source = *folder_ / "face_alone.png";
  make_with_ffmpeg("-i '" + real_media("joconde.jpg").string() + "' -vf crop=150:210:270:180", item.source);
  const ItemScores scores = score(item, options_for(EvaluationMode::cross));
  EXPECT_EQ(scores.failure, "");
  EXPECT_THAT(scores.notes, ElementsAre(HasSubstr("moved in one piece: ")));
}

/// The painting's mouth in a picture of photo, driver and result side by side.
cv::Mat mouth_of(const WorstFrame& frame) {
  const cv::Mat row = cv::imdecode(frame.picture, cv::IMREAD_COLOR);
  const cv::Rect on_448(158, 130, 36, 22);  // from the right border, from the top
  const double scale = row.rows / 448.0;
  return row(cv::Rect(row.cols - cvRound(on_448.x * scale), cvRound(on_448.y * scale),
                      cvRound(on_448.width * scale), cvRound(on_448.height * scale)));
}

/// Mean luma of the lightest tenth of a picture, here teeth.
double luma_of_the_lightest(const cv::Mat& bgr) {
  cv::Mat grey;
  cv::cvtColor(bgr, grey, cv::COLOR_BGR2GRAY);
  std::vector<std::uint8_t> values(grey.begin<std::uint8_t>(), grey.end<std::uint8_t>());
  std::sort(values.rbegin(), values.rend());
  values.resize(values.size() / 10);
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TEST_F(Scoring, TakesTheColoursOfTheMouthShotByShot) {
  // A wide mouth with teeth that holds still; in the other driver a cut after ten frames to another
  // background leaves half of the light.
  const std::string still =
      "-vf \"trim=start_frame=400:end_frame=401,loop=29:1,setpts=N/25/TB,"
      "drawbox=x=197:y=200:w=17:h=6:c=0xd8d0d0:t=fill";
  const std::string later = ":enable='gte(n,10)'";
  const std::string beside =
      "drawbox=w=90:c=white:t=fill" + later + ",drawbox=x=310:w=90:c=white:t=fill" + later;
  const fs::path clip = real_media("cap13_edit2.mp4");
  EvaluationItem lit = cross_with({});
  EvaluationItem cut = cross_with({});
  lit.driver = derived("lit.mp4", clip, still + "\"");
  cut.driver = derived("cut.mp4", clip, still + ",lutyuv=y=16+(val-16)*0.55" + later + "," + beside + "\"");
  EvaluationOptions options = options_for(EvaluationMode::cross);
  options.worst_frames = 3;
  options.size = 448;
  options.run.detail = 0;
  const ItemScores in_light = score(lit, options);
  const ItemScores cut_to_dark = score(cut, options);
  ASSERT_EQ(in_light.failure, "");
  ASSERT_EQ(cut_to_dark.failure, "");
  ASSERT_FALSE(in_light.worst.empty());
  const double expected = luma_of_the_lightest(mouth_of(in_light.worst.front()));
  int after_the_cut = 0;
  for (const WorstFrame& frame : cut_to_dark.worst) {
    if (frame.frame < 10) continue;
    ++after_the_cut;
    // 2.9; in the colours of the first shot 6.6.
    EXPECT_NEAR(luma_of_the_lightest(mouth_of(frame)), expected, 4.7) << frame.frame;
  }
  EXPECT_GT(after_the_cut, 0);
}

/// Steps into a folder that is then removed: relative paths cannot be made absolute there.
class LostWorkingFolder {
 public:
  explicit LostWorkingFolder(const fs::path& folder) : before_(fs::current_path()) {
    fs::create_directory(folder);
    fs::current_path(folder);
    fs::remove(folder);
  }
  ~LostWorkingFolder() { fs::current_path(before_); }
  LostWorkingFolder(const LostWorkingFolder&) = delete;
  LostWorkingFolder& operator=(const LostWorkingFolder&) = delete;

 private:
  fs::path before_;
};

TEST_F(Scoring, GoesOnAfterALinkToItselfAndInAFolderThatIsGone) {
  EvaluationItem looped = pair_with(clip_);
  looped.result = *folder_ / "loop.mp4";
  fs::create_symlink(looped.result, looped.result);
  EvaluationItem relative = pair_with(clip_);
  relative.result = fs::path("..") / clip_.filename();
  const LostWorkingFolder guard(*folder_ / "lost");
  const Evaluation evaluation = evaluate({looped, relative}, options_for(EvaluationMode::pair), {});
  EXPECT_THAT(evaluation.items.at(0).failure, HasSubstr("loop.mp4 cannot be read"));
  EXPECT_EQ(evaluation.items.at(1).failure, "");
}

TEST_F(Scoring, NamesTheNetworksByTheirHashes) {
  EvaluationOptions options = options_for(EvaluationMode::pair);
  options.max_frames = 1;
  options.lpips_model = fs::path(REENACT_BINARY_DIR) / "test_networks" / "lpips.pt";
  const Evaluation evaluation = evaluate({pair_with(clip_)}, options, {});
  EXPECT_TRUE(std::isfinite(evaluation.items.at(0).mean[Measure::lpips]));
  EXPECT_EQ(evaluation.model_sha256.at("lpips"), sha256_of_file(options.lpips_model));
  EXPECT_EQ(evaluation.model_sha256.count("generator"), 0U);
  EXPECT_EQ(evaluation.model_sha256.at("face_recognition").size(), 64U);
}

TEST_F(Scoring, EndsForAModelThatCannotBeLoaded) {
  EvaluationOptions options = options_for(EvaluationMode::self);
  options.run.generator = "no_such_generator";
  EXPECT_THROW(evaluate({{"item", "", {}, clip_, {}}}, options, {}), ModelError);
}

}  // namespace
}  // namespace reenact
