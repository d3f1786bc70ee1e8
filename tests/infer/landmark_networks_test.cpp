#include "reenact/infer/landmark_networks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "infer/test_bundles.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

using test::read_floats;
using test::sentence_of;
using test::test_bundle;
using ::testing::HasSubstr;

/// TensorFlow.js and LibTorch sum in another order: 5e-5 px where scripts/check_landmarks.py compares them.
/// The stored values are rounded to 1e-4 px.
constexpr double tolerance_px = 1e-3;

const InferOptions on_cpu{"cpu", 1};

nlohmann::json reference() {
  std::ifstream file(std::filesystem::path(REENACT_SOURCE_DIR) / "tests" / "infer" / "data" /
                     "landmarks_reference.json");
  return nlohmann::json::parse(file);
}

void expect_points(const Eigen::Matrix3Xf& points, const nlohmann::json& expected) {
  ASSERT_FALSE(expected.empty());
  for (const auto& [index, point] : expected.items()) {
    for (int axis = 0; axis < 3; ++axis) {
      EXPECT_NEAR(points(axis, std::stoi(index)), point[axis].get<double>(), tolerance_px)
          << "point " << index << ", axis " << axis;
    }
  }
}

/// The networks that scripts/convert_landmarks.py makes; CTest runs it before these tests.
class RealLandmarkNetworks : public ::testing::Test {
 protected:
  LandmarkNetworks networks_{std::filesystem::path(REENACT_SOURCE_DIR) / "models" / "landmarks", on_cpu};
};

TEST_F(RealLandmarkNetworks, FaceMeshEqualsTensorFlowJs) {
  const FaceMeshOutput output = networks_.face_mesh(read_floats(test_bundle("face.f32")));
  ASSERT_EQ(output.points.cols(), 468);
  expect_points(output.points, reference()["face_mesh_points"]);
  EXPECT_NEAR(output.score, reference()["face_mesh_score"].get<double>(), 1e-4);
}

TEST_F(RealLandmarkNetworks, IrisEqualsTensorFlowJsForEveryEyeOfABatch) {
  const std::vector<float> eye = read_floats(test_bundle("eye.f32"));
  std::vector<float> eyes(eye.size(), 0.5F);
  eyes.insert(eyes.end(), eye.begin(), eye.end());
  const std::vector<IrisOutput> outputs = networks_.iris(eyes, 2);
  ASSERT_EQ(outputs.size(), 2U);
  ASSERT_EQ(outputs[1].eye_contour.cols(), 71);
  ASSERT_EQ(outputs[1].iris.cols(), 5);
  expect_points(outputs[1].eye_contour, reference()["eye_contour_points"]);
  expect_points(outputs[1].iris, reference()["iris_points"]);
  EXPECT_GT((outputs[0].eye_contour - outputs[1].eye_contour).cwiseAbs().maxCoeff(), 1);
}

TEST_F(RealLandmarkNetworks, PlainGreyIsNoFace) {
  const std::vector<float> grey(3 * face_mesh_input_size * face_mesh_input_size, 0.5F);
  EXPECT_LT(networks_.face_mesh(grey).score, 0.1F);
}

TEST_F(RealLandmarkNetworks, RefusesInputsOfAnotherSize) {
  EXPECT_THAT(sentence_of<Error>([&] { networks_.face_mesh(std::vector<float>(7)); }), HasSubstr("7 values"));
  EXPECT_THAT(sentence_of<Error>([&] { networks_.iris(std::vector<float>(3 * 64 * 64), 2); }),
              HasSubstr("[2, 3, 64, 64]"));
}

std::string refusal(const std::filesystem::path& folder) {
  return sentence_of<ModelError>([&] { const LandmarkNetworks networks(folder, on_cpu); });
}

TEST(LandmarkNetworks, NameTheScriptWhenTheyAreMissing) {
  EXPECT_THAT(refusal(test_bundle("no_such_folder")), HasSubstr("scripts/convert_landmarks.py"));
}

TEST(LandmarkNetworks, RefuseAnotherFormatVersion) {
  EXPECT_THAT(refusal(test_bundle("landmarks_old_format")), HasSubstr("format_version"));
}

TEST(LandmarkNetworks, RefuseANetworkWithOtherPoints) {
  EXPECT_THAT(refusal(test_bundle("landmarks_wrong_points")),
              HasSubstr("the face-mesh points with the shape [1, 5, 3] where [1, 468, 3] is needed"));
}

}  // namespace
}  // namespace reenact
