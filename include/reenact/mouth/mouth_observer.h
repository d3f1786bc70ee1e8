#pragma once

#include <Eigen/Geometry>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "reenact/core/landmarks.h"
#include "reenact/core/mouth_patch.h"
#include "reenact/mouth/fading_mean.h"

namespace reenact {

struct LipSight;
struct MouthView;

/// A mouth cut out of a frame.
struct SeenMouth {
  MouthPatch patch;  ///< `upper_teeth` and `anchors` are not known yet
  Eigen::Affine2d patch_from_frame = Eigen::Affine2d::Identity();
};

/// What one frame tells of a mouth.
struct MouthSight {
  /// In [0,1]: 0 when lips touch, which multiplies every opening that a fit tells: it hardly ever shuts a
  /// mouth wholly, and landmarks may stay apart on lips that touch; 1 when they part, or when the frame does
  /// not tell.
  double parted = 1;
  std::optional<SeenMouth> inside;      ///< nothing when there is none to see
  std::optional<MouthColours> colours;  ///< measured in the first frames of a shot that show a face
};

/// Watches a driver's mouth, frame after frame: tells lips that touch from opened ones, cuts out what an
/// opened mouth shows and finds where its lips end. The edge, the shares and the confidence are means over
/// time in which a wide opening, which tells more, counts more; a closed or lost mouth starts afresh.
class MouthObserver {
 public:
  enum class Inside { cut_out, not_wanted };
  /// With the insides, colours are measured in the first `colour_frames` of a shot that show a face.
  explicit MouthObserver(Inside inside = Inside::cut_out, int colour_frames = 120)
      : inside_(inside), colour_frames_(colour_frames) {}

  /// A cut: nothing of the frames before it holds on.
  void begin_shot();

  /// The next frame (8-bit BGR) at `time_s`. Nothing is cut out when the mouth is closed, outside the
  /// picture, or too small to show anything. `landmarks` are of the scheme mesh468, as they were found; null
  /// when the face is lost.
  MouthSight observe(const cv::Mat& frame, const Landmarks* landmarks, double time_s);

 private:
  struct Filtered {
    double time_s = 0;
    FadingMean<Eigen::VectorXd> inset;
    FadingMean<double> opening_share;
    FadingMean<double> confidence;
  };

  struct Parted {
    double time_s = 0;
    double value = 1;
  };

  double smooth_parted(double parted, double time_s);
  MouthPatch patch_of(const MouthView& view, const LipSight& lips, double time_s);

  Inside inside_;
  int colour_frames_;
  int coloured_ = 0;  ///< frames of the shot whose colours were measured
  std::optional<Parted> last_parted_;
  std::optional<Filtered> last_;
};

}  // namespace reenact
