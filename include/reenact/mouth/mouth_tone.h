#pragma once

#include <Eigen/Core>
#include <array>
#include <opencv2/core.hpp>
#include <optional>

#include "reenact/core/mouth_patch.h"
#include "reenact/mouth/face_colours.h"

namespace reenact {

/// What a photo's colours are like, CIE Lab.
struct PhotoColours {
  static constexpr int tint_steps = 10;  ///< of L, from 0 to 100

  Eigen::Vector3d skin = Eigen::Vector3d::Zero();
  Eigen::Vector3d lips = Eigen::Vector3d::Zero();
  std::optional<Eigen::Vector3d> teeth;                      ///< nothing when it shows none
  double side_light = 0;                                     ///< as in MouthColours
  double black = 0;                                          ///< L of the darkest parts
  double light = 100;                                        ///< L of the lightest parts of the head
  double spread = 0;                                         ///< root mean square of (a, b) about the tint
  std::array<Eigen::Vector2d, tint_steps> tint = no_tint();  ///< median (a, b) at each L

 private:
  static std::array<Eigen::Vector2d, tint_steps> no_tint() {
    std::array<Eigen::Vector2d, tint_steps> none;
    none.fill(Eigen::Vector2d::Zero());
    return none;
  }
};

/// Colours of the face at `places` in `photo` (8-bit BGR), and of the picture around it. Throws InputError
/// when the face lies outside the picture.
PhotoColours photo_colours(const cv::Mat& photo, const ColourPlaces& places);

/// Teeth of a face of which only the skin is known, Lab.
Eigen::Vector3d expected_teeth(const Eigen::Vector3d& skin);

/// Carries colours from inside a driver's mouth to a photo. Teeth become as the photo's own. Where it shows
/// none, brightness follows the skins' ratio, but teeth stay as light as the photo's skin lets expect, and
/// white follows the light on the photo, and teeth that the driver's camera shows without shading are darker
/// at the corners. Red follows the lips; half of each tint is what mouths show beside such skin and lips. A
/// photo without colours keeps its tint, and a driver without takes the photo's. A full transfer from skin to
/// skin would make blue teeth under warm light.
class MouthTone {
 public:
  static constexpr std::size_t tints = 6;  ///< of L, from dark to the teeth's

  MouthTone(const MouthColours& driver, const PhotoColours& photo);

  /// Changes `bgr` (float, [0,255]) in place. `across` is the place of each column between the corners of the
  /// mouth, −1 at the subject's right one and 1 at the left.
  /// `tongue`, in [0,1], tells where a tongue would catch light: a mouth that is wholly dark is not black
  /// there.
  void apply(cv::Mat_<cv::Vec3f>& bgr, const std::vector<float>& across, const cv::Mat_<float>& tongue) const;

 private:
  cv::Vec3f map(const cv::Vec3f& lab, float brightness, float tongue) const;
  /// (a, b) over L of what is as light inside of the mouth of such a face.
  cv::Vec2f expected_tint(float lightness) const;

  float gain_ = 1;
  float top_ = 99;
  float black_ = 0;
  float skin_lightness_ = 0;
  float side_gain_ = 0;     ///< log of the gain at the left corner
  float corner_shade_ = 0;  ///< what corners are darker by
  float saturation_ = 1;
  cv::Matx22f hue_turn_;  ///< of what is red
  cv::Vec2f shift_;       ///< of (a, b) over L
  float largest_chroma_ = 0;
  float monochrome_ = 0;  ///< 1: a photo without colours
  /// 1: a driver without colours. What is as dark as its lips then takes (a, b) over L from the photo's lips,
  /// what is as light as its teeth from the light on the photo.
  float grey_driver_ = 0;
  float lips_lightness_ = 0;  ///< L in the photo
  float teeth_lightness_ = 1;
  cv::Vec2f lip_tint_;
  cv::Vec2f white_tint_;
  std::array<cv::Vec2f, tints> expected_ = {};  ///< (a, b) over L
  std::array<cv::Vec2f, PhotoColours::tint_steps> tint_ = {};
};

}  // namespace reenact
