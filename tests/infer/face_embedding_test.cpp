#include "reenact/infer/face_embedding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "infer/test_bundles.h"
#include "infer/test_networks.h"
#include "reenact/core/error.h"

namespace reenact {
namespace {

using test::read_floats;
using test::sentence_of;
using test::test_network;
using ::testing::HasSubstr;

const InferOptions on_cpu{"cpu", 1};

/// The network that scripts/convert_face_recognition.py makes; CTest runs it before these tests.
class RealFaceEmbedding : public ::testing::Test {
 protected:
  FaceEmbedding network_{std::filesystem::path(REENACT_SOURCE_DIR) / "models" / "face_recognition", on_cpu};
};

TEST_F(RealFaceEmbedding, EqualsFaceApi) {
  std::ifstream file(std::filesystem::path(REENACT_SOURCE_DIR) / "tests" / "infer" / "data" /
                     "face_embedding_reference.json");
  const auto expected = nlohmann::json::parse(file).get<std::vector<double>>();
  const Eigen::VectorXf embedding = network_.embed(read_floats(test_network("face_150.f32")));
  ASSERT_EQ(embedding.size(), 128);
  ASSERT_EQ(expected.size(), 128U);
  for (Eigen::Index i = 0; i < 128; ++i) {
    EXPECT_NEAR(embedding(i), expected[static_cast<std::size_t>(i)], 1e-4);
  }
}

TEST_F(RealFaceEmbedding, RefusesInputsOfAnotherSize) {
  EXPECT_THAT(sentence_of<Error>([&] { network_.embed(std::vector<float>(9)); }), HasSubstr("9 values"));
}

std::string refusal(const std::filesystem::path& folder) {
  return sentence_of<ModelError>([&] { const FaceEmbedding network(folder, on_cpu); });
}

TEST(FaceEmbedding, NamesTheScriptWhenItIsMissing) {
  EXPECT_THAT(refusal(test_network("no_such_folder")), HasSubstr("scripts/convert_face_recognition.py"));
}

TEST(FaceEmbedding, RefusesAnotherFormatVersion) {
  EXPECT_THAT(refusal(test_network("old_embedding")), HasSubstr("format_version"));
}

TEST(FaceEmbedding, RefusesANetworkWithAnotherEmbedding) {
  EXPECT_THAT(refusal(test_network("short_embedding")),
              HasSubstr("the embedding with the shape [1, 64] where [1, 128] is needed"));
}

}  // namespace
}  // namespace reenact
