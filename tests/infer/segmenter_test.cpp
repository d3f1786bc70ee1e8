#include "reenact/infer/segmenter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

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

/// The network that scripts/convert_segmentation.py makes; CTest runs it before these tests.
Segmenter real_segmenter() {
  return {std::filesystem::path(REENACT_SOURCE_DIR) / "models" / "segmentation", on_cpu};
}

/// TensorFlow.js and LibTorch sum in another order: 6e-5 where scripts/check_segmentation.py compares them.
/// The stored values are rounded to 1e-4.
TEST(RealSegmenter, EqualsTensorFlowJs) {
  std::ifstream file(std::filesystem::path(REENACT_SOURCE_DIR) / "tests" / "infer" / "data" /
                     "segmentation_reference.json");
  const nlohmann::json reference = nlohmann::json::parse(file);
  const auto step = reference["step"].get<std::size_t>();
  const auto& rows = reference["probability"];
  ASSERT_EQ(rows.size(), 16U);
  const std::vector<float> probability =
      real_segmenter().probability(read_floats(test_network("face_256.f32")));
  ASSERT_EQ(probability.size(), 256U * 256U);
  for (std::size_t y = 0; y < rows.size(); ++y) {
    for (std::size_t x = 0; x < rows[y].size(); ++x) {
      EXPECT_NEAR(probability[y * step * 256 + x * step], rows[y][x].get<double>(), 3e-4) << x << ", " << y;
    }
  }
}

TEST(RealSegmenter, RefusesAnInputOfAnotherSize) {
  const Segmenter segmenter = real_segmenter();
  EXPECT_THAT(sentence_of<Error>([&] { segmenter.probability(std::vector<float>(7)); }),
              HasSubstr("7 values"));
}

std::string refusal(const std::filesystem::path& folder) {
  return sentence_of<ModelError>([&] { const Segmenter segmenter(folder, on_cpu); });
}

TEST(Segmenter, NamesTheScriptWhenItIsMissing) {
  EXPECT_THAT(refusal(test_network("no_such_folder")), HasSubstr("scripts/convert_segmentation.py"));
}

TEST(Segmenter, RefusesAnotherFormatVersion) {
  EXPECT_THAT(refusal(test_network("old_segmentation")), HasSubstr("format_version"));
}

TEST(Segmenter, RefusesAFileWithAnotherHash) {
  EXPECT_THAT(refusal(test_network("damaged_segmentation")), HasSubstr("selfie.pt"));
}

TEST(Segmenter, RefusesANetworkWithAnotherSize) {
  EXPECT_THAT(refusal(test_network("half_segmentation")),
              HasSubstr("the shape [1, 128, 128] where [1, 256, 256] is needed"));
}

TEST(Segmenter, RefusesWhatIsNoProbability) {
  EXPECT_THAT(refusal(test_network("bright_segmentation")), HasSubstr("the probability of a person"));
}

}  // namespace
}  // namespace reenact
