#pragma once

#include <Eigen/Geometry>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "reenact/core/landmarks.h"
#include "reenact/core/mouth_patch.h"

namespace reenact {

struct MouthView;

/// A mouth cut out of a frame.
struct SeenMouth {
  MouthPatch patch;  ///< `upper_teeth` and `anchors` are not known yet
  Eigen::Affine2d patch_from_frame = Eigen::Affine2d::Identity();
};

/// Watches a driver's mouth, frame after frame: cuts out what an opened one shows and finds where its lips
/// end. The edge, the opening's share and the confidence are low-passed in time; a closed or lost mouth
/// starts afresh.
class MouthObserver {
 public:
  /// The patch of the next frame (8-bit BGR) at `time_s`, nothing
  /// when the mouth is closed, outside the picture, or too small to show anything. `landmarks` are of the
  /// scheme mesh468, as they were found; null when the face is lost.
  std::optional<SeenMouth> observe(const cv::Mat& frame, const Landmarks* landmarks, double time_s);

  /// Colours over the frames so far that showed a face, or nothing when none did; no more are gathered.
  std::optional<MouthColours> take_colours();

 private:
  struct Filtered {
    double time_s = 0;
    Eigen::VectorXd inset;
    double opening_share = 1;
    double confidence = 1;
  };

  MouthPatch patch_of(const MouthView& view, double time_s);

  bool gathers_colours_ = true;
  std::vector<MouthColours> colours_;
  std::optional<Filtered> last_;
};

}  // namespace reenact
