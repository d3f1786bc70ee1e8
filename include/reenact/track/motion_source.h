#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "reenact/core/motion.h"
#include "reenact/detail/shading_observer.h"
#include "reenact/fit/face_fitter.h"
#include "reenact/fit/smoother.h"
#include "reenact/io/arkit_motion.h"
#include "reenact/io/arkit_take.h"
#include "reenact/io/motion_file.h"
#include "reenact/media/video_reader.h"
#include "reenact/mouth/mouth_observer.h"
#include "reenact/mouth/mouth_placer.h"
#include "reenact/track/landmark_locator.h"
#include "reenact/track/landmark_refiner.h"
#include "reenact/track/shot_detector.h"
#include "reenact/track/stage_times.h"

namespace reenact {

template <typename Item>
class ReadAhead;

/// The motion of a driver, one frame at a time.
class MotionSource {
 public:
  virtual ~MotionSource() = default;
  virtual const MotionHeader& header() const = 0;
  virtual std::optional<MotionFrame> next() = 0;
  /// Mean landmark error of the fits so far over the inter-ocular distance; 0 when nothing was fitted.
  virtual double mean_relative_error() const = 0;
  /// After the end: a sentence about what of the driver could not be read; nothing when all was there.
  virtual std::optional<std::string> damage() const = 0;
  /// Sentences about the driver for the user.
  virtual std::vector<std::string> notes() const;
};

/// Settings of TrackedMotion.
struct TrackingOptions {
  /// Frames read ahead: the driver's identity is calibrated on them before the first frame is fitted.
  int look_ahead_frames = 120;
  /// Frames of the look-ahead, spread evenly, that take part in the calibration.
  int calibration_frames = 16;
  /// Align every frame to a keyframe by optical flow; only dense landmarks can be.
  bool refine = true;
  /// Cut out what an opened mouth shows; only with dense landmarks.
  bool cut_mouths = false;
  /// See how the folds of the skin are lit; only with dense landmarks.
  bool observe_shading = false;
  /// Turn a driver by quarters whose faces lie on their side or upside down.
  bool turn_upright = false;
  SmoothingOptions smoothing;
  /// Frames decoded ahead in a thread of their own, while landmarks are found, and mouths cut out, in two
  /// more; 0 does each when a frame is needed.
  int decode_ahead = 4;
  void validate() const;
};

/// A driver frame's motion and its landmarks, in driver pixels, which are empty where the face was lost.
struct TrackedFrame {
  MotionFrame motion;
  std::optional<Landmarks> landmarks;  ///< as they were found
  std::optional<Landmarks> refined;    ///< as the face was fitted to them
  Eigen::VectorXd identity;            ///< the driver's
};

/// Tracks and fits a driver video. A frame without a face, or whose landmarks are none, repeats the last
/// motion with `tracked` false; frames before the first face repeat the first one's motion. The keyframe of
/// the refinement is that of the calibration frames whose pose lies in the middle of theirs. After a cut the
/// driver's identity, where the face is another, and the keyframe are learned anew from the shot's own first
/// frames.
/// Holds the landmarks of two look-aheads and small views of their faces and mouths, never the frames: while
/// one is fitted, the next is looked at.
class TrackedMotion : public MotionSource {
 public:
  /// `times` receives the seconds spent on decode, landmarks, mouth, fit and shading; it must outlive this
  /// object.
  TrackedMotion(VideoReader reader, LandmarkLocator locator, const FaceModel& model, const FaceFitter& fitter,
                const TrackingOptions& options, StageTimes& times);
  ~TrackedMotion() override;

  /// Reads the first frames and learns the driver's face from them; done by the first next() otherwise.
  /// `after_frame` (may be empty) gets the number of frames read so far and may throw to stop.
  /// Throws NoFaceError when no frame shows a face.
  void look_ahead(const std::function<void(std::int64_t)>& after_frame);

  const MotionHeader& header() const override { return header_; }
  std::optional<MotionFrame> next() override;
  /// The same with the landmarks.
  std::optional<TrackedFrame> next_tracked();

  double mean_relative_error() const override {
    return tracked_ == 0 ? 0.0 : error_sum_ / static_cast<double>(tracked_);
  }
  std::optional<std::string> damage() const override { return reader_.damage(); }

 private:
  struct Located {
    bool starts_shot;
    std::int64_t index;
    std::int64_t timestamp;
    std::int64_t duration;
    std::optional<Landmarks> landmarks;
    std::optional<FaceView> view;  ///< with refinement, and where the skin is observed
    MouthSight mouth;
  };
  /// A frame with the landmarks found in it.
  struct Sighting {
    VideoFrame frame;
    std::optional<Landmarks> landmarks;
    std::optional<FaceView> view;
    bool starts_shot;
  };
  /// A face as ShadingObserver takes it.
  struct ObservedFace {
    cv::Mat view;
    FaceState state;
  };
  /// A frame but for the folds of its skin.
  struct Fitted {
    TrackedFrame frame;
    double relative_error = 0;  ///< where it is tracked
    std::optional<ObservedFace> folds;
    std::optional<ObservedFace> keyframe;  ///< of the folds from this frame on, where it is a new one
  };
  std::optional<Sighting> sight_next();
  /// The frame's landmarks; turns it, and all after it, where that shows the first face.
  std::optional<Landmarks> find_face(VideoFrame& frame);
  std::optional<Located> locate_next();
  /// The fit of one frame, or nothing when its landmarks are those of no face.
  std::optional<FaceFit> fit(const Landmarks& landmarks, const FaceFit* previous) const;
  /// Reads the first frames of the shot that begins with ahead_, and learns the face from them.
  void learn_shot();
  void calibrate(const std::vector<const Located*>& found);
  void choose_mouth_colours(const std::vector<const Located*>& found);
  /// The identity of some landmarks: the one known already where it fits them about as well.
  void choose_identity(const std::vector<Landmarks>& sample);
  void choose_keyframe(const std::vector<const Located*>& sample);
  /// Fits a frame and keeps the fit as the last one. Returns the landmarks it was fitted to, and their error
  /// before refinement, or nothing when they are those of no face.
  std::optional<Landmarks> fit_and_refine(const Located& located, double& relative_error);
  std::optional<Fitted> fit_next();
  /// Adds what only the fits tell, the last one and the smoothed `motion`.
  MouthPatch complete_mouth(SeenMouth mouth, const MotionFrame& motion) const;

  VideoReader reader_;
  LandmarkLocator locator_;
  ShotDetector shots_;
  std::optional<cv::RotateFlags> turn_;  ///< of every frame; chosen before the first face is seen
  bool saw_face_ = false;
  const FaceFitter& fitter_;
  TrackingOptions options_;
  StageTimes& times_;
  MotionHeader header_;
  MotionSmoother smoother_;
  OpeningGauge gauge_;
  std::optional<LandmarkRefiner> refiner_;
  std::optional<ShadingObserver> shading_observer_;
  std::optional<ObservedFace> new_keyframe_;
  std::optional<MouthGeometry> mouth_geometry_;  ///< when mouths are cut out
  MouthObserver mouth_observer_;
  std::optional<MouthColours> mouth_colours_;  ///< of the shot
  std::deque<Located> ahead_;
  bool looked_ahead_ = false;
  Eigen::VectorXd identity_;
  std::optional<FaceFit> last_fit_;
  std::optional<MotionFrame> last_motion_;
  double error_sum_ = 0;
  std::int64_t tracked_ = 0;
  std::unique_ptr<ReadAhead<VideoFrame>> frames_;
  std::unique_ptr<ReadAhead<Sighting>> sightings_;  ///< takes from frames_
  std::unique_ptr<ReadAhead<Located>> located_;     ///< takes from sightings_
  std::unique_ptr<ReadAhead<Fitted>> fitted_;       ///< takes from located_, after the look-ahead
};

/// Replays a motion file.
class RecordedMotion : public MotionSource {
 public:
  /// Throws InputError when the file is none, or was made with another face model than `model`.
  RecordedMotion(const std::filesystem::path& path, const FaceModel& model);
  const MotionHeader& header() const override { return reader_.header(); }
  std::optional<MotionFrame> next() override { return reader_.read(); }
  double mean_relative_error() const override { return 0; }
  std::optional<std::string> damage() const override { return reader_.damage(); }

 private:
  MotionFileReader reader_;
};

/// Replays a take of blend shapes. A frame without a face repeats the last motion; frames before the first
/// face are left out.
class TakeMotion : public MotionSource {
 public:
  /// `frame_rate` as ArkitTake takes it; `model` must outlive this object. Throws InputError when the file is
  /// none, ModelError when the model has none of ARKit's expressions.
  TakeMotion(const std::filesystem::path& path, const FaceModel& model,
             const std::optional<Rational>& frame_rate);
  const MotionHeader& header() const override { return header_; }
  std::optional<MotionFrame> next() override;
  double mean_relative_error() const override { return 0; }
  std::optional<std::string> damage() const override { return std::nullopt; }
  std::vector<std::string> notes() const override { return take_.notes(); }

 private:
  ArkitTake take_;
  ArkitMapping mapping_;
  bool gaze_from_shapes_;
  MotionHeader header_;
  std::int64_t index_ = 0;
  std::optional<MotionFrame> last_;
};

/// Replays a driver without pictures, whichever of the two it is.
std::unique_ptr<MotionSource> open_recorded(const std::filesystem::path& path, const FaceModel& model,
                                            const std::optional<Rational>& frame_rate);

}  // namespace reenact
