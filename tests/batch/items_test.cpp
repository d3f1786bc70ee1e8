#include "reenact/batch/items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reenact/core/error.h"

namespace reenact {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> outputs_of(const std::vector<BatchItem>& items) {
  std::vector<std::string> names;
  for (const BatchItem& item : items) names.push_back(item.output.string());
  return names;
}

TEST(PairItems, MakesAProductSourceBySource) {
  const auto items = pair_items({"a.jpg", "b.jpg"}, {"x.mp4", "y.mov"}, Pairing::product, "out");
  EXPECT_THAT(outputs_of(items),
              ElementsAre("out/a_as_x.mp4", "out/a_as_y.mp4", "out/b_as_x.mp4", "out/b_as_y.mp4"));
}

TEST(PairItems, ZipsListsOfOneLength) {
  const auto items = pair_items({"a.jpg", "b.jpg"}, {"x.mp4", "y.mp4"}, Pairing::zip, "out");
  EXPECT_THAT(outputs_of(items), ElementsAre("out/a_as_x.mp4", "out/b_as_y.mp4"));
  EXPECT_THROW(pair_items({"a.jpg"}, {"x.mp4", "y.mp4"}, Pairing::zip, "out"), UsageError);
}

TEST(PairItems, TellsFilesOfOneStemApart) {
  const auto items =
      pair_items({"1/a.jpg", "1/a.png", "2/a.png", "b.png"}, {"x.mp4"}, Pairing::product, "out");
  EXPECT_THAT(outputs_of(items), ElementsAre("out/a.jpg_as_x.mp4.mp4", "out/a.png_as_x.mp4.mp4",
                                             "out/a.png_as_x.mp4_2.mp4", "out/b_as_x.mp4"));
}

TEST(PairItems, MakesAPictureOfAPictureAndNamesAFolderOfPicturesByItsName) {
  const auto items = pair_items({"a.jpg"}, {"face.png", "frames/"}, Pairing::product, "out");
  EXPECT_THAT(outputs_of(items), ElementsAre("out/a_as_face.png", "out/a_as_frames.mp4"));
}

TEST(ShardOf, DividesAListWithoutGapOrOverlap) {
  std::vector<BatchItem> items;
  for (int i = 0; i < 10; ++i) items.push_back({std::to_string(i), "d", "o"});
  for (const int count : {1, 3, 10, 13}) {
    std::vector<std::string> seen;
    for (int index = 1; index <= count; ++index) {
      for (const BatchItem& item : shard_of(items, {index, count})) seen.push_back(item.source.string());
    }
    EXPECT_THAT(seen, ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
  }
  EXPECT_THROW(shard_of(items, {0, 3}), UsageError);
  EXPECT_THROW(shard_of(items, {4, 3}), UsageError);
}

}  // namespace
}  // namespace reenact
