#include "reenact/windows/shares.h"

#include <algorithm>
#include <cmath>

#include "reenact/core/smoothstep.h"

namespace reenact {

float shown_share(const WindowKind& kind, float canvas_px_per_cm) {
  constexpr float too_coarse = 0.25F, coarse = 0.4F;  // of the windows' pixels per centimetre
  constexpr float fine = 1.8F, too_fine = 2.6F;
  const float ratio = canvas_px_per_cm / kind.px_per_cm;
  return smoothstep((ratio - too_coarse) / (coarse - too_coarse)) *
         smoothstep((too_fine - ratio) / (too_fine - fine));
}

float moved_share(float opening) {
  constexpr float least_shut = 0.75F, wholly_shut = 0.5F;
  constexpr float least_opened = 1.3F, wholly_opened = 1.6F;
  return smoothstep((least_shut - opening) / (least_shut - wholly_shut)) +
         smoothstep((opening - least_opened) / (wholly_opened - least_opened));
}

float parted_share(float opening) {
  constexpr float wholly_parted = 0.2F;
  return smoothstep(opening / wholly_parted);
}

float opened_share(float opening, float in_photo, float yaw_deg) {
  constexpr float least_open = 0.012F, wholly_open = 0.04F;
  constexpr float shut = 0.01F;
  constexpr float least_wider = 1.1F, wholly_wider = 1.4F;  // times as open as in the photo
  constexpr float turned_deg = 45, turned_away_deg = 60;
  const float own = std::max(in_photo, shut);
  return smoothstep((opening - least_open) / (wholly_open - least_open)) *
         smoothstep((opening / own - least_wider) / (wholly_wider - least_wider)) *
         smoothstep((turned_away_deg - std::abs(yaw_deg)) / (turned_away_deg - turned_deg));
}

}  // namespace reenact
