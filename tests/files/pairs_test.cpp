#include "reenact/files/pairs.h"

#include <gtest/gtest.h>

#include "reenact/core/error.h"
#include "support/temporary_directory.h"
#include "support/tree.h"

namespace reenact {
namespace {

using testing::message_of;
using testing::put;
using testing::TemporaryDirectory;

class PairList : public ::testing::Test {
 protected:
  void SetUp() override {
    put(folder_ / "photos/anna, young.jpg");
    put(folder_ / "clips/talk.mp4");
    put(folder_ / "out/anna.mp4");
  }

  std::string refusal(const std::string& csv) {
    const auto path = put(folder_ / "pairs.csv", csv);
    return message_of<InputError>([&] { read_pairs(path); });
  }

  TemporaryDirectory folder_;
};

TEST_F(PairList, ColumnsInAnyOrderAndPathsBesideTheFile) {
  const auto path = put(folder_ / "pairs.csv",
                        "person,driver,source,result\r\n"
                        "anna,clips/talk.mp4,\"photos/anna, young.jpg\",out/anna.mp4\r\n"
                        ",clips/talk.mp4,\"photos/anna, young.jpg\",\r\n");
  const std::vector<MediaPair> pairs = read_pairs(path);
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs[0].source, folder_ / "photos/anna, young.jpg");
  EXPECT_EQ(pairs[0].driver, folder_ / "clips/talk.mp4");
  EXPECT_EQ(pairs[0].result, folder_ / "out/anna.mp4");
  EXPECT_EQ(pairs[0].person, "anna");
  EXPECT_EQ(pairs[1].person, "anna, young");
  EXPECT_TRUE(pairs[1].result.empty());
}

TEST_F(PairList, AbsolutePathsStay) {
  const std::string driver = (folder_ / "clips/talk.mp4").string();
  const auto path = put(folder_ / "lists/pairs.csv", "source,driver\n" + driver + "," + driver + "\n");
  EXPECT_EQ(read_pairs(path).at(0).source, driver);
}

TEST_F(PairList, SaysWhatIsWrongAndWhere) {
  EXPECT_NE(refusal("").find("has no pairs"), std::string::npos);
  EXPECT_NE(refusal("source,driver\n").find("has no pairs"), std::string::npos);
  EXPECT_NE(refusal("source,target\na,b\n").find("column 'target'"), std::string::npos);
  EXPECT_NE(refusal("source,person\na,b\n").find("no column 'driver'"), std::string::npos);
  EXPECT_NE(refusal("source,driver,source\na,b,c\n").find("twice"), std::string::npos);
  EXPECT_NE(refusal("source,driver\n\nclips/talk.mp4\n").find("line 3 has 1 fields instead of 2"),
            std::string::npos);
  EXPECT_NE(refusal("source,driver\n,clips/talk.mp4\n").find("line 2 has no source"), std::string::npos);
  EXPECT_NE(refusal("source,driver\nclips/talk.mp4,none.mp4\n").find("does not exist"), std::string::npos);
}

TEST_F(PairList, MissingFile) { EXPECT_THROW(read_pairs(folder_ / "none.csv"), InputError); }

TEST(VideoFolder, NaturalOrderAndVideosAlone) {
  const TemporaryDirectory folder;
  for (const char* name :
       {"clip10.mp4", "clip2.mp4", "clip1.MP4", ".clip0.mp4", "notes.txt", "more/clip3.mp4"}) {
    put(folder / name);
  }
  std::vector<std::string> names;
  for (const auto& path : list_videos(folder.path())) names.push_back(path.filename().string());
  EXPECT_EQ(names, (std::vector<std::string>{"clip1.MP4", "clip2.mp4", "clip10.mp4"}));
}

TEST(VideoFolder, WithoutVideos) {
  const TemporaryDirectory folder;
  EXPECT_THROW(list_videos(folder.path()), InputError);
  EXPECT_THROW(list_videos(folder / "none"), InputError);
}

}  // namespace
}  // namespace reenact
