#pragma once

#include <cstddef>
#include <vector>

#include "reenact/core/face_model.h"
#include "reenact/core/motion.h"
#include "reenact/core/openings.h"
#include "reenact/fit/face_fitter.h"

namespace reenact {

/// Index of the driver frame that corresponds best to the photo. It should look like the photo (openings,
/// head rotation, gaze, somewhat brows and lips) and lie in the middle of the driver's movement: what the
/// photo hides shows as far as the head turns away from the reference, and from brows and lips that are rare
/// with the driver all usual ones are grimaces. Throws InputError when no frame is tracked and has the
/// source's expressions.
std::size_t best_reference(const FaceModel& model, const FaceFit& source, const FaceOpenings& source_openings,
                           const std::vector<const MotionFrame*>& frames);

/// The reference with the gaps of eyes that are as open as usual in `frames`: they correspond to the photo's
/// even where the best frame shows a squint, beside which a usual gaze would be a stare.
MotionFrame with_usual_lids(MotionFrame reference, const std::vector<const MotionFrame*>& frames);

}  // namespace reenact
