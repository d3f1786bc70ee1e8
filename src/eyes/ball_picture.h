#pragma once

#include "eyes/sampling.h"
#include "reenact/eyes/photo_eye.h"

namespace reenact {

/// Colour of the iris table at a place on the iris.
Colour table_colour(const PhotoEye& eye, const IrisPlace& place);

/// Colour of the bare eyeball at a place: the photo's iris where it can be trusted, the table where not,
/// white beyond. `seen` is what the photo shows there, `trust` how far that is the eyeball.
Colour ball_colour(const PhotoEye& eye, const IrisPlace& place, float trust, const Colour& seen,
                   const Colour& white);

}  // namespace reenact
