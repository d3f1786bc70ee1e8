#pragma once

#include <optional>

#include "reenact/animate/avatar_renderer.h"
#include "reenact/animate/face_cover.h"
#include "reenact/compose/compositor.h"

namespace reenact {

/// Moves the photo by its mesh, corrected by a generator of the conditioning mesh-v1.
class MeshRenderer : public AvatarRenderer {
 public:
  MeshRenderer(const SourceAvatar& avatar, const Generator& generator);

  FrameMaps maps(const FaceState& state_in_photo) override;
  GeneratedFrame generate(const FrameMaps& maps) const override;
  void shade(const std::vector<float>& light, GeneratedFrame& frame) const override;
  EyeRig::Poses eyes(const FaceState& state_in_photo, const LidRatios& lids,
                     const ConditioningMaps& maps) const override;
  const cv::Mat& put_behind(const cv::Mat& background) override { return compositor_.put_behind(background); }
  const cv::Mat& alpha() const override { return compositor_.alpha(); }
  cv::Mat& compose(const GeneratedFrame& frame, const EyeRig::Poses& eyes) override;
  void paint_mouth(const GeneratedFrame& frame, const DriverMouth& driver, const PlacedMouth& mouth,
                   cv::Mat& picture) const override;

 private:
  /// Square of the canvas in which things move: the network's crop, or with layers the window around it.
  CropSquare drawn_square() const;

  const SourceAvatar& avatar_;
  const Generator& generator_;
  ConditioningRenderer conditioning_;
  FaceCover face_cover_;
  PersonWindow window_;
  std::optional<PersonFlow> person_flow_;  ///< only with layers
  Compositor compositor_;
  EyeLayer eye_layer_;
};

}  // namespace reenact
