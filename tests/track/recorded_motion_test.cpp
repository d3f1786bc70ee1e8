#include <gtest/gtest.h>

#include "reenact/core/error.h"
#include "reenact/track/motion_source.h"
#include "support/synthetic_face.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

TEST(RecordedMotion, BelongsToTheFaceModelItWasTrackedWith) {
  const FaceModel model = test::make_synthetic_face();
  const testing::TemporaryDirectory folder;
  MotionHeader header;
  header.width = 64;
  header.height = 48;
  header.face_model = model.name;
  header.expression_names = model.expression_names;
  MotionFileWriter writer(folder / "clip.jsonl", header, false);
  writer.finish();
  writer.commit();
  EXPECT_EQ(RecordedMotion(folder / "clip.jsonl", model).header().face_model, model.name);

  FaceModel other = model;
  other.name = "another";
  EXPECT_THROW(RecordedMotion(folder / "clip.jsonl", other), InputError);
  other = model;
  std::swap(other.expression_names.front(), other.expression_names.back());
  EXPECT_THROW(RecordedMotion(folder / "clip.jsonl", other), InputError);
}

}  // namespace
}  // namespace reenact
