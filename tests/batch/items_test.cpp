#include "reenact/batch/items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "reenact/core/error.h"
#include "support/temporary_directory.h"

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

TEST(PairItems, NamesManyOfOneNameAtOnce) {
  constexpr std::size_t count = 50'000;
  const std::vector<std::filesystem::path> sources(count, "a.jpg");
  const auto items = pair_items(sources, {"x.mp4"}, Pairing::product, "out");
  std::set<std::filesystem::path> names;
  for (const BatchItem& item : items) names.insert(item.output);
  EXPECT_EQ(names.size(), count);
  EXPECT_EQ(items.back().output, "out/a.jpg_as_x.mp4_50000.mp4");
}

TEST(PairItems, MakesAPictureOfAPictureAndNamesAFolderOfPicturesByItsName) {
  const auto items = pair_items({"a.jpg"}, {"face.png", "frames/"}, Pairing::product, "out");
  EXPECT_THAT(outputs_of(items), ElementsAre("out/a_as_face.png", "out/a_as_frames.mp4"));
}

TEST(PairItems, NamesOfPicturesAreNoPatterns) {
  const auto items = pair_items({"100%d.jpg"}, {"face.png", "clip.mp4"}, Pairing::product, "out");
  EXPECT_THAT(outputs_of(items), ElementsAre("out/100_d_as_face.png", "out/100%d_as_clip.mp4"));
}

TEST(PairItems, ShortensNamesThatNoFileCanHave) {
  const std::string long_name(200, 'a');
  const auto items =
      pair_items({long_name + "1.jpg", long_name + "2.jpg"}, {long_name + ".mp4"}, Pairing::product, "out");
  ASSERT_EQ(items.size(), 2U);
  for (const BatchItem& item : items) {
    EXPECT_LT(item.output.filename().string().size() + std::string("_side_by_side").size(), 256U);
    EXPECT_EQ(item.output.filename().string().substr(0, 200), long_name);
  }
  EXPECT_NE(items[0].output, items[1].output);
  // A character of several bytes is not cut in two.
  std::string greek;
  for (int i = 0; i < 120; ++i) greek += "α";
  const std::string name =
      pair_items({greek + ".jpg"}, {"x.mp4"}, Pairing::product, "out")[0].output.stem().string();
  EXPECT_EQ(name.find('-') % 2, 0U);
}

TEST(CountUnused, CountsFilesOfFoldersThatNothingReads) {
  const testing::TemporaryDirectory folder;
  for (const char* name : {"a.mp4", "b.TS", "c.gif", "notes.txt", "d.jfif", ".hidden"})
    std::ofstream(folder / name) << "x";
  std::filesystem::create_directory(folder / "below");
  const std::vector<std::string> named = {folder.path().string()};
  const auto drivers = expand_drivers(named);
  EXPECT_EQ(drivers.size(), 3U);
  EXPECT_EQ(count_unused(named, drivers), 2U);
  const auto sources = expand_sources(named);
  EXPECT_EQ(sources.size(), 1U);
  EXPECT_EQ(count_unused(named, sources), 4U);
  EXPECT_EQ(count_unused(named, {folder.path()}), 0U);
  EXPECT_EQ(count_unused({(folder / "a.mp4").string()}, {}), 0U);
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
