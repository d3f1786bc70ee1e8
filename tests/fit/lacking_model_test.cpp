/// Face models that lack what other people's models do not have.
#include <gtest/gtest.h>

#include <algorithm>

#include "fit/fit_cases.h"
#include "reenact/core/openings.h"
#include "reenact/fit/face_fitter.h"
#include "reenact/fit/photo_offset.h"

namespace reenact::test {
namespace {

FaceModel without_eyeballs() {
  FaceModel model = face();
  for (Region& region : model.region) {
    if (region == Region::eyeball_right || region == Region::eyeball_left) region = Region::eye_socket;
  }
  return model;
}

FaceModel without_names() {
  FaceModel model = face();
  for (std::size_t i = 0; i < model.expression_names.size(); ++i) {
    model.expression_names[i] = "mode" + std::to_string(i);
  }
  return model;
}

bool says(const FaceModel& model, const std::string& limit) {
  const std::vector<std::string> limits = model.limits();
  return std::any_of(limits.begin(), limits.end(),
                     [&](const std::string& each) { return each.rfind(limit, 0) == 0; });
}

TEST(LackingModel, SaysWhatItLacks) {
  for (const char* limit : {"no jawOpen", "no eyeBlink", "no expressions named after brows", "no eyeballs",
                            "no inside of the mouth", "no neck"}) {
    EXPECT_FALSE(says(face(), limit)) << limit;
  }
  EXPECT_TRUE(says(without_eyeballs(), "no eyeballs"));
  for (const char* limit : {"no jawOpen", "no eyeBlink", "no expressions named after brows"}) {
    EXPECT_TRUE(says(without_names(), limit)) << limit;
  }
  FaceModel model = face();
  model.head_weight.setOnes();
  EXPECT_TRUE(says(model, "no neck"));
  for (Region& region : model.region) {
    if (region == Region::mouth_socket || region == Region::teeth) region = Region::face;
  }
  EXPECT_TRUE(says(model, "no inside of the mouth"));
  EXPECT_NO_THROW(without_eyeballs().validate());
  EXPECT_NO_THROW(without_names().validate());
}

TEST(LackingModel, FitsWithoutEyeballsAndLeavesTheGazeAlone) {
  const FaceModel model = without_eyeballs();
  Eigen::VectorXd identity = Eigen::VectorXd::Zero(model.identity_count());
  Eigen::VectorXd expression = Eigen::VectorXd::Zero(model.expression_count());
  expression[model.expression_index("jawOpen")] = 0.5;
  Pose pose;
  pose.scale = 20;
  pose.translation = {300, 200};
  const Gaze looking{{0.3, 0.1}, {0.3, 0.1}};
  const Landmarks seen = observe(face(), LandmarkScheme::mesh468, identity, expression, looking, pose);
  const FaceFit fit = FaceFitter(model, LandmarkScheme::mesh468).fit_photo(seen);
  EXPECT_LT(fit.relative_error(), 0.02);
  EXPECT_TRUE(fit.gaze.right.isZero());
  EXPECT_TRUE(photo_offset(model, fit, seen).allFinite());
}

TEST(LackingModel, GapsWithoutControlsAreMeasuredButNotSet) {
  const OpeningGauge gauge(without_names());
  const Eigen::VectorXd expression = Eigen::VectorXd::Constant(face().expression_count(), 0.2);
  const FaceOpenings open = OpeningGauge(face()).measure({}, expression);
  EXPECT_EQ(gauge.measure({}, expression).mouth, open.mouth);
  EXPECT_EQ(gauge.with_openings({}, expression, {0, 0, 0}), expression);

  FaceModel stiff = face();
  const Eigen::Index jaw = stiff.expression_index("jawOpen");
  stiff.expression.col(jaw) *= 1e-4F;
  EXPECT_EQ(OpeningGauge(stiff).with_openings({}, expression, {0.3, 0.1, 0.1})[jaw], 0.2);
}

}  // namespace
}  // namespace reenact::test
