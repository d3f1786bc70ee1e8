#include <algorithm>
#include <array>
#include <optional>

#include "animate/renderers.h"
#include "reenact/animate/face_cover.h"
#include "reenact/compose/chroma_range.h"
#include "reenact/compose/compositor.h"
#include "reenact/eyes/eye_windows.h"
#include "reenact/layers/held_at_border.h"
#include "reenact/layers/held_by_neighbours.h"

namespace reenact {
namespace {

constexpr double torso_share = 0.3;  // of the shift of a head before its background, which shoulders make

class MeshRenderer : public AvatarRenderer {
 public:
  MeshRenderer(const SourceAvatar& avatar, const Generator& generator)
      : avatar_(avatar),
        generator_(generator),
        conditioning_(avatar.model(), avatar.state_in_crop(generator.info().image_size),
                      generator.info().image_size, avatar.layers() ? torso_share : 0),
        face_cover_(avatar.model()),
        window_{generator.info().image_size},
        compositor_(avatar.canvas(), drawn_square(), avatar.layers() ? &*avatar.layers() : nullptr) {
    const auto canvas_px_per_cm = static_cast<float>(avatar.head().pixels_per_cm);
    canvas_share_ = generator.info().paints_eyes ? shown_share(canvas_px_per_cm) : 0;
    if (canvas_share_ > 0) {
      eye_windows_.emplace(avatar.model(), avatar.state_in_canvas(avatar.state_in_photo()), avatar.canvas());
      chroma_.emplace(avatar.canvas());
    }
    if (!avatar.layers()) return;
    const int cells = window_.cells();
    person_flow_.emplace(avatar.model(), avatar.state_in_crop(window_.crop_size), window_.crop_size,
                         torso_share,
                         held_at_border(*avatar.layers(), drawn_square(), cells, avatar.head().pixels_per_cm),
                         held_by_neighbours(avatar.head(), drawn_square(), cells));
  }

  FrameMaps maps(const FaceState& state_in_photo, const LidRatios& lids) override {
    FaceState state = state_in_photo;
    state.pose = pose_in_crop(state_in_photo.pose, avatar_.crop(), generator_.info().image_size);
    FrameMaps maps;
    const Eigen::Matrix3Xf shape = conditioning_.shape(state);
    maps.conditioning = conditioning_.render(state, shape);
    if (person_flow_) maps.person = person_flow_->extend(maps.conditioning, state.pose);
    maps.eye_shares = eye_shares(lids);
    if (maps.eye_shares[0] > 0 || maps.eye_shares[1] > 0) {
      maps.eyes = eye_windows_->render(avatar_.state_in_canvas(state_in_photo), shape);
    }
    return maps;
  }

  GeneratedFrame generate(const FrameMaps& maps) const override {
    GeneratedFrame frame = generator_.forward(avatar_.state(), maps.conditioning);
    if (avatar_.layers()) {
      frame = in_window(frame, maps.conditioning, maps.person);
      frame.face = plane_in_window(face_cover_.plane(maps.conditioning), window_, 0);
    }
    if (maps.eyes) {
      frame.eyes = paint_eyes(*maps.eyes, maps.eye_shares);
      frame.eye_places = maps.eyes->places;
    }
    return frame;
  }

  void shade(const std::vector<float>& light, GeneratedFrame& frame) const override {
    frame.light = avatar_.layers() ? plane_in_window(light, window_, 0) : light;
  }

  EyeRig::Poses eyes(const FaceState& state_in_photo, const LidRatios& lids,
                     const ConditioningMaps& maps) const override {
    return avatar_.eyes().pose(avatar_.model(), avatar_.state_in_canvas(state_in_photo), lids, maps,
                               avatar_.crop_in_canvas());
  }

  const cv::Mat& put_behind(const cv::Mat& background) override { return compositor_.put_behind(background); }
  const cv::Mat& alpha() const override { return compositor_.alpha(); }

  cv::Mat& compose(const GeneratedFrame& frame, const EyeRig::Poses& eyes) override {
    cv::Mat& picture = compositor_.compose(frame);
    avatar_.eyes().draw(eyes, avatar_.canvas(), FlowField(frame, drawn_square()), compositor_.region(),
                        eye_layer_, picture);
    if (frame.eyes) {
      paste_eye_windows(*frame.eyes, frame.eye_places, compositor_.region(), picture);
    }
    return picture;
  }

  void paint_mouth(const GeneratedFrame& frame, const DriverMouth& driver, const PlacedMouth& mouth,
                   cv::Mat& picture) const override {
    const cv::Rect box = driver.box(mouth) & compositor_.region();
    if (box.empty()) return;
    cv::Mat part = picture(box);
    driver.paint(part, compositor_.warped(frame, box), box, mouth);
  }

 private:
  /// How far each eye is shown as the generator paints it.
  std::array<float, eye_window::count> eye_shares(const LidRatios& lids) const {
    if (!eye_windows_) return {};
    const EyeRig& eyes = avatar_.eyes();
    return {canvas_share_ * eyes.painted_share(EyeSide::right, lids.right_eye),
            canvas_share_ * eyes.painted_share(EyeSide::left, lids.left_eye)};
  }

  PaintedWindows paint_eyes(const EyeWindows& windows,
                            const std::array<float, eye_window::count>& shares) const {
    PaintedWindows painted = generator_.paint_eyes(avatar_.eyes_state(), windows.warped, windows.maps);
    for (int eye = 0; eye < eye_window::count; ++eye) {
      chroma_->confine(painted.colour.plane(eye, 0), painted.colour.plane_size());
      float* const alpha = painted.alpha.plane(eye, 0);
      const float share = shares[static_cast<std::size_t>(eye)];
      std::transform(alpha, alpha + painted.alpha.plane_size(), alpha,
                     [share](float a) { return share * a; });
    }
    return painted;
  }

  /// Square of the canvas in which things move: the network's crop, or with layers the window around it.
  CropSquare drawn_square() const {
    return avatar_.layers() ? window_.around(avatar_.crop_in_canvas()) : avatar_.crop_in_canvas();
  }

  const SourceAvatar& avatar_;
  const Generator& generator_;
  ConditioningRenderer conditioning_;
  FaceCover face_cover_;
  PersonWindow window_;
  std::optional<PersonFlow> person_flow_;  ///< only with layers
  Compositor compositor_;
  EyeLayer eye_layer_;
  float canvas_share_ = 0;                        ///< of painted eyes at the canvas's resolution
  std::optional<EyeWindowRenderer> eye_windows_;  ///< only where they are painted
  std::optional<ChromaRange> chroma_;
};

}  // namespace

std::unique_ptr<AvatarRenderer> make_mesh_renderer(const SourceAvatar& avatar, const Generator& generator) {
  return std::make_unique<MeshRenderer>(avatar, generator);
}

}  // namespace reenact
