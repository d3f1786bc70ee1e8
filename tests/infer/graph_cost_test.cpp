#include "reenact/infer/graph_cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "infer/test_bundles.h"
#include "infer/test_networks.h"
#include "reenact/core/error.h"
#include "reenact/infer/generator_bundle.h"

namespace reenact {
namespace {

using test::sentence_of;
using test::test_bundle;
using test::test_network;
using ::testing::HasSubstr;

using Shapes = std::vector<std::vector<std::int64_t>>;

/// Everything.forward in make_test_networks.py, counted by hand: output positions times kernel elements for
/// convolutions (input positions when transposed), rows times inner times columns for products.
const Shapes picture_and_rows = {{1, 3, 32, 32}, {2, 7, 12}};
constexpr std::int64_t strided = (16 * 16) * (8 * 3 * 3 * 3);
constexpr std::int64_t grouped = (16 * 16) * (8 * (8 / 4) * 3 * 1);
constexpr std::int64_t dilated = (12 * 12) * (6 * 8 * 3 * 3);
constexpr std::int64_t transposed = (12 * 12) * (6 * 4 * 4 * 4);
constexpr std::int64_t linear_of_rows = (2 * 7) * 12 * 5;
constexpr std::int64_t batched_product = 2 * (7 * 5 * 7);
constexpr std::int64_t rows_times_vector = 2 * 7 * 12;
constexpr std::int64_t linear_of_vector = 12 * 5;
constexpr std::int64_t vector_times_vector = 12;
constexpr std::int64_t all_macs = strided + grouped + dilated + transposed + linear_of_rows +
                                  batched_product + rows_times_vector + linear_of_vector +
                                  vector_times_vector;

constexpr std::int64_t norm_parameters = 8 + 8;
constexpr std::int64_t parameters_without_norm =
    (8 * 3 * 3 * 3 + 8) + 8 * 2 * 3 + (6 * 8 * 3 * 3 + 6) + (6 * 4 * 4 * 4 + 4) + (12 * 5 + 5);

TEST(NetworkCost, EqualsACountByHand) {
  const MethodCost cost = network_cost(test_network("everything.pt"), "forward", picture_and_rows);
  EXPECT_EQ(cost.macs, all_macs);
  EXPECT_EQ(cost.parameters, parameters_without_norm + norm_parameters);
}

TEST(NetworkCost, GrowsWithTheBatchOfTheRows) {
  const MethodCost cost =
      network_cost(test_network("everything.pt"), "forward", {{1, 3, 32, 32}, {4, 7, 12}});
  EXPECT_EQ(cost.macs, all_macs + linear_of_rows + batched_product + rows_times_vector);
}

/// Freezing turns parameters into constants and folds the normalisation into the convolution before it.
TEST(NetworkCost, IsTheSameForAFrozenNetwork) {
  const MethodCost cost = network_cost(test_network("everything_frozen.pt"), "forward", picture_and_rows);
  EXPECT_EQ(cost.macs, all_macs);
  EXPECT_EQ(cost.parameters, parameters_without_norm);
}

TEST(NetworkCost, CountsEachRunOfALoopAndItsParametersOnce) {
  const MethodCost cost = network_cost(test_network("everything.pt"), "light", {{1, 8, 9, 10}});
  EXPECT_EQ(cost.macs, 3 * (9 * 10) * (8 * 2 * 3));
  EXPECT_EQ(cost.parameters, 8 * 2 * 3);
}

TEST(NetworkCost, RefusesWhatItCannotCount) {
  EXPECT_THAT(sentence_of<ModelError>([] {
                network_cost(test_network("recurrent.pt"), "forward", {{3, 1, 4}});
              }),
              HasSubstr("aten::gru"));
  EXPECT_THAT(sentence_of<ModelError>([] {
                network_cost(test_network("forked.pt"), "forward", {{3, 4}});
              }),
              HasSubstr("prim::fork"));
}

TEST(NetworkCost, RefusesAMissingFileMethodOrInput) {
  EXPECT_THAT(sentence_of<ModelError>([] { network_cost(test_network("no_such.pt"), "forward", {}); }),
              HasSubstr("no_such.pt is missing"));
  EXPECT_THAT(sentence_of<ModelError>([] { network_cost(test_network("everything.pt"), "backward", {}); }),
              HasSubstr("has no method 'backward'"));
  EXPECT_THAT(sentence_of<ModelError>([] {
                network_cost(test_network("everything.pt"), "light", {{1, 5, 9, 10}});
              }),
              HasSubstr("fails in its method 'light'"));
}

/// Tiny in make_test_bundles.py: one 3×3 convolution at 32×32 in each method.
TEST(GeneratorCost, EqualsACountByHand) {
  for (const char* bundle : {"tiny", "frozen", "with_bfloat16"}) {
    const GeneratorMethodCosts cost = generator_cost(test_bundle(bundle), true);
    EXPECT_EQ(cost.initialize.macs, 32 * 32 * 4 * 13 * 9);
    EXPECT_EQ(cost.initialize.parameters, 4 * 13 * 9 + 4);
    EXPECT_EQ(cost.forward.macs, 32 * 32 * 6 * 14 * 9);
    EXPECT_EQ(cost.forward.parameters, 6 * 14 * 9 + 6);
  }
}

/// TinyEyesAndMouth: one 1×1 convolution of all squares, and one of all windows.
TEST(GeneratorCost, CountsWindowsWithWhatRunsOnceAndWithAFrame) {
  const GeneratorMethodCosts cost = generator_cost(test_bundle("eyes_and_mouth"), true);
  const GeneratorMethodCosts::Windows& eyes = cost.windows.at("eyes");
  const GeneratorMethodCosts::Windows& mouth = cost.windows.at("mouth");
  EXPECT_EQ(eyes.initialize.macs, 2 * 112 * 112 * 4 * 15);
  EXPECT_EQ(eyes.initialize.parameters, 4 * 15 + 4);
  EXPECT_EQ(eyes.paint.macs, 2 * 64 * 96 * 4 * 19);
  EXPECT_EQ(eyes.paint.parameters, 4 * 19 + 4);
  EXPECT_EQ(mouth.initialize.macs, 160 * 160 * 4 * 15);
  EXPECT_EQ(mouth.paint.macs, 96 * 128 * 4 * 19);
  const GeneratorMethodCosts face = generator_cost(test_bundle("tiny"), true);
  EXPECT_EQ(cost.once().macs, face.initialize.macs + eyes.initialize.macs + mouth.initialize.macs);
  EXPECT_EQ(cost.a_frame().parameters,
            face.forward.parameters + eyes.paint.parameters + mouth.paint.parameters);
  EXPECT_EQ(face.a_frame().macs, face.forward.macs);
}

/// The export script has counted what the manifest says.
TEST(GeneratorCost, OfExportedWindowsIsThatOfItsManifest) {
  const GeneratorMethodCosts cost = generator_cost(test_bundle("exported_eyes_and_mouth"), true);
  const GeneratorMethodCosts said = describe_bundle(test_bundle("exported_eyes_and_mouth")).costs.value();
  for (const char* window : {"eyes", "mouth"}) {
    EXPECT_EQ(cost.windows.at(window).initialize.macs, said.windows.at(window).initialize.macs);
    EXPECT_EQ(cost.windows.at(window).initialize.parameters, said.windows.at(window).initialize.parameters);
    EXPECT_EQ(cost.windows.at(window).paint.macs, said.windows.at(window).paint.macs);
    EXPECT_EQ(cost.windows.at(window).paint.parameters, said.windows.at(window).paint.parameters);
  }
}

/// A Python profiler has counted what the manifest says.
TEST(GeneratorCost, OfABundleThatDrawsPortraitsIsThatOfItsManifest) {
  const GeneratorMethodCosts cost = generator_cost(test_bundle("bilayer"), true);
  const GeneratorMethodCosts said = describe_bundle(test_bundle("bilayer")).costs.value();
  EXPECT_EQ(cost.initialize.macs, said.initialize.macs);
  EXPECT_EQ(cost.initialize.parameters, said.initialize.parameters);
  EXPECT_EQ(cost.forward.macs, said.forward.macs);
  EXPECT_EQ(cost.forward.parameters, said.forward.parameters);
}

TEST(GeneratorCost, RefusesABrokenBundle) {
  EXPECT_THROW(generator_cost(test_bundle("wrong_shape"), true), ModelError);
  EXPECT_THROW(generator_cost(test_bundle("wrong_sha256"), true), ModelError);
}

}  // namespace
}  // namespace reenact
