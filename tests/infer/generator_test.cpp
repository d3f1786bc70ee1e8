#include "reenact/infer/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "infer/test_bundles.h"
#include "reenact/core/error.h"
#include "reenact/infer/generator_bundle.h"

namespace reenact {
namespace {

using test::read_floats;
using test::same_network_tolerance;
using test::sentence_of;
using test::test_bundle;
using ::testing::Each;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

const InferOptions on_cpu{"cpu", 1, Precision::automatic, /*trust_model=*/true};

ConditioningMaps maps_of(int size, std::vector<float> planes) {
  ConditioningMaps maps;
  maps.size = size;
  maps.planes = std::move(planes);
  return maps;
}

ConditioningMaps empty_maps(int size) {
  return maps_of(size, std::vector<float>(static_cast<std::size_t>(conditioning::channels) * size * size));
}

void fill(ConditioningMaps& maps, int channel, float value) {
  std::fill_n(maps.plane(channel), maps.size * maps.size, value);
}

SourceState tiny_source(const Generator& generator) {
  return generator.initialize(read_floats(test_bundle("tiny") / "source.f32"),
                              maps_of(32, read_floats(test_bundle("tiny") / "source_maps.f32")));
}

ConditioningMaps tiny_driver_maps() {
  return maps_of(32, read_floats(test_bundle("tiny") / "driver_maps.f32"));
}

TEST(Generator, DescribesItsBundle) {
  const Generator generator(test_bundle("tiny"), on_cpu);
  EXPECT_EQ(generator.info().name, "tiny");
  EXPECT_EQ(generator.info().conditioning, "mesh-v1");
  EXPECT_EQ(generator.info().format_version, 1);
  EXPECT_EQ(generator.info().image_size, 32);
  EXPECT_TRUE(generator.info().learned);
  EXPECT_EQ(generator.info().sha256.size(), 64U);
  EXPECT_EQ(generator.info().device, "cpu");
}

struct RunningBundle {
  const char* folder;
  int threads;
};

class RunningBundles : public ::testing::TestWithParam<RunningBundle> {};

void PrintTo(const RunningBundle& bundle, std::ostream* out) {
  *out << bundle.folder << ", " << bundle.threads;
}

TEST_P(RunningBundles, GiveWhatPyTorchGives) {
  const Generator generator(test_bundle(GetParam().folder),
                            InferOptions{"cpu", GetParam().threads, Precision::automatic, true});
  const GeneratedFrame frame = generator.forward(tiny_source(generator), tiny_driver_maps());
  EXPECT_EQ(frame.size, 32);
  const auto near = [](const char* file) {
    return Pointwise(FloatNear(same_network_tolerance), read_floats(test_bundle("tiny") / file));
  };
  EXPECT_THAT(frame.flow, near("flow.f32"));
  EXPECT_THAT(frame.weight, near("weight.f32"));
  EXPECT_THAT(frame.colour, near("colour.f32"));
}

INSTANTIATE_TEST_SUITE_P(Generator, RunningBundles,
                         ::testing::Values(RunningBundle{"tiny", 0}, RunningBundle{"tiny", 2},
                                           RunningBundle{"frozen", 1},
                                           RunningBundle{"empty_tensor_in_state", 1}));

TEST(Generator, KeepsSourcesApart) {
  const Generator generator(test_bundle("tiny"), on_cpu);
  const SourceState first = tiny_source(generator);
  const std::vector<float> colour = generator.forward(first, tiny_driver_maps()).colour;
  const SourceState second = generator.initialize(std::vector<float>(3 * 32 * 32, 0.9F), empty_maps(32));
  EXPECT_NE(generator.forward(second, tiny_driver_maps()).colour, colour);
  EXPECT_EQ(generator.forward(first, tiny_driver_maps()).colour, colour);
}

class PortraitBundles : public ::testing::TestWithParam<const char*> {};

/// `bilayer` is scripts/export/bilayer.py's of a checkpoint with random weights.
TEST_P(PortraitBundles, GiveWhatPyTorchGives) {
  const std::filesystem::path folder = test_bundle(GetParam());
  const Generator generator(folder, on_cpu);
  ASSERT_TRUE(generator.info().draws_portraits());
  const SourceState source = generator.initialize(
      read_floats(folder / "source.f32"),
      LandmarkMaps{generator.info().image_size, read_floats(folder / "source_maps.f32")});
  const std::vector<float> points = read_floats(folder / "landmarks.f32");
  const GeneratedFrame frame =
      generator.forward(source, LandmarkPoints(Eigen::Map<const LandmarkPoints>(points.data())));
  constexpr float tolerance = 1e-4F;
  EXPECT_EQ(frame.size, generator.info().image_size);
  EXPECT_THAT(frame.colour, Pointwise(FloatNear(tolerance), read_floats(folder / "colour.f32")));
  EXPECT_THAT(frame.alpha, Pointwise(FloatNear(tolerance), read_floats(folder / "alpha.f32")));
  EXPECT_TRUE(frame.flow.empty() && frame.weight.empty());
}

INSTANTIATE_TEST_SUITE_P(Generator, PortraitBundles, ::testing::Values("tiny_portrait", "bilayer"));

/// A state may be a view of what it was made from.
TEST(Generator, KeepsASourceWhoseInputsAreGone) {
  const Generator generator(test_bundle("keeps_inputs"), on_cpu);
  std::vector<float> rgb = read_floats(test_bundle("tiny") / "source.f32");
  ConditioningMaps maps = maps_of(32, read_floats(test_bundle("tiny") / "source_maps.f32"));
  const SourceState source = generator.initialize(rgb, maps);
  const GeneratedFrame before = generator.forward(source, tiny_driver_maps());
  std::fill(rgb.begin(), rgb.end(), 0.5F);
  std::fill(maps.planes.begin(), maps.planes.end(), 0.5F);
  const GeneratedFrame after = generator.forward(source, tiny_driver_maps());
  EXPECT_EQ(after.weight, before.weight);
  EXPECT_EQ(after.colour, before.colour);
}

TEST(Generator, RefusesInputsOfAnotherConditioning) {
  const Generator portrait(test_bundle("tiny_portrait"), on_cpu);
  EXPECT_THAT(
      sentence_of<Error>([&] { portrait.initialize(std::vector<float>(3 * 32 * 32), empty_maps(32)); }),
      HasSubstr("Inputs of the conditioning mesh-v1"));
  const Generator mesh(test_bundle("tiny"), on_cpu);
  EXPECT_THAT(sentence_of<Error>([&] { mesh.forward(tiny_source(mesh), LandmarkPoints::Zero()); }),
              HasSubstr("Inputs of the conditioning landmarks-v1"));
}

TEST(Generator, RefusesToRunWithoutASource) {
  const Generator generator(test_bundle("tiny"), on_cpu);
  EXPECT_THAT(sentence_of<Error>([&] { generator.forward(SourceState(), empty_maps(32)); }),
              HasSubstr("without initialize()"));
}

TEST(Generator, RefusesInputsOfAnotherSize) {
  const Generator generator(test_bundle("tiny"), on_cpu);
  EXPECT_THAT(
      sentence_of<Error>([&] { generator.initialize(std::vector<float>(3 * 32 * 32), empty_maps(64)); }),
      HasSubstr("maps of size 64"));
  EXPECT_THAT(sentence_of<Error>([&] { generator.initialize(std::vector<float>(5), empty_maps(32)); }),
              HasSubstr("5 values"));
}

TEST(Generator, ReportsAnOutputThatTurnsNotFinite) {
  const Generator generator(test_bundle("not_finite_for_far_flow"), on_cpu);
  const SourceState source = tiny_source(generator);
  ConditioningMaps maps = tiny_driver_maps();
  EXPECT_NO_THROW(generator.forward(source, maps));
  fill(maps, conditioning::flow_x, 6);
  EXPECT_THAT(sentence_of<ModelError>([&] { generator.forward(source, maps); }), HasSubstr("not finite"));
}

InferOptions trusting(const char* device, int threads) {
  return {device, threads, Precision::automatic, /*trust_model=*/true};
}

TEST(Generator, RefusesDevicesAndThreadsThatAreNotThere) {
  const auto refusal = [](const InferOptions& options) {
    return sentence_of<UsageError>([&] { const Generator generator(test_bundle("tiny"), options); });
  };
  EXPECT_THAT(refusal(trusting("tpu", 0)), HasSubstr("'tpu' is not known"));
  EXPECT_THAT(refusal(trusting("cuda:", 0)), HasSubstr("'cuda:' is not known"));
  EXPECT_THAT(refusal(trusting("cuda:-1", 0)), HasSubstr("'cuda:-1' is not known"));
  EXPECT_THAT(refusal(trusting("cuda:99", 0)), HasSubstr("'cuda:99' is not there"));
  EXPECT_THAT(refusal(trusting("cpu", -1)), HasSubstr("threads"));
}

/// One rounding to bfloat16, 8 bits, of values below 4.
constexpr float bfloat16_tolerance = 4.0F / 256;

GeneratedFrame tiny_frame(const char* bundle, Precision precision) {
  const Generator generator(test_bundle(bundle), InferOptions{"cpu", 1, precision, true});
  return generator.forward(tiny_source(generator), tiny_driver_maps());
}

Precision precision_in_use(const char* bundle, Precision asked) {
  return Generator(test_bundle(bundle), InferOptions{"cpu", 1, asked, true}).info().precision;
}

TEST(GeneratorPrecision, IsTheOneAskedForOrTheFasterOne) {
  const Precision faster = has_native_bfloat16() ? Precision::bfloat16 : Precision::float32;
  EXPECT_EQ(precision_in_use("with_bfloat16", Precision::automatic), faster);
  EXPECT_EQ(precision_in_use("with_bfloat16", Precision::float32), Precision::float32);
  EXPECT_EQ(precision_in_use("with_bfloat16", Precision::bfloat16), Precision::bfloat16);
  EXPECT_EQ(precision_in_use("tiny", Precision::automatic), Precision::float32);
  EXPECT_EQ(precision_in_use("tiny", Precision::float32), Precision::float32);
}

TEST(GeneratorPrecision, ChangesTheResultByRoundingAlone) {
  const GeneratedFrame exact = tiny_frame("with_bfloat16", Precision::float32);
  const GeneratedFrame rounded = tiny_frame("with_bfloat16", Precision::bfloat16);
  EXPECT_NE(exact.colour, rounded.colour);
  EXPECT_THAT(rounded.flow, Pointwise(FloatNear(bfloat16_tolerance), exact.flow));
  EXPECT_THAT(rounded.weight, Pointwise(FloatNear(bfloat16_tolerance), exact.weight));
  EXPECT_THAT(rounded.colour, Pointwise(FloatNear(bfloat16_tolerance), exact.colour));
}

TEST(GeneratorPrecision, CannotBeDemandedOfABundleWithoutIt) {
  const std::string sentence = sentence_of<ModelError>([] { precision_in_use("tiny", Precision::bfloat16); });
  EXPECT_THAT(sentence, HasSubstr("cannot run in bfloat16: it has no method 'forward_bfloat16'"));
}

TEST(GeneratorPrecision, IsCoveredByTheDryRunWhenInUse) {
  EXPECT_THAT(
      sentence_of<ModelError>([] { precision_in_use("not_finite_in_bfloat16", Precision::bfloat16); }),
      HasSubstr("the residual flow with values that are not finite"));
  EXPECT_NO_THROW(precision_in_use("not_finite_in_bfloat16", Precision::float32));
}

struct BrokenBundle {
  const char* folder;
  const char* complaint;
};

constexpr BrokenBundle broken_bundles[] = {
    {"there_is_no_such_folder", "does not exist"},
    {"no_manifest", "there is no file"},
    {"manifest_not_json", "is not a JSON object"},
    {"manifest_list", "is not a JSON object"},
    {"no_sha256", "has no field /sha256"},
    {"malformed_sha256", "/sha256 is not 64 lower-case hexadecimal digits"},
    {"no_licence", "has no field /licence"},
    {"text_learned", "/learned is not true or false"},
    {"disagreement", "disagree about the field image_size"},
    {"no_module", "generator.pt is missing"},
    {"wrong_sha256", "is damaged or was replaced"},
    {"truncated", "is not TorchScript"},
    {"text", "is not TorchScript"},
    {"empty", "is not TorchScript"},
    {"no_format_version", "has no attribute 'format_version'"},
    {"other_format_version", "has the format_version 3; this program reads 1 to 2"},
    {"text_image_size", "'image_size' that is not an integer"},
    {"huge_image_size", "has the image_size 1048576"},
    {"other_conditioning",
     "has the conditioning 'pixels-v1'; this program renders 'mesh-v1' and 'landmarks-v1'"},
    {"portrait_of_maps", "of type (Tensor[], Tensor) -> (Tensor, Tensor, Tensor) where"},
    {"portrait_with_flow", "of type (Tensor[], Tensor) -> (Tensor, Tensor, Tensor) where"},
    {"portrait_of_one_frame", "the colour with the shape [1, 3, 32, 32] where [2, 3, 32, 32]"},
    {"portrait_alpha_out_of_range", "the alpha with values from 1."},
    {"portrait_not_finite", "the colour with values that are not finite"},
    {"no_initialize", "has no method 'initialize'"},
    {"one_output", "has a method 'forward' of type (Tensor[], Tensor) -> Tensor where"},
    {"one_bfloat16_output", "has a method 'forward_bfloat16' of type (Tensor[], Tensor) -> Tensor where"},
    {"wrong_shape", "the texture weight with the shape [2, 2, 32, 32] where [2, 1, 32, 32]"},
    {"one_frame_only", "the residual flow with the shape [1, 2, 32, 32] where [2, 2, 32, 32]"},
    {"not_finite_flow", "the residual flow with values that are not finite"},
    {"not_finite_state", "a tensor of the state with values that are not finite"},
    {"weight_out_of_range", "the texture weight with values from 1."},
    {"colour_out_of_range", "the colour with values from -0."},
    {"double_weight", "the texture weight as Double where Float is needed"},
    {"raises", "fails in its method 'forward'"},
    {"sparse_state", "cannot be used: "},
    {"portrait_of_version_2", "has the format_version 2 and the conditioning 'landmarks-v1'"},
    {"eyes_of_version_1_in_the_manifest", "disagree about the field format_version"},
    {"no_eye_methods", "has neither a method 'initialize_eyes' nor 'initialize_mouth'"},
    {"eyes_initialized_only", "has no method 'paint_eyes'"},
    {"eyes_of_one_output", "has a method 'paint_eyes' of type (Tensor[], Tensor, Tensor) -> Tensor where"},
    {"eyes_of_one_bfloat16_output", "has a method 'paint_eyes_bfloat16' of type"},
    {"one_eye", "the eyes' colour with the shape [1, 3, 64, 96] where [2, 3, 64, 96]"},
    {"small_eyes", "the eyes' alpha with the shape [2, 1, 32, 48] where [2, 1, 64, 96]"},
    {"double_eyes", "the eyes' colour as Double where Float is needed"},
    {"eye_alpha_out_of_range", "the eyes' alpha with values from 1.2 to 1.2 where [0, 1]"},
    {"eye_colour_out_of_range", "the eyes' colour with values from -"},
    {"not_finite_eyes", "the eyes' colour with values that are not finite"},
    {"not_finite_eyes_state", "a tensor of the state with values that are not finite"},
    {"eyes_raise", "fails in its method 'paint_eyes'"},
    {"mouth_in_bfloat16_only", "has no method 'initialize_mouth'"},
    {"mouth_of_the_square", "the mouth's colour with the shape [1, 3, 160, 160] where [1, 3, 96, 128]"},
    {"mouth_alpha_out_of_range", "the mouth's alpha with values from -"},
    {"mouth_called_eyes", "disagree about the field windows"},
    {"mouth_kept_quiet", "disagree about the field windows"},
    {"windows_of_the_nose", "the field /windows holds more than \"eyes\" and \"mouth\""},
    {"windows_as_text", "the field /windows is not a list"},
    {"unreadable", "cannot read"},
    {"packed_weights", "holds objects of LibTorch's native classes"},
    {"two_records_of_one_name", "has two records of the name"},
};

TEST(Generator, RefusesBrokenBundlesWithASentenceThatNamesTheProblem) {
  for (const BrokenBundle& broken : broken_bundles) {
    SCOPED_TRACE(broken.folder);
    const std::string sentence =
        sentence_of<ModelError>([&] { const Generator generator(test_bundle(broken.folder), on_cpu); });
    EXPECT_THAT(sentence, HasSubstr(broken.complaint));
    EXPECT_THAT(sentence, HasSubstr(test_bundle(broken.folder).string()));
    EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
  }
}

/// The writing bundle would write as soon as LibTorch loaded it.
TEST(Generator, RefusesWhatTheProgramDoesNotShipBeforeItIsLoaded) {
  const InferOptions without_trust{"cpu", 1};
  for (const char* bundle : {"tiny", "writes_file_when_loaded", "truncated"}) {
    const std::string sentence =
        sentence_of<ModelError>([&] { const Generator generator(test_bundle(bundle), without_trust); });
    EXPECT_THAT(sentence, HasSubstr("is not a bundle that this program ships"));
    EXPECT_THAT(sentence, HasSubstr("--trust-model"));
  }
  EXPECT_FALSE(std::filesystem::exists(test_bundle("written_by_a_network")));
}

TEST(Generator, TakesTheBundlesThatAreShipped) {
  const InferOptions without_trust{"cpu", 1};
  const std::filesystem::path models = std::filesystem::path(REENACT_SOURCE_DIR) / "models";
  for (const char* bundle : {"default", "geometry"}) {
    EXPECT_NO_THROW(Generator(models / bundle, without_trust)) << bundle;
    EXPECT_TRUE(is_shipped_bundle(describe_bundle(models / bundle).sha256));
  }
}

TEST(Generator, IsNotShippedForCallingItselfSo) {
  EXPECT_FALSE(is_shipped_bundle(""));
  EXPECT_FALSE(is_shipped_bundle(std::string(64, '0')));
  EXPECT_FALSE(is_shipped_bundle(describe_bundle(test_bundle("tiny")).sha256));
}

TEST(BundleDescription, IsReadFromTheManifestAlone) {
  const BundleDescription bundle = describe_bundle(test_bundle("no_module"));
  EXPECT_EQ(bundle.name, "tiny");
  EXPECT_EQ(bundle.conditioning, "mesh-v1");
  EXPECT_EQ(bundle.image_size, 32);
  EXPECT_EQ(bundle.licence, "MIT");
  EXPECT_FALSE(bundle.costs) << "the manifest does not give them";
  EXPECT_THAT(sentence_of<ModelError>([] { describe_bundle(test_bundle("no_licence")); }),
              HasSubstr("has no field /licence"));
}

TEST(BundleDescription, GivesTheCostsThatTheManifestHas) {
  const BundleDescription bundle =
      describe_bundle(std::filesystem::path(REENACT_SOURCE_DIR) / "models" / "default");
  ASSERT_TRUE(bundle.costs);
  const GeneratorMethodCosts counted =
      generator_cost(std::filesystem::path(REENACT_SOURCE_DIR) / "models" / "default", false);
  EXPECT_EQ(bundle.costs->once().parameters, counted.once().parameters);
  EXPECT_EQ(bundle.costs->a_frame().parameters, counted.a_frame().parameters);
  EXPECT_EQ(bundle.costs->a_frame().macs, counted.a_frame().macs);
}

constexpr BrokenBundle writing_bundles[] = {
    {"writes_file", "uses the operator aten::save"},
    {"writes_file_in_a_fork", "uses the operator aten::save"},
    {"writes_file_behind_an_interface", "uses the operator aten::save"},
    {"writes_file_for_eyes", "uses the operator aten::save"},
    {"writes_file_when_loaded", "has a method __setstate__"},
    {"writes_file_for_a_constant", "has a constant whose value is computed when it is loaded"},
    {"untyped_constant", "has a constant without a type"},
    {"constant_of_no_type", "has a constant without a type"},
    {"writes_file_for_a_constant_in_capitals", "has a constant whose value is computed when it is loaded"},
    {"writes_file_for_a_default", "has a default value that is computed when it is loaded"},
};

/// make_test_bundles.py has seen each of them write this file.
TEST(Generator, RefusesBundlesThatReachFilesBeforeTheyDo) {
  const std::filesystem::path written = test_bundle("written_by_a_network");
  for (const BrokenBundle& bundle : writing_bundles) {
    SCOPED_TRACE(bundle.folder);
    EXPECT_THAT(
        sentence_of<ModelError>([&] { const Generator generator(test_bundle(bundle.folder), on_cpu); }),
        HasSubstr(bundle.complaint));
    EXPECT_FALSE(std::filesystem::remove(written)) << "the bundle has written a file";
  }
}

/// The bundle of the repository that learns nothing: models/geometry.
class GeometryBundle : public ::testing::Test {
 protected:
  static constexpr int size = 224;

  GeneratedFrame forward(const ConditioningMaps& maps) const { return generator_.forward(source_, maps); }

  /// Everything shows one point of the mean face.
  static ConditioningMaps maps_at(float x, float y, float z, float visibility) {
    ConditioningMaps maps = empty_maps(size);
    fill(maps, conditioning::flow_x, 0.02F);
    fill(maps, conditioning::flow_y, -0.01F);
    fill(maps, conditioning::coverage, 1);
    fill(maps, conditioning::visibility, visibility);
    fill(maps, conditioning::neutral, x);
    fill(maps, conditioning::neutral + 1, y);
    fill(maps, conditioning::neutral + 2, z);
    fill(maps, conditioning::normal + 2, 1);
    return maps;
  }

  const Generator generator_{std::filesystem::path(REENACT_SOURCE_DIR) / "models" / "geometry", on_cpu};
  const SourceState source_ =
      generator_.initialize(std::vector<float>(3 * size * size, 0.6F), empty_maps(size));
};

constexpr float mouth_inside[3] = {0.5F, 0.475F, 0.7F};
constexpr float cheek[3] = {0.3F, 0.5F, 0.75F};

TEST_F(GeometryBundle, SaysThatItIsNotLearned) { EXPECT_FALSE(generator_.info().learned); }

TEST_F(GeometryBundle, LeavesTheGeometricFlowAlone) {
  const GeneratedFrame frame = forward(maps_at(cheek[0], cheek[1], cheek[2], 1));
  EXPECT_EQ(frame.flow.front(), 0.02F);
  EXPECT_EQ(frame.flow.back(), -0.01F);
}

TEST_F(GeometryBundle, TrustsThePhotoEverywhereButInAMouthItHasNotSeen) {
  const auto weight_at = [&](const float* point, float visibility) {
    return forward(maps_at(point[0], point[1], point[2], visibility)).weight;
  };
  EXPECT_THAT(weight_at(cheek, 1), Each(FloatNear(1, 1e-6F)));
  EXPECT_THAT(weight_at(cheek, 0), Each(FloatNear(1, 1e-6F)));
  EXPECT_THAT(weight_at(mouth_inside, 1), Each(FloatNear(1, 1e-6F)));
  EXPECT_THAT(weight_at(mouth_inside, 0), Each(FloatNear(0, 0.02F)));
  EXPECT_THAT(forward(empty_maps(size)).weight, Each(FloatNear(1, 1e-6F)));
}

TEST_F(GeometryBundle, PaintsAnUnseenMouthDarkerThanTheFace) {
  const GeneratedFrame frame = forward(maps_at(mouth_inside[0], mouth_inside[1], mouth_inside[2], 0));
  EXPECT_LT(*std::max_element(frame.colour.begin(), frame.colour.end()), 0.35F);
}

}  // namespace
}  // namespace reenact
