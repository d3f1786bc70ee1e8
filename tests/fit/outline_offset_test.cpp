#include "reenact/fit/outline_offset.h"

#include <gtest/gtest.h>

#include "fit/fit_cases.h"
#include "reenact/core/landmark_indices.h"

namespace reenact::test {
namespace {

TEST(OutlineOffset, TakesTheOutlineAlongAndLeavesEyesAndMouth) {
  const KnownFace known = typical_face();
  const Landmarks before = known.seen(LandmarkScheme::mesh468);
  const Eigen::Vector2d middle = before.points.rowwise().mean();
  const double shift_px = 0.5 * known.pose.scale;
  OutlineShifts outline{Eigen::Matrix2Xd(2, mesh468::oval.size()), Eigen::Matrix2Xd(2, mesh468::oval.size())};
  for (std::size_t i = 0; i < mesh468::oval.size(); ++i) {
    const auto column = static_cast<Eigen::Index>(i);
    outline.places.col(column) = before.points.col(mesh468::oval[i]);
    outline.shifts.col(column) = shift_px * (outline.places.col(column) - middle).normalized();
  }
  const Landmarks after = seen_with(known, outline_offset(face(), fit_of(known), outline));
  for (std::size_t i = 0; i < mesh468::oval.size(); ++i) {
    const Eigen::Vector2d moved = after.points.col(mesh468::oval[i]) - before.points.col(mesh468::oval[i]);
    EXPECT_LT((moved - outline.shifts.col(static_cast<Eigen::Index>(i))).norm(), 0.3 * shift_px) << i;
  }
  for (const auto& still : {mesh468::right_eye, mesh468::left_eye}) {
    for (const int point : still) {
      EXPECT_LT((after.points.col(point) - before.points.col(point)).norm(), 0.15 * shift_px) << point;
    }
  }
  for (const int point : mesh468::inner_lips) {
    EXPECT_LT((after.points.col(point) - before.points.col(point)).norm(), 0.05 * shift_px) << point;
  }
  EXPECT_LT((after.iris - before.iris).cwiseAbs().maxCoeff(), 1e-3);
}

TEST(OutlineOffset, WithoutPlacesIsNone) {
  EXPECT_TRUE(outline_offset(face(), fit_of(typical_face()), {}).isZero());
}

}  // namespace
}  // namespace reenact::test
