#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

namespace reenact {

/// Colours beside which teeth are told, Lab.
struct FaceTint {
  Eigen::Vector3d skin = Eigen::Vector3d::Zero();
  Eigen::Vector3d lips = Eigen::Vector3d::Zero();
};

/// Pixels that are like teeth along a column of a mouth.
struct ToothRun {
  int first = 0;
  int last = 0;  ///< inclusive
};

/// The run that hangs from the upper lip in `column`, Lab from the lip down. It ends at the line between
/// clenched rows. Nothing when none begins beside the lip.
std::optional<ToothRun> tooth_run(const std::vector<cv::Vec3f>& column, const FaceTint& face);

/// The row of upper teeth that a photo shows. They are part of the skull: while lips move over them they keep
/// their place in the head, and what lips uncover above is continued from below.
class OwnTeeth {
 public:
  /// `picture` is 8-bit BGR, `lip_edge` the inner edge of its lips (2×80, mouth/lip_contour.h). Nothing when
  /// no row of upper teeth is seen.
  static std::optional<OwnTeeth> find(const cv::Mat& picture, const Eigen::Matrix2Xd& lip_edge,
                                      const FaceTint& face);

  struct Laid {
    cv::Mat_<cv::Vec3f> colours;  ///< BGR, [0,255]
    cv::Mat_<float> cover;        ///< in [0,1]
  };
  /// For the pixels of `box`; `picture_from_canvas` takes those to where the head has them in the picture.
  Laid lay(const cv::Rect& box, const Eigen::Affine2d& picture_from_canvas) const;

  const FaceTint& face() const { return face_; }
  double height() const { return height_; }  ///< of a tooth, pixels of the picture

 private:
  struct Column {
    float top = 0;  ///< pixels of `upright_`
    float bottom = 0;
    float cover = 0;  ///< in [0,1]; 0 where there is no tooth
  };
  void close_holes();
  Eigen::Affine2d upright_from_picture_ = Eigen::Affine2d::Identity();
  cv::Mat upright_;              ///< the mouth made level, 8-bit BGR
  std::vector<Column> columns_;  ///< of `upright_`
  FaceTint face_;
  double height_ = 0;
};

}  // namespace reenact
