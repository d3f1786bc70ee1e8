#include "reenact/track/motion_source.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "reenact/core/error.h"
#include "reenact/files/media_files.h"
#include "reenact/mouth/face_colours.h"
#include "reenact/track/quarter_turn.h"
#include "reenact/track/read_ahead.h"

namespace reenact {
namespace {

/// Whole frames whose landmarks may be found before mouth and view are cut out of them.
constexpr std::size_t sightings_ahead = 2;

/// Frames that may be fitted before the folds of their skin are observed.
constexpr std::size_t fits_ahead = 2;

/// Frames from one try to turn a driver without a face to the next.
constexpr std::int64_t frames_between_turns = 25;

/// Landmark error with another shot's identity over that with a shot's own, up to which the face is the same.
constexpr double same_identity_error = 1.15;

}  // namespace

void TrackingOptions::validate() const {
  if (look_ahead_frames < 1) throw UsageError("look_ahead_frames must be at least 1");
  if (decode_ahead < 0) throw UsageError("decode_ahead must be 0 or more");
  if (calibration_frames < 1) throw UsageError("calibration_frames must be at least 1");
  smoothing.validate();
}

std::vector<std::string> MotionSource::notes() const {
  const std::optional<cv::RotateFlags> turn = turn_of(header());
  if (!turn) return {};
  return {std::string("the driver was turned ") + turn_text(*turn) + ", since its faces are not upright"};
}

TrackedMotion::TrackedMotion(VideoReader reader, LandmarkLocator locator, const FaceModel& model,
                             const FaceFitter& fitter, const TrackingOptions& options, StageTimes& times)
    : reader_(std::move(reader)),
      locator_(std::move(locator)),
      fitter_(fitter),
      options_(options),
      times_(times),
      smoother_(model, options.smoothing),
      gauge_(model),
      mouth_observer_(options.cut_mouths ? MouthObserver::Inside::cut_out : MouthObserver::Inside::not_wanted,
                      options.look_ahead_frames) {
  options_.validate();
  if (options_.refine && fitter_.scheme() == LandmarkScheme::mesh468) refiner_.emplace(model);
  if (options_.observe_shading && fitter_.scheme() == LandmarkScheme::mesh468)
    shading_observer_.emplace(model);
  if (options_.cut_mouths && fitter_.scheme() == LandmarkScheme::mesh468) mouth_geometry_.emplace(model);
  const VideoInfo& info = reader_.info();
  header_.width = info.width;
  header_.height = info.height;
  header_.frame_rate = info.frame_rate;
  header_.time_base = info.time_base;
  header_.face_model = model.name;
  header_.expression_names = model.expression_names;
  frames_ = std::make_unique<ReadAhead<VideoFrame>>(static_cast<std::size_t>(options_.decode_ahead), [this] {
    return times_.measure(Stage::decode, [this] { return reader_.read(); });
  });
  const bool is_threaded = options_.decode_ahead > 0;
  sightings_ = std::make_unique<ReadAhead<Sighting>>(is_threaded ? sightings_ahead : 0,
                                                     [this] { return sight_next(); });
  located_ = std::make_unique<ReadAhead<Located>>(
      is_threaded ? static_cast<std::size_t>(options_.look_ahead_frames) : 0,
      [this] { return locate_next(); });
}

TrackedMotion::~TrackedMotion() = default;

std::optional<TrackedMotion::Sighting> TrackedMotion::sight_next() {
  std::optional<VideoFrame> frame = frames_->next();
  if (!frame) return std::nullopt;
  return times_.measure(Stage::landmarks, [&] {
    std::optional<Landmarks> landmarks = find_face(*frame);
    const bool starts_shot = landmarks && shots_.is_cut(frame->image, face_box_from_landmarks(*landmarks));
    std::optional<FaceView> view;
    if ((refiner_ || shading_observer_) && landmarks) view = face_view(frame->image, *landmarks);
    return Sighting{std::move(*frame), std::move(landmarks), std::move(view), starts_shot};
  });
}

std::optional<Landmarks> TrackedMotion::find_face(VideoFrame& frame) {
  if (turn_) cv::rotate(frame.image, frame.image, *turn_);
  std::optional<Landmarks> landmarks =
      shots_.may_be_cut(frame.image) ? locator_.track_anew(frame.image) : locator_.track(frame.image);
  if (saw_face_) return landmarks;
  if (options_.turn_upright && (landmarks || frame.index % frames_between_turns == 0)) {
    turn_ = locator_.find_turn(frame.image);
    if (turn_) {
      cv::rotate(frame.image, frame.image, *turn_);
      locator_.reset();
      landmarks = locator_.track(frame.image);
    }
    if (!landmarks) turn_.reset();
  }
  saw_face_ = landmarks.has_value();
  return landmarks;
}

std::optional<TrackedMotion::Located> TrackedMotion::locate_next() {
  std::optional<Sighting> sighting = sightings_->next();
  if (!sighting) return std::nullopt;
  const VideoFrame& frame = sighting->frame;
  Located located{
      sighting->starts_shot,     frame.index, frame.timestamp, frame.duration, std::move(sighting->landmarks),
      std::move(sighting->view), {}};
  if (located.starts_shot) mouth_observer_.begin_shot();
  if (fitter_.scheme() == LandmarkScheme::mesh468) {
    located.mouth = times_.measure(Stage::mouth, [&] {
      return mouth_observer_.observe(frame.image, located.landmarks ? &*located.landmarks : nullptr,
                                     static_cast<double>(frame.timestamp) * header_.time_base.value());
    });
  }
  return located;
}

std::optional<FaceFit> TrackedMotion::fit(const Landmarks& landmarks, const FaceFit* previous) const {
  return fitter_.try_fit_frame(landmarks, identity_, previous);
}

void TrackedMotion::look_ahead(const std::function<void(std::int64_t)>& after_frame) {
  looked_ahead_ = true;
  bool found_any = false;
  while (static_cast<int>(ahead_.size()) < options_.look_ahead_frames || !found_any) {
    std::optional<Located> located = located_->next();
    if (!located) break;
    found_any = found_any || located->landmarks;
    ahead_.push_back(std::move(*located));
    if (after_frame) after_frame(static_cast<std::int64_t>(ahead_.size()));
  }
  if (found_any) learn_shot();
  if (!last_fit_) throw NoFaceError("no face was found in any frame of the driver");
  if (turn_) header_.turned_deg = degrees_of(*turn_);
  if (turn_ && *turn_ != cv::ROTATE_180) std::swap(header_.width, header_.height);
  header_.mouth_colours = mouth_colours_;
}

void TrackedMotion::learn_shot() {
  std::vector<const Located*> found;
  for (std::size_t i = 0; i < static_cast<std::size_t>(options_.look_ahead_frames) || found.empty(); ++i) {
    if (i == ahead_.size()) {
      std::optional<Located> located = located_->next();
      if (!located) break;
      ahead_.push_back(std::move(*located));
    }
    if (i > 0 && ahead_[i].starts_shot) break;
    if (ahead_[i].landmarks) found.push_back(&ahead_[i]);
  }
  times_.measure(Stage::fit, [&] { calibrate(found); });
  choose_mouth_colours(found);
  smoother_.reset();
}

void TrackedMotion::choose_identity(const std::vector<Landmarks>& sample) {
  const Eigen::VectorXd known = identity_;
  identity_ = fitter_.calibrate_identity(sample);
  if (known.size() == 0) return;
  const auto error_of = [&](const Eigen::VectorXd& identity) {
    double sum = 0;
    for (const Landmarks& landmarks : sample) {
      const std::optional<FaceFit> fitted = fitter_.try_fit_frame(landmarks, identity, nullptr);
      if (fitted) sum += fitted->relative_error();
    }
    return sum;
  };
  if (error_of(known) < same_identity_error * error_of(identity_)) identity_ = known;
}

void TrackedMotion::choose_mouth_colours(const std::vector<const Located*>& found) {
  std::vector<MouthColours> colours;
  for (const Located* located : found) {
    if (located->mouth.colours) colours.push_back(*located->mouth.colours);
  }
  mouth_colours_.reset();
  if (!colours.empty()) mouth_colours_ = median_colours(colours);
}

/// The driver's identity, the keyframe and the first fit.
void TrackedMotion::calibrate(const std::vector<const Located*>& found) {
  const std::size_t count =
      std::min<std::size_t>(found.size(), static_cast<std::size_t>(options_.calibration_frames));
  std::vector<const Located*> sample;
  std::vector<Landmarks> landmarks;
  for (std::size_t i = 0; i < count; ++i) {
    sample.push_back(found[i * found.size() / count]);
    landmarks.push_back(*sample.back()->landmarks);
  }
  choose_identity(landmarks);
  std::optional<FaceFit> first_fit;
  for (std::size_t i = 0; i < found.size() && !first_fit; ++i) first_fit = fit(*found[i]->landmarks, nullptr);
  if (first_fit) last_fit_ = std::move(first_fit);
  if (refiner_ || shading_observer_) choose_keyframe(sample);
}

void TrackedMotion::choose_keyframe(const std::vector<const Located*>& sample) {
  struct Candidate {
    const Located* located;
    FaceFit fit;
  };
  std::vector<Candidate> candidates;
  Eigen::Vector4d sum = Eigen::Vector4d::Zero();
  for (const Located* located : sample) {
    std::optional<FaceFit> fitted = located->view ? fit(*located->landmarks, nullptr) : std::nullopt;
    if (!fitted) continue;
    const Eigen::Vector4d q = fitted->pose.rotation.coeffs();
    sum += sum.dot(q) < 0 ? Eigen::Vector4d(-q) : q;
    candidates.push_back({located, std::move(*fitted)});
  }
  if (candidates.empty()) return;
  const Eigen::Quaterniond middle(sum.normalized());
  const auto from_middle = [&](const Candidate& candidate) {
    return candidate.fit.pose.rotation.angularDistance(middle);
  };
  const Candidate& keyframe = *std::min_element(
      candidates.begin(), candidates.end(),
      [&](const Candidate& a, const Candidate& b) { return from_middle(a) < from_middle(b); });
  const FaceView& view = *keyframe.located->view;
  if (refiner_) refiner_->set_keyframe(view, keyframe.fit);
  if (shading_observer_) new_keyframe_ = ObservedFace{view.grey, state_in_view(keyframe.fit, view.square)};
}

std::optional<Landmarks> TrackedMotion::fit_and_refine(const Located& located, double& relative_error) {
  std::optional<FaceFit> fitted = fit(*located.landmarks, &*last_fit_);
  if (!fitted) return std::nullopt;
  relative_error = fitted->relative_error();
  Landmarks fitted_to = *located.landmarks;
  if (refiner_ && located.view) {
    Landmarks refined = refiner_->refine(*located.landmarks, *located.view, *fitted);
    if (std::optional<FaceFit> again = fit(refined, &*fitted)) {
      again->gaze = fitted->gaze;  // of eye corners and iris as one network saw them
      fitted = std::move(again);
      fitted_to = std::move(refined);
    }
  }
  last_fit_ = std::move(fitted);
  return fitted_to;
}

MouthPatch TrackedMotion::complete_mouth(SeenMouth mouth, const MotionFrame& motion) const {
  complete_patch(mouth.patch, mouth.patch_from_frame,
                 mouth_geometry_->project(identity_, last_fit_->expression, last_fit_->pose),
                 mouth_geometry_->project(identity_, motion.expression, motion.pose));
  return std::move(mouth.patch);
}

std::optional<MotionFrame> TrackedMotion::next() {
  std::optional<TrackedFrame> frame = next_tracked();
  if (!frame) return std::nullopt;
  return std::move(frame->motion);
}

std::optional<TrackedFrame> TrackedMotion::next_tracked() {
  if (!looked_ahead_) look_ahead({});
  if (!fitted_) {
    fitted_ = std::make_unique<ReadAhead<Fitted>>(options_.decode_ahead > 0 ? fits_ahead : 0,
                                                  [this] { return fit_next(); });
  }
  std::optional<Fitted> fitted = fitted_->next();
  if (!fitted) return std::nullopt;
  if (fitted->keyframe) shading_observer_->set_keyframe(fitted->keyframe->view, fitted->keyframe->state);
  if (fitted->folds) {
    fitted->frame.motion.shading = times_.measure(Stage::shading, [&] {
      return shading_observer_->observe(fitted->folds->view, fitted->folds->state);
    });
  }
  if (fitted->frame.motion.tracked) {
    error_sum_ += fitted->relative_error;
    ++tracked_;
  }
  return std::move(fitted->frame);
}

std::optional<TrackedMotion::Fitted> TrackedMotion::fit_next() {
  if (ahead_.empty()) {
    std::optional<Located> read = located_->next();
    if (!read) return std::nullopt;
    ahead_.push_back(std::move(*read));
  }
  if (ahead_.front().starts_shot) learn_shot();
  std::optional<Located> located = std::move(ahead_.front());
  ahead_.pop_front();

  Fitted fitted;
  fitted.keyframe = std::exchange(new_keyframe_, std::nullopt);
  MotionFrame& motion = fitted.frame.motion;
  motion.starts_shot = located->starts_shot;
  if (motion.starts_shot) motion.mouth_colours = mouth_colours_;
  motion.index = located->index;
  motion.timestamp = located->timestamp;
  motion.duration = located->duration;
  times_.measure(Stage::fit, [&] {
    if (located->landmarks) fitted.frame.refined = fit_and_refine(*located, fitted.relative_error);
    motion.tracked = fitted.frame.refined.has_value();
    motion.pose = last_fit_->pose;
    motion.expression = last_fit_->expression;
    motion.gaze = last_fit_->gaze;
    if (motion.tracked) {
      motion.lid_gaps = measure_lid_gaps(*located->landmarks);
      motion = smoother_.smooth(motion, static_cast<double>(motion.timestamp) * header_.time_base.value());
    } else if (last_motion_) {
      motion.pose = last_motion_->pose;
      motion.expression = last_motion_->expression;
      motion.gaze = last_motion_->gaze;
      motion.lid_gaps = last_motion_->lid_gaps;
    }
  });
  if (shading_observer_ && motion.tracked && located->view)
    fitted.folds = ObservedFace{located->view->grey, state_in_view(*last_fit_, located->view->square)};
  motion.openings = gauge_.measure(identity_, motion.expression);
  if (motion.tracked) {
    motion.openings.mouth *= located->mouth.parted;
  } else if (last_motion_) {
    motion.openings.mouth = last_motion_->openings.mouth;
  }
  last_motion_ = motion;
  if (motion.tracked && located->mouth.inside) {
    motion.mouth = complete_mouth(std::move(*located->mouth.inside), motion);
  }
  if (motion.tracked) fitted.frame.landmarks = std::move(located->landmarks);
  fitted.frame.identity = identity_;
  return fitted;
}

RecordedMotion::RecordedMotion(const std::filesystem::path& path, const FaceModel& model) : reader_(path) {
  const MotionHeader& header = reader_.header();
  if (header.face_model == model.name && header.expression_names == model.expression_names) return;
  throw InputError(path.string() + " was tracked with the face model '" + header.face_model +
                   "', but this one is '" + model.name + "'; track the driver again with --save-motion");
}

TakeMotion::TakeMotion(const std::filesystem::path& path, const FaceModel& model,
                       const std::optional<Rational>& frame_rate)
    : take_(path, frame_rate),
      mapping_(model),
      gaze_from_shapes_(take_.has(arkit::look_out_left) || take_.has(arkit::look_out_right)) {
  header_.width = header_.height = take_picture_side;
  header_.frame_rate = take_.frame_rate();
  header_.time_base = take_.time_base();
  header_.face_model = model.name;
  header_.expression_names = model.expression_names;
}

std::optional<MotionFrame> TakeMotion::next() {
  while (const std::optional<ArkitFrame> frame = take_.read()) {
    if (!frame->tracked && !last_) continue;
    MotionFrame motion = frame->tracked ? mapping_.motion_of(frame->values, gaze_from_shapes_) : *last_;
    motion.index = index_++;
    motion.timestamp = frame->timestamp;
    motion.tracked = frame->tracked;
    last_ = motion;
    return motion;
  }
  return std::nullopt;
}

std::unique_ptr<MotionSource> open_recorded(const std::filesystem::path& path, const FaceModel& model,
                                            const std::optional<Rational>& frame_rate) {
  if (is_take_name(path)) return std::make_unique<TakeMotion>(path, model, frame_rate);
  return std::make_unique<RecordedMotion>(path, model);
}

}  // namespace reenact
