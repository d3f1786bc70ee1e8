#include "reenact/study/datasets.h"

#include <gtest/gtest.h>

#include "reenact/core/error.h"
#include "support/temporary_directory.h"
#include "support/tree.h"

namespace reenact {
namespace {

using testing::message_of;
using testing::put;

std::vector<std::string> names_of(const std::vector<DatasetItem>& items) {
  std::vector<std::string> names;
  for (const DatasetItem& item : items) names.push_back(item.name);
  return names;
}

using Names = std::vector<std::string>;

class DatasetTree : public ::testing::Test {
 protected:
  std::filesystem::path root() const { return folder_.path(); }

  std::string refusal(DatasetKind kind, const std::string& split) const {
    return message_of<InputError>([&] { list_dataset(kind, root(), split); });
  }

  testing::TemporaryDirectory folder_;
};

void expect_part(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

using VoxCeleb2 = DatasetTree;

TEST_F(VoxCeleb2, DevAndTestFolders) {
  put(root() / "dev/mp4/id00012/21Uxsk56VDQ/00001.mp4");
  put(root() / "dev/mp4/id00012/21Uxsk56VDQ/00010.mp4");
  put(root() / "dev/mp4/id00012/21Uxsk56VDQ/00002.mp4");
  put(root() / "dev/aac/id00012/21Uxsk56VDQ/00001.m4a");
  put(root() / "test/mp4/id00017/01dfn2spqyE/00001.mp4");
  const std::vector<DatasetItem> dev = list_dataset(DatasetKind::voxceleb2, root(), "dev");
  EXPECT_EQ(names_of(dev),
            (Names{"id00012/21Uxsk56VDQ/00001", "id00012/21Uxsk56VDQ/00002", "id00012/21Uxsk56VDQ/00010"}));
  EXPECT_EQ(dev[0].person, "id00012");
  EXPECT_EQ(dev[0].split, "dev");
  EXPECT_EQ(dev[0].video, root() / "dev/mp4/id00012/21Uxsk56VDQ/00001.mp4");
  EXPECT_EQ(dev[0].audio, root() / "dev/aac/id00012/21Uxsk56VDQ/00001.m4a");
  EXPECT_TRUE(dev[1].audio.empty());
  EXPECT_EQ(names_of(list_dataset(DatasetKind::voxceleb2, root(), "test")),
            (Names{"id00017/01dfn2spqyE/00001"}));
  EXPECT_EQ(list_dataset(DatasetKind::voxceleb2, root(), "all").size(), 4U);
}

TEST_F(VoxCeleb2, VisitsFolderByFolder) {
  put(root() / "test/mp4/id00012/21Uxsk56VDQ/00001.mp4");
  put(root() / "dev/mp4/id00017/01dfn2spqyE/00002.mp4");
  put(root() / "dev/mp4/id00017/01dfn2spqyE/00010.mp4");
  Names visited;
  visit_dataset(DatasetKind::voxceleb2, root(), "all",
                [&](const DatasetItem& item) { visited.push_back(item.name); });
  EXPECT_EQ(visited,
            (Names{"id00017/01dfn2spqyE/00002", "id00017/01dfn2spqyE/00010", "id00012/21Uxsk56VDQ/00001"}));
}

TEST_F(VoxCeleb2, SplitFromTheTableWithSpacesBeforeCommas) {
  put(root() / "mp4/id00012/21Uxsk56VDQ/00001.mp4");
  put(root() / "mp4/id00017/01dfn2spqyE/00001.mp4");
  put(root() / "vox2_meta.csv",
      "VoxCeleb2 ID ,VGGFace2 ID ,Gender ,Set\nid00012 ,n000012 ,m ,dev\nid00017 ,n000017 ,m ,test\n");
  const std::vector<DatasetItem> test = list_dataset(DatasetKind::voxceleb2, root(), "test");
  EXPECT_EQ(names_of(test), (Names{"id00017/01dfn2spqyE/00001"}));
  EXPECT_EQ(test[0].split, "test");
}

TEST_F(VoxCeleb2, SaysWhatIsMissing) {
  expect_part(refusal(DatasetKind::voxceleb2, "dev"), "a folder dev/mp4, test/mp4 or mp4");
  put(root() / "mp4/id00012/21Uxsk56VDQ/00001.mp4");
  expect_part(refusal(DatasetKind::voxceleb2, "dev"), "vox2_meta.csv");
  EXPECT_EQ(list_dataset(DatasetKind::voxceleb2, root(), "all").size(), 1U);
  put(root() / "vox2_meta.csv", "id,set\nid00012,dev\n");
  expect_part(refusal(DatasetKind::voxceleb2, "dev"), "does not start with the columns");
  put(root() / "vox2_meta.csv", "VoxCeleb2 ID ,VGGFace2 ID ,Gender ,Set\nid00012 ,n000012 ,m ,train\n");
  expect_part(refusal(DatasetKind::voxceleb2, "dev"), "line 2 does not end with dev or test");
  put(root() / "vox2_meta.csv", "VoxCeleb2 ID ,VGGFace2 ID ,Gender ,Set\nid00099 ,n000012 ,m ,dev\n");
  expect_part(refusal(DatasetKind::voxceleb2, "dev"), "must say whether id00012 is dev or test");
}

TEST_F(VoxCeleb2, OddFolderNames) {
  put(root() / "dev/mp4/Aaron/21Uxsk56VDQ/00001.mp4");
  expect_part(refusal(DatasetKind::voxceleb2, "dev"), "named like id00012");
}

TEST_F(VoxCeleb2, EmptySplit) {
  put(root() / "dev/mp4/id00012/21Uxsk56VDQ/00001.mp4");
  expect_part(refusal(DatasetKind::voxceleb2, "test"), "no items of the split test");
}

using HqVoxCeleb = DatasetTree;

TEST_F(HqVoxCeleb, OnePersonPerItem) {
  put(root() / "vox1/origin_faces/Alex_Borstein/10.jpg");
  put(root() / "vox1/origin_faces/Alex_Borstein/2.jpg");
  put(root() / "vox1/masked_faces/Alex_Borstein/2.jpg");
  put(root() / "vox2/origin_faces/Aaron_Ashmore/1.png");
  const std::vector<DatasetItem> items = list_dataset(DatasetKind::hq_voxceleb, root(), "all");
  EXPECT_EQ(names_of(items), (Names{"vox1/Alex_Borstein", "vox2/Aaron_Ashmore"}));
  EXPECT_EQ(items[0].person, "Alex_Borstein");
  const auto faces = root() / "vox1/origin_faces/Alex_Borstein";
  EXPECT_EQ(items[0].images, (std::vector<std::filesystem::path>{faces / "2.jpg", faces / "10.jpg"}));
  EXPECT_TRUE(items[0].video.empty());
  EXPECT_FALSE(items[0].in_order);
}

TEST_F(HqVoxCeleb, SplitList) {
  put(root() / "vox1/origin_faces/Alex_Borstein/1.jpg");
  put(root() / "vox2/origin_faces/Aaron_Ashmore/1.jpg");
  put(root() / "split.json",
      R"({"vox1": {"train": ["Alex_Borstein"], "val": [], "test": []},
          "vox2": {"train": [], "val": [], "test": ["Aaron_Ashmore"]}})");
  EXPECT_EQ(names_of(list_dataset(DatasetKind::hq_voxceleb, root(), "train")), (Names{"vox1/Alex_Borstein"}));
  EXPECT_EQ(names_of(list_dataset(DatasetKind::hq_voxceleb, root(), "test")), (Names{"vox2/Aaron_Ashmore"}));
}

TEST_F(HqVoxCeleb, FoldersOfPeopleAlone) {
  put(root() / "Bear_Grylls/1.jpg");
  EXPECT_EQ(names_of(list_dataset(DatasetKind::hq_voxceleb, root(), "all")), (Names{"Bear_Grylls"}));
  expect_part(refusal(DatasetKind::hq_voxceleb, "test"), "split.json is needed");
}

TEST_F(HqVoxCeleb, OddTrees) {
  expect_part(refusal(DatasetKind::hq_voxceleb, "all"), "no items");
  put(root() / "vox1/faces/Alex_Borstein/1.jpg");
  expect_part(refusal(DatasetKind::hq_voxceleb, "all"), "origin_faces");
  put(root() / "vox1/origin_faces/Alex_Borstein/1.jpg");
  for (const char* list :
       {"not json", "[]", R"({"vox1": {"train": 1, "val": [], "test": []}})", R"({"vox1": 3})"}) {
    put(root() / "split.json", list);
    expect_part(refusal(DatasetKind::hq_voxceleb, "train"), "is not a split list");
  }
}

using CelebV = DatasetTree;

TEST_F(CelebV, FramesInTheOrderOfTheList) {
  for (const char* name : {"3.jpg", "12.jpg", "100.jpg"}) put(root() / "Kathleen/Image" / name);
  const auto images = root() / "Kathleen/Image";
  const std::vector<DatasetItem> unlisted = list_dataset(DatasetKind::celebv, root(), "all");
  ASSERT_EQ(names_of(unlisted), (Names{"Kathleen"}));
  EXPECT_EQ(unlisted[0].images,
            (std::vector<std::filesystem::path>{images / "3.jpg", images / "12.jpg", images / "100.jpg"}));

  put(root() / "Kathleen/all_98pt.txt", "1.5 2.5 12.jpg\n1.5 2.5 100.jpg\r\n\n3.jpg\n");
  put(root() / "Kathleen/test_98pt.txt", "1.5 2.5 3.jpg\n");
  EXPECT_TRUE(unlisted[0].in_order);
  EXPECT_EQ(list_dataset(DatasetKind::celebv, root(), "all").at(0).images,
            (std::vector<std::filesystem::path>{images / "12.jpg", images / "100.jpg", images / "3.jpg"}));
  const std::vector<DatasetItem> test = list_dataset(DatasetKind::celebv, root(), "test");
  EXPECT_EQ(test.at(0).images, (std::vector<std::filesystem::path>{images / "3.jpg"}));
  EXPECT_EQ(test.at(0).split, "test");
}

TEST_F(CelebV, OddTrees) {
  put(root() / "Kathleen/frames/1.jpg");
  expect_part(refusal(DatasetKind::celebv, "all"), "a folder Image is expected");
  put(root() / "Kathleen/Image/1.jpg");
  expect_part(refusal(DatasetKind::celebv, "train"), "train_98pt.txt");
  put(root() / "secret.jpg");
  put(root() / "Kathleen/train_98pt.txt", "1.5 2.5 ../../secret.jpg\n");
  expect_part(refusal(DatasetKind::celebv, "train"), "line 1 does not end with the name of a picture");
  put(root() / "Kathleen/train_98pt.txt", "1.5 2.5 1.jpg\n1.5 2.5 9.jpg\n");
  expect_part(refusal(DatasetKind::celebv, "train"), "line 2 names 9.jpg, which is not in");
}

using UvaNemo = DatasetTree;

TEST_F(UvaNemo, SubjectsFromTheList) {
  put(root() / "videos/001_deliberate_smile_2.mp4");
  put(root() / "videos/002_spontaneous_smile_1.avi");
  std::vector<DatasetItem> items = list_dataset(DatasetKind::uva_nemo, root(), "all");
  ASSERT_EQ(names_of(items), (Names{"001_deliberate_smile_2", "002_spontaneous_smile_1"}));
  EXPECT_EQ(items[0].person, "001");
  EXPECT_EQ(items[0].split, "deliberate");

  put(root() / "UvA-NEMO_Smile_Database_File_Details.txt",
      "UvA-NEMO Smile Database\n\nFile list\n\nFilename\tSubject Code\tGender\tAge\tSmile\n"
      "001_deliberate_smile_2.mp4\t045\tmale\t23\tdeliberate\n"
      "002_spontaneous_smile_1.avi\t046\tfemale\t31\tspontaneous\n");
  items = list_dataset(DatasetKind::uva_nemo, root(), "spontaneous");
  ASSERT_EQ(names_of(items), (Names{"002_spontaneous_smile_1"}));
  EXPECT_EQ(items[0].person, "046");
}

TEST_F(UvaNemo, OddTrees) {
  expect_part(refusal(DatasetKind::uva_nemo, "all"), "a folder videos");
  put(root() / "videos/smile.mp4");
  expect_part(refusal(DatasetKind::uva_nemo, "all"), "named like 001_deliberate_smile_2.mp4");
  std::filesystem::remove(root() / "videos/smile.mp4");
  put(root() / "videos/001_deliberate_smile_2.mp4");
  put(root() / "UvA-NEMO_Smile_Database_File_Details.txt", "nothing here\n");
  expect_part(refusal(DatasetKind::uva_nemo, "all"), "lists no videos");
  put(root() / "UvA-NEMO_Smile_Database_File_Details.txt", "009_deliberate_smile_1.mp4\t009\n");
  expect_part(refusal(DatasetKind::uva_nemo, "all"), "is not listed in");
}

TEST_F(DatasetTree, UnknownNames) {
  EXPECT_EQ(parse_dataset_kind("hq-voxceleb"), DatasetKind::hq_voxceleb);
  EXPECT_THROW(parse_dataset_kind("imagenet"), UsageError);
  EXPECT_THROW(list_dataset(DatasetKind::celebv, root(), "dev"), UsageError);
  EXPECT_THROW(list_dataset(DatasetKind::celebv, root() / "none", "all"), InputError);
}

}  // namespace
}  // namespace reenact
