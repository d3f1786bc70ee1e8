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
#include "reenact/infer/generator.h"
#include "reenact/infer/generator_bundle.h"

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

/// What a generator is told of windows of one kind, as make_test_bundles.py wrote it.
struct Told {
  WindowPlanes source, source_maps, warped, driver_maps;
};

Told told_of(const WindowKind& kind) {
  const std::filesystem::path folder = test_bundle(&kind == &eye_window ? "tiny_eyes" : "tiny_mouth");
  const std::string name = kind.name;
  const auto read = [&](const std::string& file, int channels, int rows, int columns) {
    WindowPlanes planes(kind.count, channels, rows, columns);
    std::vector<float> values = read_floats(folder / (file + ".f32"));
    EXPECT_EQ(values.size(), planes.values.size());
    planes.values = std::move(values);
    return planes;
  };
  return {read(name, 3, kind.side, kind.side),
          read(name + "_maps", window_maps::channels, kind.side, kind.side),
          read("warped_" + name, 3, kind.height, kind.width),
          read("driver_" + name + "_maps", window_maps::channels, kind.height, kind.width)};
}

WindowPlanes eyes() { return told_of(eye_window).source; }
WindowPlanes eyes_maps() { return told_of(eye_window).source_maps; }
WindowPlanes warped() { return told_of(eye_window).warped; }
WindowPlanes driver_maps() { return told_of(eye_window).driver_maps; }

PaintedWindows painted(const Generator& generator, const WindowKind& kind = eye_window) {
  const Told told = told_of(kind);
  return generator.paint_windows(generator.initialize_windows(kind, told.source, told.source_maps),
                                 told.warped, told.driver_maps);
}

struct PaintingBundle {
  const char* name;
  std::vector<std::string> windows;
};

void PrintTo(const PaintingBundle& bundle, std::ostream* out) { *out << bundle.name; }

class PaintingBundles : public ::testing::TestWithParam<PaintingBundle> {};

/// The `exported` ones are scripts/train/export_windows.py's of networks with random weights.
TEST_P(PaintingBundles, PaintAsPyTorchDoes) {
  const Generator generator = loaded(GetParam().name);
  EXPECT_EQ(generator.info().windows, GetParam().windows);
  EXPECT_EQ(describe_bundle(test_bundle(GetParam().name)).windows, GetParam().windows);
  EXPECT_EQ(generator.info().format_version, 2);
  for (const WindowKind* kind : window_kinds) {
    if (!generator.info().paints(*kind)) continue;
    const PaintedWindows windows = painted(generator, *kind);
    const auto near = [&](const std::string& what) {
      const auto file = test_bundle(GetParam().name) / (kind->name + what);
      return Pointwise(FloatNear(same_network_tolerance), read_floats(file));
    };
    EXPECT_THAT(windows.colour.values, near("_colour.f32"));
    EXPECT_THAT(windows.alpha.values, near("_alpha.f32"));
    EXPECT_EQ(windows.colour.channels, 3);
    EXPECT_EQ(windows.alpha.channels, 1);
    EXPECT_EQ(windows.alpha.height, kind->height);
    EXPECT_EQ(windows.alpha.width, kind->width);
  }
}

INSTANTIATE_TEST_SUITE_P(Generator, PaintingBundles,
                         ::testing::ValuesIn<PaintingBundle>({{"tiny_eyes", {"eyes"}},
                                                              {"tiny_mouth", {"mouth"}},
                                                              {"eyes_and_mouth", {"eyes", "mouth"}},
                                                              {"exported_eyes", {"eyes"}},
                                                              {"exported_mouth", {"mouth"}},
                                                              {"exported_eyes_and_mouth",
                                                               {"eyes", "mouth"}}}),
                         [](const auto& bundle) { return std::string(bundle.param.name); });

TEST(GeneratorWindows, LeaveTheFaceToTheMethodsOfVersionOne) {
  for (const char* bundle : {"tiny_eyes", "tiny_mouth"}) {
    const Generator generator = loaded(bundle);
    const auto file = [&](const char* name) { return read_floats(test_bundle(bundle) / name); };
    const SourceState source =
        generator.initialize(file("source.f32"), ConditioningMaps{32, file("source_maps.f32")});
    const GeneratedFrame frame = generator.forward(source, ConditioningMaps{32, file("driver_maps.f32")});
    EXPECT_THAT(frame.colour, Pointwise(FloatNear(same_network_tolerance), file("colour.f32"))) << bundle;
  }
}

TEST(GeneratorMouth, IsNotThatOfABundleOfEyes) {
  const Told told = told_of(mouth_window);
  const Generator eyes_only = loaded("tiny_eyes");
  EXPECT_THAT(
      sentence_of<Error>([&] { eyes_only.initialize_windows(mouth_window, told.source, told.source_maps); }),
      HasSubstr("Windows of the mouth were given to"));
  EXPECT_FALSE(loaded("tiny_mouth").info().paints(eye_window));
}

TEST(GeneratorMouth, RefusesPlanesOfAnotherShape) {
  const Generator generator = loaded("tiny_mouth");
  const Told told = told_of(mouth_window);
  EXPECT_THAT(
      sentence_of<Error>([&] { generator.initialize_windows(mouth_window, told.warped, told.source_maps); }),
      HasSubstr("Of the mouth's picture 3 planes of 128x96 pixels were given where 3 of 160x160"));
  const WindowsState state = generator.initialize_windows(mouth_window, told.source, told.source_maps);
  EXPECT_THAT(sentence_of<Error>([&] { generator.paint_windows(state, told.warped, told.source_maps); }),
              HasSubstr("Of the mouth's maps 12 planes of 160x160 pixels were given where 12 of 128x96"));
}

TEST(GeneratorMouth, IsReportedWhenItTurnsNotFinite) {
  const Generator generator = loaded("not_finite_mouth_for_far_flow");
  Told told = told_of(mouth_window);
  const WindowsState state = generator.initialize_windows(mouth_window, told.source, told.source_maps);
  EXPECT_NO_THROW(generator.paint_windows(state, told.warped, told.driver_maps));
  *told.driver_maps.plane(0, conditioning::flow_y) = 6;
  EXPECT_THAT(sentence_of<ModelError>([&] { generator.paint_windows(state, told.warped, told.driver_maps); }),
              HasSubstr("the mouth's colour with values that are not finite"));
}

TEST(GeneratorMouth, IsPaintedInTheFasterPrecisionItHas) {
  const std::vector<float> exact = painted(loaded("mouth_with_bfloat16"), mouth_window).colour.values;
  const std::vector<float> faster =
      painted(loaded("mouth_with_bfloat16", Precision::automatic), mouth_window).colour.values;
  EXPECT_EQ(faster != exact, has_native_bfloat16());
}

TEST(GeneratorEyes, AreNotThoseOfABundleOfVersionOne) {
  const Generator generator = loaded("tiny");
  EXPECT_FALSE(generator.info().paints(eye_window));
  EXPECT_THAT(sentence_of<Error>([&] { generator.initialize_windows(eye_window, eyes(), eyes_maps()); }),
              HasSubstr("Windows of the eyes were given to"));
}

/// A state may be a view of what it was made from.
TEST(GeneratorEyes, AreKeptWhenTheirInputsAreGone) {
  const Generator generator = loaded("eyes_keep_inputs");
  WindowPlanes source = eyes();
  const WindowsState state = generator.initialize_windows(eye_window, source, eyes_maps());
  const PaintedWindows before = generator.paint_windows(state, warped(), driver_maps());
  std::fill(source.values.begin(), source.values.end(), 0.5F);
  EXPECT_EQ(generator.paint_windows(state, warped(), driver_maps()).colour.values, before.colour.values);
}

TEST(GeneratorEyes, RefusePlanesOfAnotherShape) {
  const Generator generator = loaded("tiny_eyes");
  const WindowsState state = generator.initialize_windows(eye_window, eyes(), eyes_maps());
  const auto refusal = [](auto&& call) { return sentence_of<Error>(call); };
  EXPECT_THAT(refusal([&] { generator.initialize_windows(eye_window, warped(), eyes_maps()); }),
              HasSubstr("3 planes of 96x64 pixels were given where 3 of 112x112 are needed"));
  EXPECT_THAT(refusal([&] { generator.initialize_windows(eye_window, eyes(), eyes()); }),
              HasSubstr("3 planes of 112x112 pixels were given where 12 of 112x112 are needed"));
  EXPECT_THAT(refusal([&] { generator.paint_windows(state, eyes(), driver_maps()); }),
              HasSubstr("3 planes of 112x112 pixels were given where 3 of 96x64 are needed"));
  EXPECT_THAT(refusal([&] { generator.paint_windows(state, warped(), warped()); }),
              HasSubstr("3 planes of 96x64 pixels were given where 12 of 96x64 are needed"));
  WindowPlanes one_eye(1, 3, eye_window.height, eye_window.width);
  EXPECT_THAT(refusal([&] { generator.paint_windows(state, one_eye, driver_maps()); }),
              HasSubstr("the eyes' warped picture"));
  EXPECT_THAT(refusal([&] { generator.paint_windows(WindowsState(), warped(), driver_maps()); }),
              HasSubstr("without initialize_windows()"));
}

TEST(GeneratorEyes, AreReportedWhenTheyTurnNotFinite) {
  const Generator generator = loaded("not_finite_eyes_for_far_flow");
  const WindowsState state = generator.initialize_windows(eye_window, eyes(), eyes_maps());
  WindowPlanes maps = driver_maps();
  EXPECT_NO_THROW(generator.paint_windows(state, warped(), maps));
  *maps.plane(1, conditioning::flow_y) = 6;
  EXPECT_THAT(sentence_of<ModelError>([&] { generator.paint_windows(state, warped(), maps); }),
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
