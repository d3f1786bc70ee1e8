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

/// A face that shows teeth, Lab.
struct TeethTint {
  FaceTint face;
  Eigen::Vector3d white = Eigen::Vector3d::Zero();
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

  /// Where a row ends.
  struct End {
    Eigen::Vector2d place;  ///< the middle of its lower edge, pixels
    double seen = 0;        ///< in [0,1]: of its middle

    /// Whether so much of it is seen that the place is sure.
    bool is_sure() const;
  };
  /// That of whatever upper teeth a mouth shows, in pixels of `picture`.
  static std::optional<End> end_in(const cv::Mat& picture, const Eigen::Matrix2Xd& lip_edge,
                                   const FaceTint& face);

  struct Laid {
    cv::Mat_<cv::Vec3f> colours;  ///< BGR, [0,255]
    cv::Mat_<float> cover;        ///< in [0,1]
  };
  /// For the pixels of `box`; `picture_from_canvas` takes those to where the head has them in the picture.
  Laid lay(const cv::Rect& box, const Eigen::Affine2d& picture_from_canvas) const;

  const FaceTint& face() const { return face_; }
  const Eigen::Vector2d& end() const { return end_; }  ///< as of end_in()
  double height() const { return height_; }            ///< of a tooth, pixels of the picture

 private:
  struct Column {
    float top = 0;  ///< pixels of `upright_`
    float bottom = 0;
    float cover = 0;  ///< in [0,1]; 0 where there is no tooth
  };
  struct Seen;
  static std::optional<Seen> measure(const cv::Mat& picture, const Eigen::Matrix2Xd& lip_edge,
                                     const FaceTint& face);
  void close_holes();
  void smooth_ends();
  void fade_at_ends();
  Eigen::Affine2d upright_from_picture_ = Eigen::Affine2d::Identity();
  cv::Mat upright_;              ///< the mouth made level, 8-bit BGR
  std::vector<Column> columns_;  ///< of `upright_`
  FaceTint face_;
  double height_ = 0;
  Eigen::Vector2d end_ = Eigen::Vector2d::Zero();
};

/// A row and how much of it is seen.
struct OwnTeeth::Seen {
  OwnTeeth teeth;
  double of_middle = 0;  ///< of the columns in the middle of the mouth
  double of_width = 0;   ///< columns over the mouth's width
  bool is_high = false;
};

}  // namespace reenact
