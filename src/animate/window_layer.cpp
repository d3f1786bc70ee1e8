#include "animate/window_layer.h"

#include <algorithm>
#include <utility>

#include "reenact/windows/shares.h"

namespace reenact {

WindowLayer::WindowLayer(const SourceAvatar& avatar, const FaceModel& model, const Generator& generator,
                         const WindowKind& kind)
    : avatar_(avatar), model_(model), generator_(generator), kind_(kind) {
  if (!generator.info().paints(kind)) return;
  canvas_share_ = shown_share(kind, static_cast<float>(avatar.head().pixels_per_cm));
}

std::optional<WindowMaps> WindowLayer::maps(const FaceState& state_in_photo, const Eigen::Matrix3Xf& shape,
                                            std::vector<float> shares, const WindowsState* known) {
  for (float& share : shares) share *= canvas_share_;
  if (*std::max_element(shares.begin(), shares.end()) == 0) return std::nullopt;
  if (!renderer_) prepare(known);
  return WindowMaps{source_, renderer_->render(avatar_.state_in_canvas(state_in_photo), shape),
                    std::move(shares)};
}

void WindowLayer::prepare(const WindowsState* known) {
  renderer_.emplace(model_, kind_, avatar_.state_in_canvas(avatar_.state_in_photo()), avatar_.canvas());
  source_ = known != nullptr
                ? *known
                : generator_.initialize_windows(kind_, renderer_->source(), renderer_->source_maps());
}

}  // namespace reenact
