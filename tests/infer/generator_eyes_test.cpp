#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "infer/test_bundles.h"
#include "reenact/core/error.h"
#include "reenact/infer/generator.h"

namespace reenact {
namespace {

using test::read_floats;
using test::same_network_tolerance;
using test::sentence_of;
using test::test_bundle;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using ::testing::Pointwise;

/// One rounding to bfloat16, 8 bits, of values below 1.
constexpr float bfloat16_tolerance = 1.0F / 256;

Generator loaded(const char* bundle, Precision precision = Precision::float32) {
  return {test_bundle(bundle), InferOptions{"cpu", 1, precision, /*trust_model=*/true}};
}

WindowPlanes read_planes(const char* file, int channels, int rows, int columns) {
  WindowPlanes planes(eye_window::count, channels, rows, columns);
  std::vector<float> values = read_floats(test_bundle("tiny_eyes") / file);
  EXPECT_EQ(values.size(), planes.values.size());
  planes.values = std::move(values);
  return planes;
}

WindowPlanes eyes() { return read_planes("eyes.f32", 3, eye_window::side, eye_window::side); }
WindowPlanes eyes_maps() {
  return read_planes("eyes_maps.f32", window_maps::channels, eye_window::side, eye_window::side);
}
WindowPlanes warped() { return read_planes("warped_eyes.f32", 3, eye_window::height, eye_window::width); }
WindowPlanes driver_maps() {
  return read_planes("driver_eyes_maps.f32", window_maps::channels, eye_window::height, eye_window::width);
}

PaintedWindows painted(const Generator& generator) {
  return generator.paint_eyes(generator.initialize_eyes(eyes(), eyes_maps()), warped(), driver_maps());
}

class PaintingBundles : public ::testing::TestWithParam<const char*> {};

/// `exported_eyes` is scripts/train/export_windows.py's of a network with random weights.
TEST_P(PaintingBundles, PaintEyesAsPyTorchDoes) {
  const Generator generator = loaded(GetParam());
  EXPECT_TRUE(generator.info().paints_eyes);
  EXPECT_EQ(generator.info().format_version, 2);
  const PaintedWindows windows = painted(generator);
  const auto near = [](const char* file) {
    return Pointwise(FloatNear(same_network_tolerance), read_floats(test_bundle(GetParam()) / file));
  };
  EXPECT_THAT(windows.colour.values, near("eyes_colour.f32"));
  EXPECT_THAT(windows.alpha.values, near("eyes_alpha.f32"));
  EXPECT_EQ(windows.colour.channels, 3);
  EXPECT_EQ(windows.alpha.channels, 1);
  EXPECT_EQ(windows.alpha.height, eye_window::height);
  EXPECT_EQ(windows.alpha.width, eye_window::width);
}

INSTANTIATE_TEST_SUITE_P(Generator, PaintingBundles, ::testing::Values("tiny_eyes", "exported_eyes"));

TEST(GeneratorEyes, LeaveTheFaceToTheMethodsOfVersionOne) {
  const Generator generator = loaded("tiny_eyes");
  const auto file = [](const char* name) { return read_floats(test_bundle("tiny_eyes") / name); };
  const SourceState source =
      generator.initialize(file("source.f32"), ConditioningMaps{32, file("source_maps.f32")});
  const GeneratedFrame frame = generator.forward(source, ConditioningMaps{32, file("driver_maps.f32")});
  EXPECT_THAT(frame.colour, Pointwise(FloatNear(same_network_tolerance), file("colour.f32")));
}

TEST(GeneratorEyes, AreNotThoseOfABundleOfVersionOne) {
  const Generator generator = loaded("tiny");
  EXPECT_FALSE(generator.info().paints_eyes);
  EXPECT_THAT(sentence_of<Error>([&] { generator.initialize_eyes(eyes(), eyes_maps()); }),
              HasSubstr("which paints none"));
}

/// A state may be a view of what it was made from.
TEST(GeneratorEyes, AreKeptWhenTheirInputsAreGone) {
  const Generator generator = loaded("eyes_keep_inputs");
  WindowPlanes source = eyes();
  const EyesState state = generator.initialize_eyes(source, eyes_maps());
  const PaintedWindows before = generator.paint_eyes(state, warped(), driver_maps());
  std::fill(source.values.begin(), source.values.end(), 0.5F);
  EXPECT_EQ(generator.paint_eyes(state, warped(), driver_maps()).colour.values, before.colour.values);
}

TEST(GeneratorEyes, RefusePlanesOfAnotherShape) {
  const Generator generator = loaded("tiny_eyes");
  const EyesState state = generator.initialize_eyes(eyes(), eyes_maps());
  const auto refusal = [](auto&& call) { return sentence_of<Error>(call); };
  EXPECT_THAT(refusal([&] { generator.initialize_eyes(warped(), eyes_maps()); }),
              HasSubstr("3 planes of 96x64 pixels where 3 of 112x112 are needed"));
  EXPECT_THAT(refusal([&] { generator.initialize_eyes(eyes(), eyes()); }),
              HasSubstr("3 planes of 112x112 pixels where 12 of 112x112 are needed"));
  EXPECT_THAT(refusal([&] { generator.paint_eyes(state, eyes(), driver_maps()); }),
              HasSubstr("3 planes of 112x112 pixels where 3 of 96x64 are needed"));
  EXPECT_THAT(refusal([&] { generator.paint_eyes(state, warped(), warped()); }),
              HasSubstr("3 planes of 96x64 pixels where 12 of 96x64 are needed"));
  WindowPlanes one_eye(1, 3, eye_window::height, eye_window::width);
  EXPECT_THAT(refusal([&] { generator.paint_eyes(state, one_eye, driver_maps()); }),
              HasSubstr("The eyes' warped pictures"));
  EXPECT_THAT(refusal([&] { generator.paint_eyes(EyesState(), warped(), driver_maps()); }),
              HasSubstr("without initialize_eyes()"));
}

TEST(GeneratorEyes, AreReportedWhenTheyTurnNotFinite) {
  const Generator generator = loaded("not_finite_eyes_for_far_flow");
  const EyesState state = generator.initialize_eyes(eyes(), eyes_maps());
  WindowPlanes maps = driver_maps();
  EXPECT_NO_THROW(generator.paint_eyes(state, warped(), maps));
  *maps.plane(1, conditioning::flow_y) = 6;
  EXPECT_THAT(sentence_of<ModelError>([&] { generator.paint_eyes(state, warped(), maps); }),
              HasSubstr("the eyes' colour with values that are not finite"));
}

TEST(GeneratorEyes, AreRoundedInBfloat16Alone) {
  const PaintedWindows exact = painted(loaded("all_in_bfloat16", Precision::float32));
  const PaintedWindows rounded = painted(loaded("all_in_bfloat16", Precision::bfloat16));
  EXPECT_NE(rounded.colour.values, exact.colour.values);
  EXPECT_THAT(rounded.colour.values, Pointwise(FloatNear(bfloat16_tolerance), exact.colour.values));
  EXPECT_THAT(rounded.alpha.values, Pointwise(FloatNear(bfloat16_tolerance), exact.alpha.values));
}

/// Whether there is a method for the face in bfloat16 is no matter.
TEST(GeneratorEyes, ArePaintedInTheFasterPrecisionTheyHave) {
  const std::vector<float> exact = painted(loaded("eyes_with_bfloat16")).colour.values;
  const std::vector<float> faster = painted(loaded("eyes_with_bfloat16", Precision::automatic)).colour.values;
  EXPECT_EQ(faster != exact, has_native_bfloat16());
}

TEST(GeneratorEyes, CannotBeDemandedInBfloat16WithoutItsMethod) {
  EXPECT_THAT(sentence_of<ModelError>([] { loaded("face_in_bfloat16", Precision::bfloat16); }),
              HasSubstr("cannot run in bfloat16: it has no method 'paint_eyes_bfloat16'"));
  EXPECT_NO_THROW(loaded("face_in_bfloat16", Precision::automatic));
}

TEST(GeneratorEyes, AreCoveredByTheDryRunInThePrecisionInUse) {
  const char* const bundle = "not_finite_eyes_in_bfloat16";
  EXPECT_NO_THROW(loaded(bundle, Precision::float32));
  if (has_native_bfloat16()) {
    EXPECT_THAT(sentence_of<ModelError>([&] { loaded(bundle, Precision::automatic); }),
                HasSubstr("the eyes' alpha with values that are not finite"));
  }
}

}  // namespace
}  // namespace reenact
