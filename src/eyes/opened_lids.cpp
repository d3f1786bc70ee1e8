#include "reenact/eyes/opened_lids.h"

#include <utility>

namespace reenact {
namespace {

/// How open eyes are shown over those of the face at rest, whose neutral look is a stare.
constexpr double usual_share = 0.9;

}  // namespace

OpenedLids::OpenedLids(FaceModel model, FaceState photo)
    : model_(std::move(model)),
      gauge_(model_),
      photo_(std::move(photo)),
      eyes_(Eigen::VectorXd::Zero(photo_.expression.size())) {
  for (Eigen::Index i = 0; i < eyes_.size(); ++i) {
    const bool moves_eyes = model_.expression_names[static_cast<std::size_t>(i)].rfind("eye", 0) == 0;
    if (moves_eyes) eyes_[i] = photo_.expression[i];
  }
  shut_ = gauge_.measure(photo_.identity, photo_.expression);
  open_ = gauge_.measure(photo_.identity, photo_.expression - eyes_);
}

FaceState OpenedLids::open(FaceState state, const LidRatios& lids) const {
  const auto opening = [](double shut, double open, double ratio) {
    return shut + ratio * (usual_share * open - shut);
  };
  state.expression -= eyes_;
  const double mouth = gauge_.measure(photo_.identity, state.expression).mouth;
  state.expression = gauge_.with_openings(photo_.identity, state.expression,
                                          {mouth, opening(shut_.right_eye, open_.right_eye, lids.right_eye),
                                           opening(shut_.left_eye, open_.left_eye, lids.left_eye)});
  state.gaze.right -= photo_.gaze.right;
  state.gaze.left -= photo_.gaze.left;
  return state;
}

Eigen::Matrix3Xf OpenedLids::shape(const FaceState& opened) const {
  return shape_face(model_, photo_.identity, opened.expression, opened.gaze);
}

}  // namespace reenact
