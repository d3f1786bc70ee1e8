#pragma once

#include "reenact/animate/avatar_renderer.h"
#include "reenact/compose/portrait_compositor.h"
#include "reenact/fit/visible_landmarks.h"

namespace reenact {

/// Shows what a generator of the conditioning landmarks-v1 draws, where the landmarks of the mesh say that
/// the face is.
class PortraitRenderer : public AvatarRenderer {
 public:
  PortraitRenderer(const SourceAvatar& avatar, const Generator& generator);

  FrameMaps maps(const FaceState& state_in_photo) override;
  GeneratedFrame generate(const FrameMaps& maps) const override;
  const cv::Mat& put_behind(const cv::Mat& background) override { return compositor_.put_behind(background); }
  const cv::Mat& alpha() const override { return compositor_.alpha(); }
  cv::Mat& compose(const GeneratedFrame& frame, const EyeRig::Poses& /*eyes*/) override {
    return compositor_.compose(frame);
  }

 private:
  const SourceAvatar& avatar_;
  const Generator& generator_;
  VisibleLandmarks landmarks_;
  PortraitCompositor compositor_;
};

}  // namespace reenact
