#include "animate/mesh_renderer.h"

#include "reenact/layers/held_at_border.h"
#include "reenact/layers/held_by_neighbours.h"

namespace reenact {
namespace {

constexpr double torso_share = 0.3;  // of the shift of a head before its background, which shoulders make

}  // namespace

MeshRenderer::MeshRenderer(const SourceAvatar& avatar, const Generator& generator)
    : avatar_(avatar),
      generator_(generator),
      conditioning_(avatar.model(), avatar.state_in_crop(generator.info().image_size),
                    generator.info().image_size, avatar.layers() ? torso_share : 0),
      face_cover_(avatar.model()),
      window_{generator.info().image_size},
      compositor_(avatar.canvas(), drawn_square(), avatar.layers() ? &*avatar.layers() : nullptr) {
  if (!avatar.layers()) return;
  const int cells = window_.cells();
  person_flow_.emplace(avatar.model(), avatar.state_in_crop(window_.crop_size), window_.crop_size,
                       torso_share,
                       held_at_border(*avatar.layers(), drawn_square(), cells, avatar.head().pixels_per_cm),
                       held_by_neighbours(avatar.head(), drawn_square(), cells));
}

CropSquare MeshRenderer::drawn_square() const {
  return avatar_.layers() ? window_.around(avatar_.crop_in_canvas()) : avatar_.crop_in_canvas();
}

FrameMaps MeshRenderer::maps(const FaceState& state_in_photo) {
  FaceState state = state_in_photo;
  state.pose = pose_in_crop(state_in_photo.pose, avatar_.crop(), generator_.info().image_size);
  FrameMaps maps;
  maps.conditioning = conditioning_.render(state);
  if (person_flow_) maps.person = person_flow_->extend(maps.conditioning, state.pose);
  return maps;
}

GeneratedFrame MeshRenderer::generate(const FrameMaps& maps) const {
  GeneratedFrame frame = generator_.forward(avatar_.state(), maps.conditioning);
  if (!avatar_.layers()) return frame;
  GeneratedFrame wide = in_window(frame, maps.conditioning, maps.person);
  wide.face = plane_in_window(face_cover_.plane(maps.conditioning), window_, 0);
  return wide;
}

void MeshRenderer::shade(const std::vector<float>& light, GeneratedFrame& frame) const {
  frame.light = avatar_.layers() ? plane_in_window(light, window_, 0) : light;
}

EyeRig::Poses MeshRenderer::eyes(const FaceState& state_in_photo, const LidRatios& lids,
                                 const ConditioningMaps& maps) const {
  return avatar_.eyes().pose(avatar_.model(), avatar_.state_in_canvas(state_in_photo), lids, maps,
                             avatar_.crop_in_canvas());
}

cv::Mat& MeshRenderer::compose(const GeneratedFrame& frame, const EyeRig::Poses& eyes) {
  cv::Mat& picture = compositor_.compose(frame);
  avatar_.eyes().draw(eyes, avatar_.canvas(), FlowField(frame, drawn_square()), compositor_.region(),
                      eye_layer_, picture);
  return picture;
}

void MeshRenderer::paint_mouth(const GeneratedFrame& frame, const DriverMouth& driver,
                               const PlacedMouth& mouth, cv::Mat& picture) const {
  const cv::Rect box = driver.box(mouth) & compositor_.region();
  if (box.empty()) return;
  cv::Mat part = picture(box);
  driver.paint(part, compositor_.warped(frame, box), box, mouth);
}

}  // namespace reenact
