#include "reenact/fit/face_fitter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <string>

#include "fit/fit_cases.h"
#include "reenact/core/error.h"

namespace reenact::test {
namespace {

constexpr double degree = M_PI / 180.0;

/// Priors small enough that exact landmarks give back their parameters.
FitOptions nearly_free() {
  FitOptions options;
  options.max_iterations = 60;
  options.identity_prior = options.expression_prior = 1e-7;
  options.symmetry_prior = options.sparsity_prior = 0;
  return options;
}

class FaceFitterSchemes : public testing::TestWithParam<LandmarkScheme> {};
INSTANTIATE_TEST_SUITE_P(Schemes, FaceFitterSchemes,
                         testing::Values(LandmarkScheme::dlib68, LandmarkScheme::mesh468),
                         [](const auto& scheme) {
                           return scheme.param == LandmarkScheme::dlib68 ? "dlib68" : "mesh468";
                         });

TEST(FaceFitter, ExactLandmarksGiveBackTheFace) {
  const KnownFace known = typical_face();
  const FaceFitter fitter(face(), LandmarkScheme::mesh468, nearly_free());
  const FaceFit fit = fitter.fit_photo(known.seen(LandmarkScheme::mesh468));
  EXPECT_LT(fit.relative_error(), 5e-4);
  EXPECT_LT(fit.pose.rotation.angularDistance(known.pose.rotation), 0.2 * degree);
  EXPECT_NEAR(fit.pose.scale, known.pose.scale, 0.02 * known.pose.scale);
  EXPECT_LT((fit.expression - known.expression).cwiseAbs().maxCoeff(), 0.05);
  EXPECT_LT((fit.identity - known.identity).cwiseAbs().maxCoeff(), 0.35)
      << "scale and size modes trade places";
}

TEST_P(FaceFitterSchemes, NoisyLandmarksGiveAFaceWithinTheNoise) {
  // 1 % of the eye distance of about 225 px. The mean distance of a 2D Gaussian is 1.25 sigma.
  constexpr double sigma_px = 2.25;
  const KnownFace known = typical_face();
  const FaceFitter fitter(face(), GetParam());
  std::mt19937 random(5);
  for (int trial = 0; trial < 5; ++trial) {
    Landmarks seen = known.seen(GetParam());
    add_noise(seen, sigma_px, random);
    const FaceFit fit = fitter.fit_photo(seen);
    EXPECT_LT(fit.mean_error_px, 2.0 * 1.25 * sigma_px);
    EXPECT_LT(fit.pose.rotation.angularDistance(known.pose.rotation), 5 * degree);
    EXPECT_NEAR(fit.expression[face().expression_index("jawOpen")], 0.5, 0.15);
    EXPECT_NEAR(fit.expression[face().expression_index("mouthSmile_L")], 0.7, 0.25);
  }
}

TEST_P(FaceFitterSchemes, ExpressionsStayInTheirBox) {
  KnownFace known;
  known.expression.setConstant(0.0);
  weight_of(known.expression, "jawOpen") = 1.6;  // beyond what the box allows
  weight_of(known.expression, "browDown_L") = -0.5;
  const FaceFit fit = FaceFitter(face(), GetParam()).fit_photo(known.seen(GetParam()));
  EXPECT_GE(fit.expression.minCoeff(), 0.0);
  EXPECT_LE(fit.expression.maxCoeff(), 1.0);
  EXPECT_DOUBLE_EQ(fit.expression[face().expression_index("jawOpen")], 1.0);
}

TEST_P(FaceFitterSchemes, ClosedEyesAreFollowedFully) {
  for (const double blink : {0.5, 1.0}) {
    KnownFace known = typical_face();
    weight_of(known.expression, "eyeBlink_L") = blink;
    weight_of(known.expression, "eyeBlink_R") = blink;
    const FaceFit fit =
        FaceFitter(face(), GetParam()).fit_frame(known.seen(GetParam()), known.identity, nullptr);
    EXPECT_NEAR(fit.expression[face().expression_index("eyeBlink_L")], blink, 0.05);
    EXPECT_NEAR(fit.expression[face().expression_index("eyeBlink_R")], blink, 0.05);
  }
}

TEST(FaceFitter, OneClosedEyeStaysOneClosedEye) {
  KnownFace known;
  weight_of(known.expression, "eyeBlink_L") = 1.0;
  const FaceFit fit = FaceFitter(face(), LandmarkScheme::mesh468)
                          .fit_frame(known.seen(LandmarkScheme::mesh468), known.identity, nullptr);
  EXPECT_GT(fit.expression[face().expression_index("eyeBlink_L")], 0.93);
  EXPECT_LT(fit.expression[face().expression_index("eyeBlink_R")], 0.1);
}

TEST_P(FaceFitterSchemes, JawAndMouthCloseDoNotGrowAgainstEachOther) {
  const KnownFace closed;
  const FaceFit fit = FaceFitter(face(), GetParam()).fit_photo(closed.seen(GetParam()));
  EXPECT_LT(fit.expression[face().expression_index("mouthClose")], 0.05);
  EXPECT_LT(fit.expression[face().expression_index("jawOpen")], 0.05);
}

TEST_P(FaceFitterSchemes, SizeAndPlaceOfThePictureDoNotMatter) {
  const KnownFace known = typical_face();
  const FaceFitter fitter(face(), GetParam());
  const Landmarks seen = known.seen(GetParam());
  Landmarks larger = seen;
  larger.points = (2.0 * seen.points).colwise() + Eigen::Vector2d(100, -50);
  if (seen.iris.cols() > 0) larger.iris = (2.0 * seen.iris).colwise() + Eigen::Vector2d(100, -50);
  const FaceFit small = fitter.fit_photo(seen);
  const FaceFit large = fitter.fit_photo(larger);
  EXPECT_LT((small.identity - large.identity).cwiseAbs().maxCoeff(), 1e-2);
  EXPECT_LT((small.expression - large.expression).cwiseAbs().maxCoeff(), 1e-2);
  EXPECT_NEAR(large.pose.scale, 2.0 * small.pose.scale, 1e-3 * large.pose.scale);
  EXPECT_NEAR(large.relative_error(), small.relative_error(), 1e-4);
}

TEST_P(FaceFitterSchemes, WarmStartEqualsColdStart) {
  KnownFace known = typical_face();
  FitOptions options;
  options.max_tracking_iterations = 30;
  options.max_iterations = 60;
  const FaceFitter fitter(face(), GetParam(), options);
  const FaceFit first = fitter.fit_frame(known.seen(GetParam()), known.identity, nullptr);
  known.pose = turned_pose(18, -6, 3);
  weight_of(known.expression, "jawOpen") = 0.6;
  const Landmarks next = known.seen(GetParam());
  const FaceFit warm = fitter.fit_frame(next, known.identity, &first);
  const FaceFit cold = fitter.fit_frame(next, known.identity, nullptr);
  EXPECT_LT(warm.pose.rotation.angularDistance(cold.pose.rotation), 0.3 * degree);
  EXPECT_LT((warm.expression - cold.expression).cwiseAbs().maxCoeff(), 0.03);
}

TEST(FaceFitter, TrackingFollowsAMovingFaceWithItsFewIterations) {
  const FaceFitter fitter(face(), LandmarkScheme::mesh468);
  KnownFace known = typical_face();
  std::optional<FaceFit> last;
  for (int frame = 0; frame < 30; ++frame) {
    const double phase = 2 * M_PI * frame / 25.0;
    known.pose = turned_pose(25 * std::sin(phase), 8 * std::cos(phase), 0);
    weight_of(known.expression, "jawOpen") = 0.5 + 0.4 * std::sin(3 * phase);
    last = fitter.fit_frame(known.seen(LandmarkScheme::mesh468), known.identity, last ? &*last : nullptr);
    EXPECT_LT(last->pose.rotation.angularDistance(known.pose.rotation), 1.0 * degree) << "frame " << frame;
    EXPECT_NEAR(last->expression[face().expression_index("jawOpen")],
                known.expression[face().expression_index("jawOpen")], 0.1);
  }
}

TEST(FaceFitter, TrackingSurvivesACut) {
  const FaceFitter fitter(face(), LandmarkScheme::mesh468);
  KnownFace known = typical_face();
  const FaceFit before = fitter.fit_frame(known.seen(LandmarkScheme::mesh468), known.identity, nullptr);
  known.pose = turned_pose(-45, 10, 10);
  known.pose.scale = 60;
  known.pose.translation = {900, 500};
  const FaceFit after = fitter.fit_frame(known.seen(LandmarkScheme::mesh468), known.identity, &before);
  EXPECT_LT(after.pose.rotation.angularDistance(known.pose.rotation), 1.5 * degree);
}

TEST(FaceFitter, FitsAProfile) {
  for (const double yaw : {-60.0, 60.0}) {
    KnownFace known = typical_face();
    known.pose = turned_pose(yaw, 5, 0);
    const FaceFit fit = FaceFitter(face(), LandmarkScheme::mesh468)
                            .fit_frame(known.seen(LandmarkScheme::mesh468), known.identity, nullptr);
    EXPECT_NEAR(head_angles(fit.pose.rotation).yaw_deg, yaw, 2.0);
    EXPECT_LT(fit.relative_error(), 0.01);
  }
}

TEST(FaceFitter, AFewWildLandmarksDoNotSpoilTheFit) {
  const KnownFace known = typical_face();
  Landmarks seen = known.seen(LandmarkScheme::mesh468);
  for (Eigen::Index n = 3; n < 468; n += 40) seen.points.col(n) += Eigen::Vector2d(80, -60);
  const FaceFit fit = FaceFitter(face(), LandmarkScheme::mesh468).fit_frame(seen, known.identity, nullptr);
  EXPECT_LT(fit.pose.rotation.angularDistance(known.pose.rotation), 2.0 * degree);
  EXPECT_NEAR(fit.pose.scale, known.pose.scale, 0.02 * known.pose.scale);
}

std::vector<Landmarks> clip_of(const KnownFace& person, double sigma_px, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform;
  std::vector<Landmarks> frames;
  for (int frame = 0; frame < 12; ++frame) {
    KnownFace known = person;
    known.pose = turned_pose(60 * uniform(random) - 30, 30 * uniform(random) - 15, 10 * uniform(random) - 5);
    weight_of(known.expression, "jawOpen") = uniform(random);
    weight_of(known.expression, "mouthSmile_L") = weight_of(known.expression, "mouthSmile_R") =
        uniform(random);
    Landmarks seen = known.seen(LandmarkScheme::mesh468);
    add_noise(seen, sigma_px, random);
    frames.push_back(seen);
  }
  return frames;
}

/// Shape error in cm over the face's landmarks, free of size and place: the scale of a single camera is
/// unknown.
double shape_error(const Eigen::VectorXd& estimate, const Eigen::VectorXd& truth) {
  const Eigen::VectorXd none = Eigen::VectorXd::Zero(face().expression_count());
  const auto shape = [&](const Eigen::VectorXd& identity) {
    const Eigen::Matrix3Xf vertices = shape_face(face(), identity, none, {});
    Eigen::Matrix3Xd points(3, 68);
    for (Eigen::Index i = 0; i < 68; ++i) points.col(i) = vertices.col(face().landmarks68[i]).cast<double>();
    points.colwise() -= points.rowwise().mean().eval();
    return (points / points.norm()).eval();
  };
  return (shape(estimate) - shape(truth)).norm();
}

TEST(FaceFitter, CalibrationBeatsASinglePhoto) {
  const FaceFitter fitter(face(), LandmarkScheme::mesh468);
  const KnownFace person = typical_face();
  double single = 0, joint = 0;
  for (unsigned seed = 0; seed < 3; ++seed) {
    const std::vector<Landmarks> frames = clip_of(person, 2.25, seed);
    joint += shape_error(fitter.calibrate_identity(frames), person.identity);
    single += shape_error(fitter.fit_photo(frames.front()).identity, person.identity);
  }
  EXPECT_LT(joint, 0.7 * single);
}

TEST(FaceFitter, CalibrationLeavesOutFramesThatAreNoFace) {
  const FaceFitter fitter(face(), LandmarkScheme::mesh468);
  const KnownFace person = typical_face();
  std::vector<Landmarks> frames = clip_of(person, 1.0, 3);
  const Eigen::VectorXd clean = fitter.calibrate_identity(frames);
  std::mt19937 random(1);
  Landmarks scrambled = frames[0];
  add_noise(scrambled, 60, random);
  frames.push_back(scrambled);
  Landmarks spot = frames[0];
  spot.points.setConstant(100);
  frames.push_back(spot);
  const Eigen::VectorXd with_rubbish = fitter.calibrate_identity(frames);
  EXPECT_LT((with_rubbish - clean).cwiseAbs().maxCoeff(), 1e-6);
}

TEST(FaceFitter, CalibrationNeedsAFace) {
  const FaceFitter fitter(face(), LandmarkScheme::mesh468);
  EXPECT_THROW(fitter.calibrate_identity({}), NoFaceError);
  Landmarks spot = KnownFace().seen(LandmarkScheme::mesh468);
  spot.points.setConstant(5);
  EXPECT_THROW(fitter.calibrate_identity({spot}), NoFaceError);
}

TEST_P(FaceFitterSchemes, FrontalLandmarksDoNotDependOnThePose) {
  const FaceFitter fitter(face(), GetParam());
  const bool dense = GetParam() == LandmarkScheme::mesh468;
  const auto frontal = [&](const Pose& pose) {
    KnownFace known = typical_face();
    known.pose = pose;
    FaceFit fit;
    fit.pose = known.pose;
    fit.identity = known.identity;
    fit.expression = known.expression;
    const Eigen::Matrix3Xd points = fitter.frontal(known.seen(GetParam()), fit);
    return Eigen::Matrix3Xd(points.rightCols(points.cols() - (dense ? 0 : 17)));  // without dlib's contour
  };
  const Eigen::Matrix3Xd expected = frontal(turned_pose(0, 0, 0));
  Pose pose = turned_pose(30, -15, 12);
  pose.scale *= 2;
  pose.translation += Eigen::Vector2d(100, -70);
  EXPECT_LT((frontal(pose) - expected).cwiseAbs().maxCoeff(), 1e-5);
  const auto [right_corner, left_corner] = dense ? std::pair(33, 263) : std::pair(36 - 17, 45 - 17);
  EXPECT_NEAR((expected.col(left_corner) - expected.col(right_corner)).norm(), 1, 1e-5);
  EXPECT_GT(expected(0, left_corner), expected(0, right_corner));
}

TEST_P(FaceFitterSchemes, RefusesLandmarksThatAreNoFace) {
  const FaceFitter fitter(face(), GetParam());
  const Landmarks good = KnownFace().seen(GetParam());
  Landmarks bad = good;
  bad.points.setConstant(42);
  EXPECT_THROW(fitter.fit_photo(bad), NoFaceError) << "all on one spot";
  bad = good;
  bad.points.row(1) = 0.5 * good.points.row(0);
  EXPECT_THROW(fitter.fit_photo(bad), NoFaceError) << "on one line";
  bad = good;
  bad.points.row(0) *= -1;
  EXPECT_THROW(fitter.fit_photo(bad), NoFaceError) << "mirrored";
  const Eigen::VectorXd identity = fitter.fit_photo(good).identity;
  EXPECT_FALSE(fitter.try_fit_frame(bad, identity, nullptr)) << "mirrored";
  EXPECT_TRUE(fitter.try_fit_frame(good, identity, nullptr));
  bad = good;
  bad.points(1, 40) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(fitter.fit_photo(bad), InputError) << "not finite";
  bad = good;
  bad.points.conservativeResize(2, 20);
  EXPECT_THROW(fitter.fit_photo(bad), InputError) << "too few";
  bad = good;
  bad.iris.resize(2, 3);
  EXPECT_THROW(fitter.fit_photo(bad), InputError) << "odd iris";
  bad = good;
  bad.scheme = GetParam() == LandmarkScheme::dlib68 ? LandmarkScheme::mesh468 : LandmarkScheme::dlib68;
  EXPECT_THROW(fitter.fit_photo(bad), InputError) << "other scheme";
  EXPECT_THROW(fitter.fit_frame(good, Eigen::VectorXd::Zero(3), nullptr), InputError) << "other identity";
}

TEST_P(FaceFitterSchemes, FitsWhatIsNoFaceFinitelyOrRefusesIt) {
  const FaceFitter fitter(face(), GetParam());
  const Landmarks good = KnownFace().seen(GetParam());
  const Eigen::VectorXd identity = fitter.fit_photo(good).identity;
  const auto expect_finite_or_refused = [&](const Landmarks& landmarks, const std::string& what) {
    if (const auto fit = fitter.try_fit_frame(landmarks, identity, nullptr)) {
      EXPECT_TRUE(std::isfinite(fit->pose.scale) && fit->pose.scale > 0) << what;
      EXPECT_TRUE(fit->pose.translation.allFinite() && fit->pose.rotation.coeffs().allFinite()) << what;
      EXPECT_TRUE(fit->expression.allFinite()) << what;
    }
    try {
      EXPECT_TRUE(fitter.fit_photo(landmarks).identity.allFinite()) << what;
    } catch (const NoFaceError&) {
    }
  };
  for (const double factor : {1e-300, 1e-12, 1e6, 1e12, 1e150, 1e300}) {
    Landmarks scaled = good;
    scaled.points *= factor;
    scaled.iris *= factor;
    expect_finite_or_refused(scaled, "times " + std::to_string(std::log10(factor)));
    Landmarks stray = good;
    stray.points(0, 30) = factor;
    expect_finite_or_refused(stray, "a stray point at " + std::to_string(std::log10(factor)));
  }
  std::mt19937 random(5);
  std::uniform_real_distribution<double> anywhere(-500, 500);
  for (int repeat = 0; repeat < 5; ++repeat) {
    Landmarks scattered = good;
    for (double& value : scattered.points.reshaped()) value = anywhere(random);
    expect_finite_or_refused(scattered, "scattered");
    Landmarks shuffled = good;
    for (Eigen::Index i = shuffled.points.cols() - 1; i > 0; --i) {
      shuffled.points.col(i).swap(
          shuffled.points.col(static_cast<Eigen::Index>(random() % static_cast<unsigned>(i + 1))));
    }
    expect_finite_or_refused(shuffled, "shuffled");
  }
}

TEST(FaceFitter, NeedsTheModelsLandmarks) {
  FaceModel sparse = make_synthetic_face();
  sparse.landmarks468 = SurfacePoints{};
  EXPECT_THROW(FaceFitter(sparse, LandmarkScheme::mesh468), ModelError);
  EXPECT_NO_THROW(FaceFitter(sparse, LandmarkScheme::dlib68));
}

TEST(FitOptions, NamesTheFieldThatIsWrong) {
  FitOptions options;
  options.identity_prior = -1;
  try {
    const FaceFitter fitter(face(), LandmarkScheme::dlib68, options);
    FAIL() << "a negative prior was accepted";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("identity_prior"), std::string::npos);
  }
}

}  // namespace
}  // namespace reenact::test
