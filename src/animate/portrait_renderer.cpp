#include "animate/drawn_landmarks.h"
#include "animate/renderers.h"
#include "reenact/compose/portrait_compositor.h"
#include "reenact/core/error.h"
#include "reenact/fit/visible_landmarks.h"

namespace reenact {
namespace {

PortraitCompositor compositor_of(const SourceAvatar& avatar, const VisibleLandmarks& landmarks) {
  if (!avatar.layers()) throw InputError("the person cannot be cut out: " + avatar.layers_refusal());
  const Eigen::Matrix2Xd at_rest =
      landmarks_of(avatar.model(), landmarks, avatar.state_in_canvas(avatar.state_in_photo()));
  return {avatar.canvas(), *avatar.layers(), landmark_square(at_rest), at_rest.row(1).maxCoeff()};
}

class PortraitRenderer : public AvatarRenderer {
 public:
  PortraitRenderer(const SourceAvatar& avatar, const Generator& generator)
      : avatar_(avatar),
        generator_(generator),
        landmarks_(avatar.model()),
        compositor_(compositor_of(avatar, landmarks_)) {}

  FrameMaps maps(const FaceState& state_in_photo, const LidRatios& /*lids*/, float /*mouth_share*/) override {
    const Eigen::Matrix2Xd landmarks =
        landmarks_of(avatar_.model(), landmarks_, avatar_.state_in_canvas(state_in_photo));
    FrameMaps maps;
    maps.square = landmark_square(landmarks);
    maps.landmarks = landmarks_in_square(landmarks, maps.square);
    return maps;
  }

  GeneratedFrame generate(const FrameMaps& maps) const override {
    GeneratedFrame frame = generator_.forward(avatar_.state(), maps.landmarks);
    frame.square = maps.square;
    return frame;
  }

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

}  // namespace

std::unique_ptr<AvatarRenderer> make_portrait_renderer(const SourceAvatar& avatar,
                                                       const Generator& generator) {
  return std::make_unique<PortraitRenderer>(avatar, generator);
}

}  // namespace reenact
