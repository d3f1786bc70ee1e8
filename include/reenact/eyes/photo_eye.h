#pragma once

#include <Eigen/Core>
#include <opencv2/core.hpp>
#include <optional>
#include <string>

#include "reenact/eyes/lid_curves.h"

namespace reenact {

/// An eye of the photo as landmarks and fit describe it, in pixels of the canvas.
struct EyeInPhoto {
  EyeSide side = EyeSide::right;
  EyeContour contour;
  Eigen::Vector2f iris = Eigen::Vector2f::Zero();  ///< centre
  float iris_radius = 0;
  Eigen::Matrix3f head_rotation = Eigen::Matrix3f::Identity();  ///< camera_from_model
  Eigen::Vector2f gaze = Eigen::Vector2f::Zero();               ///< (yaw, pitch) in the model
  float ball_radius = 0;
};

/// The eyeball as the photo shows it: a sphere whose axis points through the iris. Camera directions have x
/// to the right, y up and z to the viewer.
struct Eyeball {
  Eigen::Vector2f centre = Eigen::Vector2f::Zero();  ///< canvas pixels
  float radius = 1;                                  ///< canvas pixels
  Eigen::Vector3f axis = Eigen::Vector3f::UnitZ();
  Eigen::Vector2f iris = Eigen::Vector2f::Zero();  ///< centre of its circle, canvas pixels
  float iris_radius = 1;                           ///< canvas pixels
  float limbus = 0.1F;  ///< half the width over which iris turns to white, in radii of the iris
  Eigen::Matrix3f head_rotation = Eigen::Matrix3f::Identity();
  Eigen::Matrix3f gaze_rotation = Eigen::Matrix3f::Identity();

  /// Angle of the iris's edge from the axis.
  float iris_angle() const;
};

/// Place of a direction relative to the axis of an eyeball.
struct IrisPlace {
  float radius = 0;   ///< angle from the axis over that of the iris's edge
  float azimuth = 0;  ///< around the axis, in [−π, π]
};

/// Direction from an eyeball's centre to the point of its front that is seen at `offset` (pixels, y down)
/// from the centre; beyond the outline its edge goes on.
Eigen::Vector3f ball_direction(const Eigen::Vector2f& offset, float radius);

IrisPlace iris_place(const Eyeball& ball, const Eigen::Vector3f& direction);

inline constexpr int iris_rings = 24;
inline constexpr int iris_sectors = 48;
inline constexpr int lid_shade_depths = 14;
inline constexpr float lid_shade_reach = 0.13F;  ///< depth of the shade below the upper edge, in eye widths

/// One eye of a photo, prepared once so that it can be drawn with any gaze and opening. Pictures cover the
/// pixels of the canvas from `origin` on and hold B, G, R as floats in [0, 255].
struct PhotoEye {
  EyeSide side = EyeSide::right;
  LidCurves lids;
  /// Height of the upper edge over the lower when open, of an eye that the photo shows shut: its eyeball is
  /// made up.
  std::optional<LidProfile> open_gap;
  Eyeball ball;
  cv::Point origin;
  cv::Mat picture;     ///< CV_32FC3, the photo without highlights on the iris
  cv::Mat iris_trust;  ///< CV_32F in [0, 1]: how far `picture` shows the eyeball itself
  cv::Mat sclera;      ///< CV_32FC3, the white without the iris; moves with the eye's corners
  cv::Mat highlights;  ///< CV_32FC3, added; empty when there are none
  cv::Mat iris_table;  ///< CV_32FC3, iris_rings × (iris_sectors + 1): the iris where the photo hides it
  cv::Mat
      lid_shade;  ///< CV_32FC3, lid_samples × lid_shade_depths: shade of lashes and lid below the upper edge
  cv::Mat lid_lift;  ///< CV_32FC3, 1 or more: how much lighter skin above the eye is when the lid is shut
  cv::Mat lid_tone;  ///< CV_32FC3, 1 × lid_samples: colour beyond which the lift does not go
  LidProfile lash_height{};  ///< of the dark band above the upper edge, pixels
  float lash_light = 1;      ///< brightness of the lashes of shut lids over that of plain skin
  float softness = 0;        ///< standard deviation in pixels of the blur of the photo's eye
  cv::Mat grain;             ///< CV_32FC3, what is finer than the skin's shading
  cv::Mat residual;          ///< CV_32FC3, the photo minus the eye drawn as it is in the photo; or empty
};

/// Prepares an eye, or says why it cannot be drawn anew and is better left to the mesh.
struct PreparedEye {
  std::optional<PhotoEye> eye;
  std::string refusal;  ///< empty with an eye
};

/// `canvas` is 8-bit BGR.
PreparedEye prepare_eye(const cv::Mat& canvas, const EyeInPhoto& seen);

/// An eye that the photo shows shut, with an eyeball that is made up: brown, in the light and the tint of the
/// skin around (grey on a grey photo), behind lids that open as most people's do. Shut, it is left to the
/// photo. Small and far turned eyes are refused.
PreparedEye default_eye(const cv::Mat& canvas, const EyeInPhoto& seen);

}  // namespace reenact
