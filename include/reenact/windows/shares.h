#pragma once

#include "reenact/render/window_planes.h"

namespace reenact {

/// How much of painted windows is shown on a canvas of so many pixels per centimetre of the face: nothing
/// where the windows would be far smaller than they are, or would lack the canvas's detail.
float shown_share(const WindowKind& kind, float canvas_px_per_cm);

/// The same for lids that are `opening` times as open as in the photo. Drawn eyes are as near to the truth as
/// painted ones between 0.75 and 1.3, and sharper; in blinks painted ones are nearer by an eighth.
float moved_share(float opening);

/// The same for lids that the photo shows shut and that are `opening` times as open as in other photos. Shut
/// they stay the photo's.
float parted_share(float opening);

/// The same for a mouth that is open by `opening` and was by `in_photo` (FaceOpenings::mouth), while the head
/// is turned by `yaw_deg` from the viewer. A mouth that is open no wider than the photo's shows the photo's
/// own inside.
float opened_share(float opening, float in_photo, float yaw_deg);

}  // namespace reenact
