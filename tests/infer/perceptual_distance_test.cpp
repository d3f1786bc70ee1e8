#include "reenact/infer/perceptual_distance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

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
constexpr int width = 90;
constexpr int height = 70;

/// The network that scripts/export_lpips.py writes from the seeded stand-in for the package lpips.
class ExportedLpips : public ::testing::Test {
 protected:
  PerceptualDistance lpips_{test_network("lpips.pt"), on_cpu};
  const std::vector<float> a_ = read_floats(test_network("lpips_a.f32"));
  const std::vector<float> b_ = read_floats(test_network("lpips_b.f32"));
};

TEST_F(ExportedLpips, EqualsPython) {
  const double expected = read_floats(test_network("lpips_distance.f32")).at(0);
  EXPECT_GT(expected, 0.01);
  EXPECT_NEAR(lpips_.distance(a_, b_, width, height), expected, 1e-5);
}

TEST_F(ExportedLpips, IsZeroForEqualPicturesAndSymmetric) {
  EXPECT_NEAR(lpips_.distance(a_, a_, width, height), 0, 1e-6);
  EXPECT_NEAR(lpips_.distance(b_, a_, width, height), lpips_.distance(a_, b_, width, height), 1e-6);
}

TEST_F(ExportedLpips, NamesItsFile) { EXPECT_EQ(lpips_.sha256().size(), 64U); }

TEST_F(ExportedLpips, RefusesPicturesOfAnotherSize) {
  EXPECT_THROW(lpips_.distance(a_, b_, width, height + 1), InputError);
  EXPECT_THROW(lpips_.distance(a_, {}, width, height), InputError);
  EXPECT_THAT(sentence_of<InputError>([&] { lpips_.distance(a_, b_, 100, 63); }), HasSubstr("64x64"));
  EXPECT_THROW(lpips_.distance(a_, b_, -width, -height), InputError);
}

std::string refusal(const std::string& file) {
  return sentence_of<ModelError>([&] { const PerceptualDistance lpips(test_network(file), on_cpu); });
}

TEST(PerceptualDistance, RefusesWhatIsNoDistance) {
  EXPECT_THAT(refusal("not_zero_for_equal.pt"), HasSubstr("is not a distance"));
  EXPECT_THAT(refusal("constant.pt"), HasSubstr("is not a distance"));
  EXPECT_THAT(refusal("two_values.pt"), HasSubstr("one value"));
  EXPECT_THAT(refusal("one_picture.pt"), HasSubstr("of type (Tensor) -> Tensor"));
  EXPECT_THAT(refusal("not_finite.pt"), HasSubstr("not finite"));
  EXPECT_THAT(refusal("everything.pt"), HasSubstr("fails in its method 'forward'"));
}

TEST(PerceptualDistance, NamesTheScriptWhenTheFileIsMissing) {
  EXPECT_THAT(refusal("no_such.pt"), HasSubstr("scripts/export_lpips.py"));
}

TEST(PerceptualDistance, RefusesAFileThatIsNoNetwork) {
  const auto file = test_network("text.pt");
  std::ofstream(file) << "not a network\n";
  EXPECT_THAT(refusal("text.pt"), HasSubstr("is not TorchScript"));
}

}  // namespace
}  // namespace reenact
