#include "fit/face_problem.h"

#include <gtest/gtest.h>

#include "fit/fit_cases.h"
#include "fit/pose_from_points.h"
#include "reenact/core/error.h"

namespace reenact::test {
namespace {

/// Central differences of float residuals with a step of 1e-2: truncation and rounding are both
/// near 1e-5 of the largest derivative.
constexpr double difference_step = 1e-2;
constexpr double jacobian_tolerance = 1e-3;

struct Block {
  const char* name;
  Eigen::Index first;
  Eigen::Index count;
};

class JacobianTest : public testing::TestWithParam<LandmarkScheme> {};

TEST_P(JacobianTest, AgreesWithFiniteDifferencesInEveryBlock) {
  const LandmarkModel model(face(), GetParam());
  const KnownFace known = typical_face();
  FaceParameters at{known.pose, known.identity, known.expression};
  at.pose.scale = 0.11;  // normalised units: the eye distance is 1
  at.pose.translation = {0.2, -0.1};
  const Eigen::Matrix2Xd points = Eigen::Matrix2Xd::Random(2, model.size());
  const FaceProblem problem(model, points);
  const Residuals residuals = problem.residuals(at);
  const LandmarkBasis::RowMatrix jacobian = problem.jacobian(at, residuals, true);

  const Eigen::Index e = face().expression_count();
  const Eigen::Index k = face().identity_count();
  const std::vector<Block> blocks = {{"rotation", unknown::rotation, 3},
                                     {"log scale", unknown::log_scale, 1},
                                     {"translation", unknown::translation, 2},
                                     {"expression", unknown::expression, e},
                                     {"identity", unknown::expression + e, k}};
  ASSERT_EQ(jacobian.cols(), unknown::expression + e + k);
  for (const Block& block : blocks) {
    for (Eigen::Index i = block.first; i < block.first + block.count; ++i) {
      Eigen::VectorXd step = Eigen::VectorXd::Zero(jacobian.cols());
      step[i] = difference_step;
      const Residuals after = problem.residuals(moved(at, step));
      const Residuals before = problem.residuals(moved(at, -step));
      const Eigen::VectorXd numeric =
          (problem.residual_vector(after) - problem.residual_vector(before)).cast<double>() /
          (2 * difference_step);
      const double scale = 1.0 + numeric.lpNorm<Eigen::Infinity>();
      for (Eigen::Index n = 0; n < model.size(); ++n) {
        const auto row = static_cast<std::size_t>(n);
        // Matches may change along the step, and the contour's normal turns with the head.
        if (model.candidates[row].count > 1 && (after.rows[row] != before.rows[row] || block.first == 0))
          continue;
        for (Eigen::Index axis = 2 * n; axis < 2 * n + 2; ++axis) {
          EXPECT_NEAR(jacobian(axis, i), numeric[axis], jacobian_tolerance * scale)
              << block.name << " column " << i << " row " << axis;
        }
      }
    }
  }
}

TEST_P(JacobianTest, ResidualVanishesAtTheTruth) {
  const KnownFace known = typical_face();
  const LandmarkModel model(face(), GetParam());
  const Landmarks seen = known.seen(GetParam());
  const FaceProblem problem(model, seen.points);
  const Residuals residuals = problem.residuals({known.pose, known.identity, known.expression});
  // Contour points of the observation stay at their vertices while the problem slides them.
  const Eigen::Index first = GetParam() == LandmarkScheme::dlib68 ? 17 : 0;
  EXPECT_LT(residuals.offset.rightCols(model.size() - first).cwiseAbs().maxCoeff(), 1e-3F) << "pixels";
}

INSTANTIATE_TEST_SUITE_P(Schemes, JacobianTest,
                         testing::Values(LandmarkScheme::dlib68, LandmarkScheme::mesh468),
                         [](const auto& scheme) {
                           return scheme.param == LandmarkScheme::dlib68 ? "dlib68" : "mesh468";
                         });

TEST(FaceProblem, LidsAndLipsWeighMoreThanTheOutlineInBothSchemes) {
  const Eigen::VectorXd sparse = LandmarkModel(face(), LandmarkScheme::dlib68).weights;
  const Eigen::VectorXd dense = LandmarkModel(face(), LandmarkScheme::mesh468).weights;
  EXPECT_GT(sparse[37], 2 * sparse[8]);
  EXPECT_GT(sparse[62], 2 * sparse[8]);
  EXPECT_GT(dense[159], 2 * dense[152]);
  EXPECT_GT(dense[13], 2 * dense[152]);
  EXPECT_NEAR(dense.sum(), 3 * sparse.sum(), 1e-9);
}

TEST(FaceProblem, ContourSlidesInwardsOnTheFarSideOnly) {
  const LandmarkModel model(face(), LandmarkScheme::dlib68);
  KnownFace known;
  known.pose = turned_pose(35, 0, 0);  // towards the subject's left: the left cheek is far
  const FaceProblem problem(model, known.seen(LandmarkScheme::dlib68).points);
  const Residuals residuals = problem.residuals({known.pose, known.identity, known.expression});
  const auto steps_inwards = [&](std::size_t landmark) {
    return residuals.rows[landmark] - model.candidates[landmark].first;
  };
  for (std::size_t right = 1; right <= 4; ++right) {
    EXPECT_EQ(steps_inwards(right), 0) << "near side, landmark " << right;
    EXPECT_GE(steps_inwards(16 - right), 3) << "far side, landmark " << 16 - right;
  }
}

TEST(FaceProblem, ContourMatchesTheSilhouetteOfTheTurnedHead) {
  const LandmarkModel model(face(), LandmarkScheme::dlib68);
  KnownFace known;
  known.pose = turned_pose(30, 0, 0);
  const Eigen::Matrix3Xf vertices =
      project(known.pose, shape_face(face(), known.identity, known.expression, {}));
  const FaceProblem problem(model, known.seen(LandmarkScheme::dlib68).points);
  const Residuals residuals = problem.residuals({known.pose, known.identity, known.expression});
  constexpr float ring_spacing_px = 25.0F;
  for (std::size_t landmark = 12; landmark <= 14; ++landmark) {
    const auto n = static_cast<Eigen::Index>(landmark);
    const float y = -residuals.in_camera(n, 1) + static_cast<float>(known.pose.translation.y());
    const float x = residuals.in_camera(n, 0) + static_cast<float>(known.pose.translation.x());
    float silhouette = 0;
    for (Eigen::Index v = 0; v < vertices.cols(); ++v) {
      const bool skin = face().region[static_cast<std::size_t>(v)] == Region::face;
      if (skin && std::abs(vertices(1, v) - y) < ring_spacing_px / 2)
        silhouette = std::max(silhouette, vertices(0, v));
    }
    EXPECT_NEAR(x, silhouette, 0.4F * ring_spacing_px) << "landmark " << landmark;
  }
}

TEST(PoseFromPoints, RecoversARigidPoseExactly) {
  for (const double yaw : {-60.0, -20.0, 0.0, 35.0, 60.0}) {
    KnownFace known;
    known.pose = turned_pose(yaw, 12, -20);
    const LandmarkModel model(face(), LandmarkScheme::mesh468);
    const Pose pose = pose_from_points(model.basis.positions(known.identity, known.expression),
                                       known.seen(LandmarkScheme::mesh468).points, model.weights);
    EXPECT_LT(pose.rotation.angularDistance(known.pose.rotation), 1e-4);
    EXPECT_NEAR(pose.scale, known.pose.scale, 1e-3);
    EXPECT_LT((pose.translation - known.pose.translation).norm(), 1e-2);
  }
}

}  // namespace
}  // namespace reenact::test
