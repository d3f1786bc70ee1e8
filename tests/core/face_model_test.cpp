#include "reenact/core/face_model.h"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "reenact/core/error.h"

namespace reenact {
namespace {

constexpr Eigen::Index vertices = 120;
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// A sound model of random points; ten vertices belong to each eyeball.
FaceModel make_model() {
  FaceModel model;
  model.name = "random";
  model.mean = Eigen::Matrix3Xf::Random(3, vertices);
  model.identity = Eigen::MatrixXf::Random(3 * vertices, 3);
  model.expression = Eigen::MatrixXf::Random(3 * vertices, 2);
  model.expression_names = {"jawOpen", "eyeBlink_L"};
  model.triangles = Eigen::Matrix3Xi::Zero(3, 5);
  model.region.assign(vertices, Region::face);
  for (std::size_t i = 0; i < 10; ++i) {
    model.region[i] = Region::eyeball_right;
    model.region[10 + i] = Region::eyeball_left;
  }
  model.head_weight = Eigen::VectorXf::Ones(vertices);
  model.mirror = Eigen::VectorXi::LinSpaced(vertices, 0, vertices - 1);
  model.neutral_coordinates = Eigen::Matrix3Xf::Constant(3, vertices, 0.5F);
  model.landmarks68 = Eigen::VectorXi::LinSpaced(68, 0, 67);
  model.landmarks468.triangle = Eigen::VectorXi::Zero(468);
  model.landmarks468.barycentric = Eigen::Matrix3Xf::Constant(3, 468, 1.0F / 3.0F);
  return model;
}

TEST(FaceModelValidate, AcceptsASoundModelWithAndWithoutMeshPoints) {
  FaceModel model = make_model();
  EXPECT_NO_THROW(model.validate());
  model.landmarks468 = {};
  EXPECT_NO_THROW(model.validate());
}

struct Damage {
  const char* name;
  const char* reason;  ///< part of the message
  std::function<void(FaceModel&)> apply;
};

class FaceModelDamage : public ::testing::TestWithParam<Damage> {};

TEST_P(FaceModelDamage, IsNamed) {
  FaceModel model = make_model();
  GetParam().apply(model);
  try {
    model.validate();
    FAIL() << "the damage went unseen";
  } catch (const ModelError& error) {
    EXPECT_NE(std::string(error.what()).find(GetParam().reason), std::string::npos) << error.what();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Fields, FaceModelDamage,
    ::testing::Values(
        Damage{"TooFewVertices", "0 vertices", [](FaceModel& m) { m.mean.resize(3, 0); }},
        Damage{"IdentityRows", "identity basis", [](FaceModel& m) { m.identity.resize(3, 3); }},
        Damage{"NoIdentity", "identity basis", [](FaceModel& m) { m.identity.resize(3 * vertices, 0); }},
        Damage{"ExpressionRows", "expression basis", [](FaceModel& m) { m.expression.resize(5, 2); }},
        Damage{"NoExpression", "expression basis",
               [](FaceModel& m) { m.expression.resize(3 * vertices, 0); }},
        Damage{"Names", "names differ", [](FaceModel& m) { m.expression_names.pop_back(); }},
        Damage{"NoTriangles", "no triangles", [](FaceModel& m) { m.triangles.resize(3, 0); }},
        Damage{"RegionSize", "per-vertex", [](FaceModel& m) { m.region.pop_back(); }},
        Damage{"HeadWeightSize", "per-vertex", [](FaceModel& m) { m.head_weight.resize(1); }},
        Damage{"MirrorSize", "per-vertex", [](FaceModel& m) { m.mirror.resize(1); }},
        Damage{"NeutralSize", "per-vertex", [](FaceModel& m) { m.neutral_coordinates.resize(3, 1); }},
        Damage{"Landmarks68Size", "68 landmark", [](FaceModel& m) { m.landmarks68.resize(67); }},
        Damage{"Landmarks468Size", "468 face-mesh",
               [](FaceModel& m) { m.landmarks468.triangle.resize(467); }},
        Damage{"BarycentricSize", "weights differ",
               [](FaceModel& m) { m.landmarks468.barycentric.resize(3, 2); }},
        Damage{"MeanNan", "not finite", [](FaceModel& m) { m.mean(1, 7) = nan; }},
        Damage{"IdentityNan", "not finite", [](FaceModel& m) { m.identity(5, 1) = nan; }},
        Damage{"ExpressionInfinite", "not finite", [](FaceModel& m) { m.expression(0, 0) = INFINITY; }},
        Damage{"HeadWeightNan", "not finite", [](FaceModel& m) { m.head_weight[3] = nan; }},
        Damage{"NeutralNan", "not finite", [](FaceModel& m) { m.neutral_coordinates(0, 0) = nan; }},
        Damage{"BarycentricNan", "not finite", [](FaceModel& m) { m.landmarks468.barycentric(0, 0) = nan; }},
        Damage{"TriangleNegative", "triangle points", [](FaceModel& m) { m.triangles(0, 0) = -1; }},
        Damage{"TriangleBeyond", "triangle points", [](FaceModel& m) { m.triangles(2, 4) = vertices; }},
        Damage{"Landmark68Beyond", "index points", [](FaceModel& m) { m.landmarks68[5] = vertices; }},
        Damage{"MirrorNegative", "index points", [](FaceModel& m) { m.mirror[5] = -3; }},
        Damage{"MeshPointBeyond", "outside the triangles",
               [](FaceModel& m) { m.landmarks468.triangle[9] = 5; }},
        Damage{"SameNameTwice", "same name", [](FaceModel& m) { m.expression_names[1] = "jawOpen"; }},
        Damage{"HeadWeightNegative", "head weight", [](FaceModel& m) { m.head_weight[3] = -0.1F; }},
        Damage{"HeadWeightAboveOne", "head weight", [](FaceModel& m) { m.head_weight[3] = 1.1F; }},
        Damage{"NeutralNegative", "neutral coordinate",
               [](FaceModel& m) { m.neutral_coordinates(2, 3) = -0.1F; }},
        Damage{"NeutralAboveOne", "neutral coordinate",
               [](FaceModel& m) { m.neutral_coordinates(0, 3) = 1.1F; }},
        Damage{"MirrorNotMutual", "mirror image", [](FaceModel& m) { m.mirror[5] = 6; }},
        Damage{
            "BarycentricNegative", "negative",
            [](FaceModel& m) { m.landmarks468.barycentric.col(7) = Eigen::Vector3f(-0.5F, 0.75F, 0.75F); }},
        Damage{"BarycentricSum", "sum to 1", [](FaceModel& m) { m.landmarks468.barycentric.col(7) *= 0.9F; }},
        Damage{"RegionUnknown", "unknown region",
               [](FaceModel& m) { m.region[50] = static_cast<Region>(8); }},
        Damage{
            "OneEyeball", "one eyeball",
            [](FaceModel&
                   m) { std::replace(m.region.begin(), m.region.end(), Region::eyeball_left, Region::face); }}),
    [](const ::testing::TestParamInfo<Damage>& info) { return std::string(info.param.name); });

TEST(ExpressionIndex, FindsNamesAndNamesTheMissing) {
  const FaceModel model = make_model();
  EXPECT_EQ(model.expression_index("eyeBlink_L"), 1);
  EXPECT_THROW(model.expression_index("noSuchShape"), ModelError);
}

TEST(ShapeFace, NeutralIsTheMean) {
  const FaceModel model = make_model();
  EXPECT_EQ(shape_face(model, Eigen::VectorXd(), Eigen::VectorXd(), {}), model.mean);
}

TEST(ShapeFace, IsTheLinearModel) {
  const FaceModel model = make_model();
  const Eigen::Vector3d alpha(1.5, -0.5, 2);
  const Eigen::Vector2d beta(0.25, 1);
  const Eigen::VectorXf offsets =
      model.identity * alpha.cast<float>() + model.expression * beta.cast<float>();
  const Eigen::Matrix3Xf expected =
      model.mean + Eigen::Map<const Eigen::Matrix3Xf>(offsets.data(), 3, vertices);
  EXPECT_TRUE(shape_face(model, alpha, beta, {}).isApprox(expected, 1e-5F));
}

TEST(ShapeFace, MissingTrailingCoefficientsCountAsZeroAndExtraOnesAreIgnored) {
  const FaceModel model = make_model();
  const Eigen::Matrix3Xf full = shape_face(model, Eigen::Vector3d(1, 0, 0), Eigen::Vector2d(1, 0), {});
  const Eigen::VectorXd one = Eigen::VectorXd::Ones(1);
  EXPECT_TRUE(shape_face(model, one, one, {}).isApprox(full, 1e-6F));
  Eigen::VectorXd long_alpha = Eigen::VectorXd::Zero(9);
  long_alpha[0] = 1;
  long_alpha[8] = 1;
  EXPECT_TRUE(shape_face(model, long_alpha, one, {}).isApprox(full, 1e-6F));
}

TEST(ShapeFace, GazeTurnsEachEyeballAboutItsCentreAndNothingElse) {
  const FaceModel model = make_model();
  Gaze gaze;
  gaze.right = {0.3, -0.2};
  const Eigen::Matrix3Xf rest = shape_face(model, {}, {}, {});
  const Eigen::Matrix3Xf turned = shape_face(model, {}, {}, gaze);
  const Eigen::Vector3d centre = eyeball_centre(model, rest, Region::eyeball_right);
  EXPECT_LT((eyeball_centre(model, turned, Region::eyeball_right) - centre).norm(), 1e-5);
  const Eigen::Matrix3d rotation = gaze_rotation(gaze.right);
  for (Eigen::Index i = 0; i < 10; ++i) {
    const Eigen::Vector3d expected = rotation * (rest.col(i).cast<double>() - centre) + centre;
    EXPECT_LT((turned.col(i).cast<double>() - expected).norm(), 1e-5);
  }
  EXPECT_EQ(turned.rightCols(vertices - 10), rest.rightCols(vertices - 10));
}

TEST(GazeRotation, LooksLeftAndUpForPositiveAngles) {
  const Eigen::Vector3d ahead = Eigen::Vector3d::UnitZ();
  const Eigen::Vector3d left = gaze_rotation({0.5, 0}) * ahead;
  EXPECT_NEAR(left.x(), std::sin(0.5), 1e-12);
  EXPECT_NEAR(left.y(), 0, 1e-12);
  const Eigen::Vector3d up = gaze_rotation({0, 0.5}) * ahead;
  EXPECT_NEAR(up.y(), std::sin(0.5), 1e-12);
  EXPECT_NEAR(up.x(), 0, 1e-12);
  EXPECT_TRUE(gaze_rotation({0, 0}).isIdentity());
  EXPECT_NEAR(gaze_rotation({0.4, -0.7}).determinant(), 1, 1e-12);
}

}  // namespace
}  // namespace reenact
