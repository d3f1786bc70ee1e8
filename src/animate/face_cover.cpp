#include "reenact/animate/face_cover.h"

#include "reenact/core/landmark_indices.h"
#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

// z of the model.
constexpr float front_starts_cm = 5;
constexpr float jaw_starts_cm = -1;
constexpr float whole_further_cm = 3;
constexpr float jaw_below_ears_cm = 2;

}  // namespace

FaceCover::Axis::Axis(const FaceModel& model, int axis)
    : from(model.mean.row(axis).minCoeff()), to(model.mean.row(axis).maxCoeff()) {}

FaceCover::FaceCover(const FaceModel& model)
    : height_(model, 1),
      depth_(model, 2),
      ear_height_(0.5F * (model.mean(1, model.landmarks68[ibug68::right_ear]) +
                          model.mean(1, model.landmarks68[ibug68::left_ear]))) {}

std::vector<float> FaceCover::plane(const ConditioningMaps& maps) const {
  const float* coverage = maps.plane(conditioning::coverage);
  const float* height = maps.plane(conditioning::neutral + 1);
  const float* depth = maps.plane(conditioning::neutral + 2);
  std::vector<float> face(static_cast<std::size_t>(maps.size) * static_cast<std::size_t>(maps.size));
  for (std::size_t i = 0; i < face.size(); ++i) {
    const float jaw = smoothstep((ear_height_ - height_.at(height[i])) / jaw_below_ears_cm);
    const float start = front_starts_cm + jaw * (jaw_starts_cm - front_starts_cm);
    face[i] = coverage[i] * smoothstep((depth_.at(depth[i]) - start) / whole_further_cm);
  }
  return face;
}

}  // namespace reenact
