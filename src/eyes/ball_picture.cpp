#include "eyes/ball_picture.h"

#include <cmath>

namespace reenact {

Colour table_colour(const PhotoEye& eye, const IrisPlace& place) {
  const float ring =
      clamped(std::min(place.radius, 0.97F - eye.ball.limbus) * (iris_rings - 1), 0.0F, iris_rings - 1.0F);
  const float turn = place.azimuth / static_cast<float>(2 * M_PI);
  return Sampler<Colour>(eye.iris_table).linear((turn - std::floor(turn)) * iris_sectors, ring);
}

Colour ball_colour(const PhotoEye& eye, const IrisPlace& place, float trust, const Colour& seen,
                   const Colour& white) {
  const float limbus = eye.ball.limbus;
  const float of_photo = trust * (1 - smoothstep((place.radius - 1.02F - limbus) / (1.5F * limbus)));
  const float of_table = (1 - trust) * (1 - smoothstep((place.radius - 1.0F + limbus) / (2 * limbus)));
  Colour colour = of_photo * seen + (1 - of_photo - of_table) * white;
  if (of_table > 0) colour += of_table * table_colour(eye, place);
  return colour;
}

}  // namespace reenact
