#include <algorithm>
#include <optional>

#include "animate/renderers.h"
#include "animate/window_layer.h"
#include "reenact/animate/face_cover.h"
#include "reenact/animate/hidden_sides.h"
#include "reenact/compose/chroma_range.h"
#include "reenact/compose/compositor.h"
#include "reenact/core/openings.h"
#include "reenact/detail/fold_colour.h"
#include "reenact/layers/held_at_border.h"
#include "reenact/layers/held_by_neighbours.h"
#include "reenact/windows/paste_windows.h"
#include "reenact/windows/shares.h"

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
        sides_(avatar.hidden_sides(generator.info().image_size)),
        window_{generator.info().image_size},
        compositor_(avatar.canvas(), drawn_square(), avatar.layers() ? &*avatar.layers() : nullptr),
        eye_windows_(avatar, avatar.model_at_eyes(), generator, eye_window),
        mouth_window_(avatar, avatar.model(), generator, mouth_window),
        openings_(avatar.model()),
        photo_opening_(opening_of(avatar.state_in_photo())) {
    compositor_.set_light_depth(
        fold_depth(avatar.model(), avatar.state_in_canvas(avatar.state_in_photo()), avatar.canvas()));
    if (eye_windows_.shows() || mouth_window_.shows()) chroma_.emplace(avatar.canvas());
    if (!avatar.layers()) return;
    const int cells = window_.cells();
    person_flow_.emplace(avatar.model(), avatar.state_in_crop(window_.crop_size), window_.crop_size,
                         torso_share,
                         held_at_border(*avatar.layers(), drawn_square(), cells, avatar.head().pixels_per_cm),
                         held_by_neighbours(avatar.head(), drawn_square(), cells));
  }

  FrameMaps maps(const FaceState& state_in_photo, const LidRatios& lids, float mouth_share) override {
    FaceState state = state_in_photo;
    state.pose = pose_in_crop(state_in_photo.pose, avatar_.crop(), generator_.info().image_size);
    FrameMaps maps;
    const Eigen::Matrix3Xf shape = conditioning_.shape(state);
    maps.conditioning = conditioning_.render(state, shape);
    if (person_flow_) maps.person = person_flow_->extend(maps.conditioning, state.pose);
    maps.sides = sides_.planes(conditioning_.raster(), state.pose);
    maps.eyes = eye_maps(state_in_photo, shape, lids);
    maps.mouth = mouth_maps(state_in_photo, shape, mouth_share);
    return maps;
  }

  GeneratedFrame generate(const FrameMaps& maps) const override {
    GeneratedFrame frame = generator_.forward(avatar_.state(), maps.conditioning);
    show_sides(maps.sides, frame);
    if (avatar_.layers()) {
      frame = in_window(frame, maps.conditioning, maps.person);
      frame.face = plane_in_window(face_cover_.plane(maps.conditioning), window_, 0);
    }
    if (maps.eyes) frame.eyes = paint_windows(*maps.eyes);
    if (maps.mouth) frame.mouth = paint_windows(*maps.mouth);
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
    if (frame.eyes) paste_windows(eye_window, *frame.eyes, compositor_.region(), picture);
    if (frame.mouth) paste_windows(mouth_window, *frame.mouth, compositor_.region(), picture);
    return picture;
  }

  void paint_mouth(const DriverMouth& driver, const PlacedMouth& mouth, cv::Mat& picture) const override {
    const cv::Rect box = driver.box(mouth) & compositor_.region();
    if (box.empty()) return;
    cv::Mat part = picture(box);
    driver.paint(part, box, mouth);
  }

 private:
  std::optional<WindowMaps> eye_maps(const FaceState& state_in_photo, const Eigen::Matrix3Xf& shape,
                                     const LidRatios& lids) {
    if (!eye_windows_.shows()) return std::nullopt;
    const std::optional<OpenedLids>& opened = avatar_.opened_lids();
    if (!opened) return eye_windows_.maps(state_in_photo, shape, eye_shares(lids), &avatar_.eyes_state());
    const FaceState state = opened->open(state_in_photo, lids);
    return eye_windows_.maps(state, opened->shape(state), eye_shares(lids), &avatar_.eyes_state());
  }

  std::optional<WindowMaps> mouth_maps(const FaceState& state_in_photo, const Eigen::Matrix3Xf& shape,
                                       float share) {
    if (share == 0 || !mouth_window_.shows()) return std::nullopt;
    return mouth_window_.maps(state_in_photo, shape, {share * opened_share_of(state_in_photo)});
  }

  /// How far each eye is shown as the generator paints it.
  std::vector<float> eye_shares(const LidRatios& lids) const {
    const EyeRig& eyes = avatar_.eyes();
    return {eyes.painted_share(EyeSide::right, lids.right_eye),
            eyes.painted_share(EyeSide::left, lids.left_eye)};
  }

  /// FaceOpenings::mouth of a state.
  float opening_of(const FaceState& state) const {
    return static_cast<float>(openings_.measure(state.identity, state.expression).mouth);
  }

  float opened_share_of(const FaceState& state) const {
    const double yaw_deg = head_angles(state.pose.rotation).yaw_deg;
    return opened_share(opening_of(state), photo_opening_, static_cast<float>(yaw_deg));
  }

  /// What the generator paints, as far as each window is shown.
  PlacedWindows paint_windows(const WindowMaps& maps) const {
    const RenderedWindows& rendered = maps.rendered;
    PlacedWindows windows{generator_.paint_windows(maps.source, rendered.warped, rendered.maps),
                          rendered.places};
    PaintedWindows& painted = windows.painted;
    for (std::size_t i = 0; i < maps.shares.size(); ++i) {
      const int number = static_cast<int>(i);
      chroma_->confine(painted.colour.plane(number, 0), painted.colour.plane_size());
      float* const alpha = painted.alpha.plane(number, 0);
      std::transform(alpha, alpha + painted.alpha.plane_size(), alpha,
                     [share = maps.shares[i]](float a) { return share * a; });
    }
    return windows;
  }

  /// Square of the canvas in which things move: the network's crop, or with layers the window around it.
  CropSquare drawn_square() const {
    return avatar_.layers() ? window_.around(avatar_.crop_in_canvas()) : avatar_.crop_in_canvas();
  }

  const SourceAvatar& avatar_;
  const Generator& generator_;
  ConditioningRenderer conditioning_;
  FaceCover face_cover_;
  HiddenSides sides_;
  PersonWindow window_;
  std::optional<PersonFlow> person_flow_;  ///< only with layers
  Compositor compositor_;
  EyeLayer eye_layer_;
  WindowLayer eye_windows_;
  WindowLayer mouth_window_;
  OpeningGauge openings_;
  float photo_opening_;
  std::optional<ChromaRange> chroma_;  ///< only for a generator that paints windows
};

}  // namespace

std::unique_ptr<AvatarRenderer> make_mesh_renderer(const SourceAvatar& avatar, const Generator& generator) {
  return std::make_unique<MeshRenderer>(avatar, generator);
}

}  // namespace reenact
