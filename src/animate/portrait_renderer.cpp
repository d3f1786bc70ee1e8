#include "animate/portrait_renderer.h"

#include "animate/drawn_landmarks.h"
#include "animate/mesh_renderer.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

PortraitCompositor compositor_of(const SourceAvatar& avatar, const VisibleLandmarks& landmarks) {
  if (!avatar.layers()) throw InputError("the person cannot be cut out: " + avatar.layers_refusal());
  const Eigen::Matrix2Xd at_rest =
      landmarks_of(avatar.model(), landmarks, avatar.state_in_canvas(avatar.state_in_photo()));
  return {avatar.canvas(), *avatar.layers(), landmark_square(at_rest), at_rest.row(1).maxCoeff()};
}

}  // namespace

PortraitRenderer::PortraitRenderer(const SourceAvatar& avatar, const Generator& generator)
    : avatar_(avatar),
      generator_(generator),
      landmarks_(avatar.model()),
      compositor_(compositor_of(avatar, landmarks_)) {}

FrameMaps PortraitRenderer::maps(const FaceState& state_in_photo) {
  const Eigen::Matrix2Xd landmarks =
      landmarks_of(avatar_.model(), landmarks_, avatar_.state_in_canvas(state_in_photo));
  FrameMaps maps;
  maps.square = landmark_square(landmarks);
  maps.landmarks = landmarks_in_square(landmarks, maps.square);
  return maps;
}

GeneratedFrame PortraitRenderer::generate(const FrameMaps& maps) const {
  GeneratedFrame frame = generator_.forward(avatar_.state(), maps.landmarks);
  frame.square = maps.square;
  return frame;
}

std::unique_ptr<AvatarRenderer> make_renderer(const SourceAvatar& avatar, const Generator& generator) {
  if (generator.info().draws_portraits()) return std::make_unique<PortraitRenderer>(avatar, generator);
  return std::make_unique<MeshRenderer>(avatar, generator);
}

}  // namespace reenact
