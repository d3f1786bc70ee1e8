#include "reenact/measure/score_items.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <variant>

#include "reenact/animate/avatar_renderer.h"
#include "reenact/animate/engine.h"
#include "reenact/animate/reference_choice.h"
#include "reenact/animate/settings_json.h"
#include "reenact/animate/versions.h"
#include "reenact/compose/crop_image.h"
#include "reenact/core/error.h"
#include "reenact/detail/detail_renderer.h"
#include "reenact/detect/dlib_face_embedding.h"
#include "reenact/files/sha256.h"
#include "reenact/infer/device.h"
#include "reenact/infer/face_embedding.h"
#include "reenact/infer/graph_cost.h"
#include "reenact/infer/perceptual_distance.h"
#include "reenact/media/image.h"
#include "reenact/metrics/identity.h"
#include "reenact/metrics/image_quality.h"
#include "reenact/metrics/landmark_error.h"
#include "reenact/metrics/motion_error.h"
#include "reenact/metrics/motion_fidelity.h"
#include "reenact/metrics/warping_error.h"
#include "reenact/track/face_flow.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;

/// The size with its longer side scaled to `side`.
cv::Size scaled_size(cv::Size size, int side) {
  const double scale = static_cast<double>(side) / std::max(size.width, size.height);
  return {std::max(1, cvRound(size.width * scale)), std::max(1, cvRound(size.height * scale))};
}

cv::Mat resized(const cv::Mat& picture, cv::Size size) {
  cv::Mat other;
  cv::resize(picture, other, size, 0, 0, size.width < picture.cols ? cv::INTER_AREA : cv::INTER_CUBIC);
  return other;
}

/// The picture with its longer side scaled to `side`.
cv::Mat scaled(const cv::Mat& picture, int side) {
  return resized(picture, scaled_size(picture.size(), side));
}

std::string text_of(cv::Size size) { return std::to_string(size.width) + "x" + std::to_string(size.height); }

/// True for pictures of one shape up to 1 %, which an encoder cuts off when it wants even numbers.
bool has_shape_of(cv::Size a, cv::Size b) {
  const double aspects = static_cast<double>(a.width) * b.height / (static_cast<double>(a.height) * b.width);
  return std::abs(std::log(aspects)) < 0.01;
}

/// Frames that a container may promise more or less than it has.
constexpr std::int64_t frame_count_slack = 2;

/// The networks that all items share.
struct Instruments {
  Engine engine;
  std::variant<FaceEmbedding, DlibFaceEmbedding> embedding;
  std::optional<PerceptualDistance> perceptual;

  Instruments(const EvaluationOptions& options, bool with_generator)
      : engine(options.run, with_generator), embedding(make_embedding(options)) {
    if (!options.lpips_model.empty()) perceptual.emplace(options.lpips_model, options.run.infer);
  }

  Eigen::VectorXf embed(const cv::Mat& picture, const Landmarks& landmarks) {
    const std::vector<float> planes = aligned_face_planes(picture, landmarks);
    return std::visit([&](auto& network) { return network.embed(planes); }, embedding);
  }

 private:
  static std::variant<FaceEmbedding, DlibFaceEmbedding> make_embedding(const EvaluationOptions& options) {
    if (!options.face_recognition_dat.empty()) return DlibFaceEmbedding(options.face_recognition_dat);
    return FaceEmbedding(options.run.models / "face_recognition", options.run.infer);
  }
};

/// Keeps the pictures of the worst frames.
class WorstFrames {
 public:
  WorstFrames(std::size_t count, std::string measure_key) : count_(count), key_(std::move(measure_key)) {}

  /// `badness` is higher for worse frames; `picture` makes the picture when it is needed.
  template <typename MakePicture>
  void offer(std::int64_t frame, double value, double badness, const MakePicture& picture) {
    if (count_ == 0 || std::isnan(badness)) return;
    // Neighbouring frames look alike: the worse of the two stands for both.
    constexpr std::int64_t least_distance = 10;
    const auto near = std::find_if(kept_.begin(), kept_.end(), [&](const Kept& kept) {
      return std::abs(kept.frame - frame) < least_distance;
    });
    if (near != kept_.end()) {
      if (near->badness >= badness) return;
      kept_.erase(near);
    } else if (kept_.size() == count_) {
      const auto mildest = std::min_element(
          kept_.begin(), kept_.end(), [](const Kept& a, const Kept& b) { return a.badness < b.badness; });
      if (mildest->badness >= badness) return;
      kept_.erase(mildest);
    }
    kept_.push_back({frame, value, badness, picture()});
  }

  std::vector<WorstFrame> encoded() const {
    std::vector<Kept> sorted = kept_;
    std::sort(sorted.begin(), sorted.end(),
              [](const Kept& a, const Kept& b) { return a.badness > b.badness; });
    std::vector<WorstFrame> frames;
    for (const Kept& kept : sorted) {
      WorstFrame frame;
      frame.frame = kept.frame;
      frame.why = key_ + " " + cv::format("%.3f", kept.value);
      frame.mime_type = "image/jpeg";
      cv::imencode(".jpg", kept.picture, frame.picture, {cv::IMWRITE_JPEG_QUALITY, 85});
      frames.push_back(std::move(frame));
    }
    return frames;
  }

 private:
  struct Kept {
    std::int64_t frame;
    double value;
    double badness;
    cv::Mat picture;
  };
  std::size_t count_;
  std::string key_;
  std::vector<Kept> kept_;
};

cv::Mat side_by_side(const std::vector<cv::Mat>& pictures) {
  const int height = pictures.front().rows;
  std::vector<cv::Mat> level;
  for (const cv::Mat& picture : pictures) {
    cv::Mat resized;
    cv::resize(picture, resized, cv::Size(std::max(1, picture.cols * height / picture.rows), height));
    level.push_back(resized);
  }
  cv::Mat row;
  cv::hconcat(level, row);
  return row;
}

/// Means over the frames; root mean squares where the measure is one.
Scores mean_over(const std::vector<FrameScores>& frames) {
  Scores mean;
  for (std::size_t m = 0; m < measure_count; ++m) {
    const auto measure = static_cast<Measure>(m);
    const bool squares = measure == Measure::pose_rmse || measure == Measure::expression_rmse;
    double sum = 0;
    std::int64_t count = 0;
    for (const FrameScores& frame : frames) {
      const double value = frame.scores[measure];
      if (!std::isfinite(value)) continue;
      sum += squares ? value * value : value;
      ++count;
    }
    if (count > 0)
      mean[measure] =
          squares ? std::sqrt(sum / static_cast<double>(count)) : sum / static_cast<double>(count);
  }
  return mean;
}

/// Scores one item. Three streams run side by side: the driver's motion, the driver's pictures, and the
/// result's pictures, which are read from a file or made here without the loss of an encoder.
class ItemEvaluator {
 public:
  ItemEvaluator(const EvaluationItem& item, const EvaluationOptions& options, Instruments& instruments,
                const RunObserver& observer)
      : item_(item),
        options_(options),
        instruments_(instruments),
        result_locator_(instruments.engine.make_locator(options.run.source_face)),
        driver_(item.driver, options.run.image_folder_rate()),
        motion_(VideoReader(item.driver, options.run.image_folder_rate()),
                instruments.engine.make_locator(options.run.driver_face), instruments.engine.model(),
                instruments.engine.fitter(), tracking_options(item, options), times_),
        worst_(static_cast<std::size_t>(options.worst_frames),
               measure_info(has_target() ? Measure::masked_ssim : Measure::expression_rmse).key) {
    if (!item.result.empty()) {
      result_.emplace(item.result, options.run.image_folder_rate());
      compare_videos();
    }
    motion_.look_ahead([&](std::int64_t) {
      if (observer.should_stop && observer.should_stop())
        throw Interrupted("interrupted before the first frame");
    });
    prepare_source();
  }

  ItemScores run(const RunObserver& observer) {
    ItemScores scores;
    scores.name = item_.name;
    scores.person = item_.person;
    scores.source = item_.source.string();
    scores.driver = item_.driver.string();
    scores.result = item_.result.string();
    bool ended = false;
    while (true) {
      const std::optional<TrackedFrame> tracked = next_tracked();
      if (!tracked) {
        require_whole_driver();
        ended = true;
        break;
      }
      const std::int64_t index = tracked->motion.index;
      if (observer.should_stop && observer.should_stop()) break;
      if (options_.max_frames > 0 && index >= options_.max_frames) break;
      const std::optional<VideoFrame> driver = driver_.read();
      if (!driver) break;
      const std::optional<FrameScores> frame = score_frame(*tracked, driver->image);
      if (!frame) fail_for_length("ends after " + std::to_string(index) + " frames, before its driver");
      scores.frames.push_back(*frame);
      if (observer.progress) observer.progress(index + 1, driver_.info().frame_count);
    }
    if (scores.frames.empty()) throw InputError("no frame of " + item_.driver.string() + " could be scored");
    if (ended && result_ && result_->read()) {
      fail_for_length("goes on after the " + std::to_string(scores.frames.size()) + " frames of its driver");
    }
    scores.notes = notes_;
    scores.mean = mean_over(scores.frames);
    scores.mean[Measure::jitter_ratio] = jitter_.value().value_or(not_measured);
    scores.fidelity = fidelity_.values();
    scores.worst = worst_.encoded();
    return scores;
  }

 private:
  /// Throws InputError for a driver that is damaged: scores of a part of it would pass for those of the
  /// whole.
  void require_whole_driver() const {
    if (const std::optional<std::string> damage = motion_.damage()) throw InputError(*damage);
  }

  /// Beside a target the driver's mouth would be the target's own.
  static bool takes_mouth(const EvaluationItem& item, const EvaluationOptions& options) {
    return options.mode == EvaluationMode::cross && item.result.empty() &&
           options.run.mouth == MouthInside::driver;
  }

  /// The driver's folds are observed only for results made here that have no target: against a target they
  /// would be its own pixels.
  static TrackingOptions tracking_options(const EvaluationItem& item, const EvaluationOptions& options) {
    TrackingOptions tracking = options.run.tracking;
    tracking.observe_shading =
        options.mode == EvaluationMode::cross && item.result.empty() && options.run.detail > 0;
    tracking.cut_mouths = takes_mouth(item, options);
    return tracking;
  }

  bool has_target() const { return options_.mode != EvaluationMode::cross; }
  bool makes_result() const { return !result_; }

  [[noreturn]] void fail_for_length(const std::string& how) const {
    throw InputError(
        "the result " + item_.result.string() + " " + how + " " + item_.driver.string() +
        "; the two are compared frame by frame, so cut them to one length, or compare only their first"
        " frames with --max-frames");
  }

  /// Refuses a result that cannot be compared with its driver or reference frame by frame. What is only seen
  /// at the end of one of the two is found there.
  void compare_videos() {
    const VideoInfo& driver = driver_.info();
    const VideoInfo& result = result_->info();
    const std::int64_t shorter = std::min(driver.frame_count, result.frame_count);
    if (shorter > 0 && std::abs(driver.frame_count - result.frame_count) > frame_count_slack &&
        (options_.max_frames == 0 || options_.max_frames > shorter + frame_count_slack)) {
      fail_for_length("has " + std::to_string(result.frame_count) + " frames, not the " +
                      std::to_string(driver.frame_count) + " of");
    }
    const cv::Size driver_size(driver.width, driver.height);
    const cv::Size result_size(result.width, result.height);
    if (has_target() && !has_shape_of(result_size, driver_size)) {
      throw InputError("the result " + item_.result.string() + " has " + text_of(result_size) +
                       " pixels, another shape than its target's " + text_of(driver_size) +
                       "; a crop cannot be compared with a whole picture");
    }
    if (std::abs(std::log(result.frame_rate.value() / driver.frame_rate.value())) > 0.01) {
      notes_.push_back(
          "the result has another frame rate than its driver; frames of one number are compared");
    }
  }

  /// Photo (or first frame), its fit, and the driver's frame that corresponds to it.
  void prepare_source() {
    if (options_.mode == EvaluationMode::cross) {
      photo_ = read_photo(item_.source);
      source_landmarks_ = result_locator_.find_in_photo(photo_);
    } else {
      VideoReader first(item_.driver, options_.run.image_folder_rate());
      const std::optional<VideoFrame> frame = first.read();
      if (!frame) throw InputError("the clip " + item_.driver.string() + " has no frames");
      photo_ = frame->image.clone();
      source_landmarks_ = result_locator_.find_in_photo(photo_);
    }
    if (!source_landmarks_) throw NoFaceError("no face was found in the source of " + item_.name);
    source_embedding_ = instruments_.embed(photo_, *source_landmarks_);
    source_fit_ = instruments_.engine.fitter().fit_photo(*source_landmarks_);
    if (makes_result()) {
      const bool draws_portraits = instruments_.engine.generator().info().draws_portraits();
      LayerSource layers{
          instruments_.engine.segmenter(), {}, draws_portraits ? SplitRegion::photo : SplitRegion::head, {}};
      for (const Detection& other : result_locator_.others_in_photo())
        layers.other_faces.push_back(other.box);
      avatar_.emplace(photo_, *source_landmarks_, instruments_.engine.model(), instruments_.engine.fitter(),
                      instruments_.engine.generator(), options_.run.view, layers);
      if (draws_portraits && !avatar_->layers()) {
        throw InputError("the generator needs the photo of " + item_.name + " in layers" +
                         (avatar_->layers_refusal().empty() ? "; leave out --layers off"
                                                            : ": " + avatar_->layers_refusal()));
      }
      renderer_ = make_renderer(*avatar_, instruments_.engine.generator());
      if (!avatar_->layers_refusal().empty()) {
        notes_.push_back("moved in one piece: " + avatar_->layers_refusal());
      }
      shows_drivers_mouth_ = takes_mouth(item_, options_) && !draws_portraits;
      take_mouth(motion_.header().mouth_colours);
    }
    const int window = options_.mode == EvaluationMode::cross ? options_.run.tracking.look_ahead_frames : 1;
    while (static_cast<int>(window_.size()) < window) {
      std::optional<TrackedFrame> frame = motion_.next_tracked();
      if (!frame) break;
      window_.push_back(std::move(*frame));
    }
    if (window_.empty()) throw InputError("the driver " + item_.driver.string() + " has no frames");
    const FaceModel& model = avatar_ ? avatar_->model() : instruments_.engine.model();
    const FaceOpenings openings = OpeningGauge(model).measure(source_fit_.identity, source_fit_.expression);
    std::vector<const MotionFrame*> frames;
    for (const TrackedFrame& frame : window_) frames.push_back(&frame.motion);
    const MotionFrame reference =
        with_usual_lids(*frames[best_reference(model, source_fit_, openings, frames)], frames);
    retargeter_.emplace(model, source_fit_, reference, options_.run.motion.value_or(MotionMode::relative),
                        has_target() ? ShiftLimit::none : ShiftLimit::torso, std::nullopt,
                        options_.run.strength);
    if (reference.shading && !(makes_result() && instruments_.engine.generator().info().draws_portraits())) {
      detail_.emplace(instruments_.engine.model(), reference, PoseShading(frames, reference),
                      options_.run.detail);
    }
    result_locator_.reset();
    size_ratio_ = static_cast<double>(options_.size) / std::max(photo_.cols, photo_.rows);
  }

  /// Takes the driver's mouths of a shot, whose colours are `driver`.
  void take_mouth(const std::optional<MouthColours>& driver) {
    std::string note;
    if (shows_drivers_mouth_) mouth_ = driver_mouth_for(*avatar_, driver, note);
  }

  std::optional<TrackedFrame> next_tracked() {
    if (window_.empty()) return motion_.next_tracked();
    TrackedFrame frame = std::move(window_.front());
    window_.pop_front();
    return frame;
  }

  std::optional<cv::Mat> result_picture(const MotionFrame& motion, double time_s, const MovedFace& expected) {
    if (makes_result()) {
      const LidRatios lids = retargeter_->lid_ratios(motion);
      const FrameMaps maps =
          renderer_->maps(expected.state, lids, static_cast<float>(expected.generated_mouth));
      const EyeRig::Poses eyes = renderer_->eyes(expected.state, lids, maps.conditioning);
      GeneratedFrame generated = renderer_->generate(maps);
      if (detail_) renderer_->shade(detail_->light(motion, time_s, maps.conditioning), generated);
      cv::Mat& picture = renderer_->compose(generated, eyes);
      if (expected.mouth) renderer_->paint_mouth(*mouth_, *expected.mouth, picture);
      return picture;
    }
    const std::optional<VideoFrame> frame = result_->read();
    if (!frame) return std::nullopt;
    return frame->image;
  }

  std::optional<FrameScores> score_frame(const TrackedFrame& tracked, const cv::Mat& driver_picture) {
    const MotionFrame& motion = tracked.motion;
    FrameScores frame;
    frame.frame = motion.index;
    frame.time_s = static_cast<double>(motion.timestamp) * motion_.header().time_base.value();
    MovedFace moved;
    if (makes_result()) {
      if (motion.mouth_colours) take_mouth(motion.mouth_colours);
      moved = move_face(*retargeter_, *avatar_, mouth_ ? &*mouth_ : nullptr, motion, frame.time_s);
    } else {
      retargeter_->follow_mouth(motion, frame.time_s);
      moved.state = retargeter_->retarget(motion);
    }
    const FaceState& expected = moved.state;
    const std::optional<cv::Mat> result = result_picture(motion, frame.time_s, moved);
    if (!result) return std::nullopt;

    const cv::Mat driver_small = scaled(driver_picture, options_.size);
    const cv::Mat small =
        has_target() ? resized(*result, driver_small.size()) : scaled(*result, options_.size);
    FaceState small_state = expected;
    small_state.pose.scale *= size_ratio_;
    small_state.pose.translation = ((expected.pose.translation.array() + 0.5) * size_ratio_ - 0.5).matrix();
    const ProjectedFace face = project_visible_face(instruments_.engine.model(), small_state, options_.size);
    const bool identity_frame = motion.index % options_.identity_every == 0;
    const std::optional<Landmarks> found = locate_in_result(*result);
    if (found && !shows_photo_) shows_photo_ = judge_section(result->size(), expected);
    if (has_target()) compare_pictures(frame, small, driver_small, face, identity_frame);
    if (shows_photo_.value_or(true)) flicker(frame, small, face);
    if (found) compare_faces(frame, *result, *found, tracked, expected, identity_frame);
    jitter_.add(found, tracked.landmarks);

    const Measure worst_by = has_target() ? Measure::masked_ssim : Measure::expression_rmse;
    const double value = frame.scores[worst_by];
    worst_.offer(motion.index, value, has_target() ? -value : value, [&] {
      return side_by_side({scaled(photo_, options_.size), driver_small, small});
    });
    return frame;
  }

  void compare_pictures(FrameScores& frame, const cv::Mat& result, const cv::Mat& target,
                        const ProjectedFace& face, bool identity_frame) {
    const cv::Mat mask = face.mask(result.size());
    frame.scores[Measure::psnr] = psnr(result, target);
    frame.scores[Measure::ssim] = ssim(result, target);
    frame.scores[Measure::masked_psnr] = masked_psnr(result, target, mask).value_or(not_measured);
    frame.scores[Measure::masked_ssim] = masked_ssim(result, target, mask).value_or(not_measured);
    if (instruments_.perceptual && identity_frame) {
      frame.scores[Measure::lpips] =
          instruments_.perceptual->distance(rgb_planes(result), rgb_planes(target), result.cols, result.rows);
    }
  }

  void flicker(FrameScores& frame, const cv::Mat& result, const ProjectedFace& face) {
    if (!last_result_.empty()) {
      const FaceFlow flow = flow_between(instruments_.engine.model(), face, last_face_, result.size());
      frame.scores[Measure::warping_error] =
          warping_error(result, last_result_, flow.flow, flow.mask).value_or(not_measured);
    }
    last_result_ = result;
    last_face_ = face;
  }

  /// The face in a result frame, and its fit in result_fit_; nothing where the landmarks are those of no
  /// face.
  std::optional<Landmarks> locate_in_result(const cv::Mat& result) {
    std::optional<Landmarks> found = result_locator_.track(result);
    if (!found) return std::nullopt;
    std::optional<FaceFit> fit = instruments_.engine.fitter().try_fit_frame(
        *found, source_fit_.identity, result_fit_ ? &*result_fit_ : nullptr);
    if (!fit) return std::nullopt;
    result_fit_ = std::move(fit);
    return found;
  }

  /// True when the result shows the whole photo: its shape is the photo's, and the head is as large, within a
  /// quarter, and where it should be, within an eye distance. The flow of the warping error is the photo's.
  bool judge_section(cv::Size result, const FaceState& expected) {
    if (has_target() || makes_result()) return true;
    const double ratio =
        static_cast<double>(std::max(result.width, result.height)) / std::max(photo_.cols, photo_.rows);
    const double growth = result_fit_->pose.scale / (expected.pose.scale * ratio);
    const Eigen::Vector2d place = ((expected.pose.translation.array() + 0.5) * ratio - 0.5).matrix();
    const double shift = (result_fit_->pose.translation - place).norm() / result_fit_->interocular_px;
    if (has_shape_of(result, photo_.size()) && std::abs(std::log(growth)) < std::log(1.25) && shift < 1)
      return true;
    notes_.push_back("the result shows another section than the photo, so its warping error is not measured");
    return false;
  }

  void compare_faces(FrameScores& frame, const cv::Mat& result, const Landmarks& found,
                     const TrackedFrame& tracked, const FaceState& expected, bool identity_frame) {
    const std::optional<Landmarks>& driven = tracked.landmarks;
    if (identity_frame) {
      frame.scores[Measure::csim] = cosine_similarity(instruments_.embed(result, found), source_embedding_);
    }
    if (has_target() && driven) frame.scores[Measure::nme] = normalized_mean_error(found, *driven);
    if (!tracked.motion.tracked) return;
    frame.scores[Measure::pose_rmse] = pose_rmse_deg(result_fit_->pose.rotation, expected.pose.rotation);
    frame.scores[Measure::expression_rmse] = expression_rmse(result_fit_->expression, expected.expression);
    std::optional<FaceFit> fit = instruments_.engine.fitter().try_fit_frame(
        *driven, tracked.identity, driver_fit_ ? &*driver_fit_ : nullptr);
    if (!fit) return;
    driver_fit_ = std::move(fit);
    fidelity_.add(features_of(found, *result_fit_), features_of(*driven, *driver_fit_));
  }

  /// Read from the landmarks as they were found, so that nothing that this program adds to them counts.
  MotionFeatures features_of(const Landmarks& landmarks, const FaceFit& fit) const {
    return motion_features(landmarks.scheme, instruments_.engine.fitter().frontal(landmarks, fit), fit.gaze,
                           head_angles(fit.pose.rotation));
  }

  const EvaluationItem& item_;
  const EvaluationOptions& options_;
  Instruments& instruments_;
  StageTimes times_;
  LandmarkLocator result_locator_;
  VideoReader driver_;
  TrackedMotion motion_;
  std::optional<VideoReader> result_;
  std::deque<TrackedFrame> window_;
  cv::Mat photo_;
  std::optional<Landmarks> source_landmarks_;
  Eigen::VectorXf source_embedding_;
  FaceFit source_fit_;
  std::optional<SourceAvatar> avatar_;
  std::unique_ptr<AvatarRenderer> renderer_;
  std::optional<Retargeter> retargeter_;
  std::optional<DetailRenderer> detail_;
  bool shows_drivers_mouth_ = false;
  std::optional<DriverMouth> mouth_;
  std::optional<FaceFit> result_fit_;
  std::optional<FaceFit> driver_fit_;
  double size_ratio_ = 1;
  std::optional<bool> shows_photo_;  ///< decided at the first face of the result
  std::vector<std::string> notes_;
  cv::Mat last_result_;
  ProjectedFace last_face_;
  JitterRatio jitter_;
  MotionFidelity fidelity_;
  WorstFrames worst_;
};

const char* name_of(EvaluationMode mode) {
  switch (mode) {
    case EvaluationMode::self:
      return "self";
    case EvaluationMode::cross:
      return "cross";
    case EvaluationMode::pair:
      return "pair";
  }
  return "";
}

ItemScores failed_item(const EvaluationItem& item, const std::string& why) {
  ItemScores failed;
  failed.name = item.name;
  failed.person = item.person;
  failed.source = item.source.string();
  failed.driver = item.driver.string();
  failed.result = item.result.string();
  failed.failure = why;
  return failed;
}

/// SHA-256 of every network that gave a number.
std::map<std::string, std::string> hashes_of(const EvaluationOptions& options, const Instruments& instruments,
                                             bool with_generator) {
  std::map<std::string, std::string> hashes = model_hashes(
      options.run, with_generator ? instruments.engine.generator().info().sha256 : std::string());
  hashes["face_recognition"] = sha256_of_file(
      options.face_recognition_dat.empty() ? options.run.models / "face_recognition" / "face_recognition.pt"
                                           : options.face_recognition_dat);
  if (instruments.perceptual) hashes["lpips"] = instruments.perceptual->sha256();
  return hashes;
}

}  // namespace

void EvaluationOptions::validate() const {
  if (size < 64 || size > 1024) throw UsageError("--size must lie between 64 and 1024 pixels");
  if (identity_every < 1) throw UsageError("--identity-every must be at least 1");
  if (max_frames < 0) throw UsageError("--max-frames must be 0 or more");
  if (worst_frames < 0 || worst_frames > 20) throw UsageError("--worst must lie between 0 and 20");
  run.strength.validate();
  run.fit.validate();
  run.tracking.validate();
}

Evaluation evaluate(const std::vector<EvaluationItem>& items, const EvaluationOptions& options,
                    const RunObserver& observer) {
  options.validate();
  if (items.empty()) throw UsageError("there is nothing to evaluate");
  const bool made_here =
      std::any_of(items.begin(), items.end(), [](const EvaluationItem& i) { return i.result.empty(); });
  Instruments instruments(options, made_here);
  if (made_here) instruments.engine.generator();  // what is wrong with it is not the fault of an item
  Evaluation evaluation;
  evaluation.mode = name_of(options.mode);
  evaluation.title = "reenact evaluate: " + evaluation.mode + ", " + std::to_string(items.size()) +
                     (items.size() == 1 ? " item" : " items");
  for (const EvaluationItem& item : items) {
    if (observer.should_stop && observer.should_stop()) break;
    try {
      evaluation.items.push_back(ItemEvaluator(item, options, instruments, observer).run(observer));
    } catch (const Interrupted&) {
      break;
    } catch (const Error& error) {
      evaluation.items.push_back(failed_item(item, error.what()));
    } catch (const std::exception& error) {
      evaluation.items.push_back(failed_item(item, std::string("internal error: ") + error.what()));
    }
  }
  const auto missing = [&](Measure measure, const char* why) {
    evaluation.missing[measure_info(measure).key] = why;
  };
  if (options.mode == EvaluationMode::cross) {
    for (const Measure measure : {Measure::psnr, Measure::ssim, Measure::masked_psnr, Measure::masked_ssim,
                                  Measure::lpips, Measure::nme}) {
      missing(measure, "there is no target picture of the source person");
    }
  } else if (options.lpips_model.empty()) {
    missing(Measure::lpips, "no model; name one with --lpips-model");
  }
  if (made_here) {
    const fs::path bundle = generator_directory(options.run);
    const GeneratorMethodCosts cost = generator_cost(bundle, options.run.infer.trust_model);
    const Precision precision = instruments.engine.generator().info().precision;
    evaluation.cost.push_back(
        {bundle.filename().string(), precision_name(precision), static_cast<double>(cost.once().macs),
         static_cast<double>(cost.a_frame().macs), cost.once().parameters, cost.a_frame().parameters});
  }
  for (const Version& version : versions()) evaluation.versions[version.name] = version.version;
  evaluation.model_sha256 = hashes_of(options, instruments, made_here);
  summarize(evaluation);
  return evaluation;
}

}  // namespace reenact
