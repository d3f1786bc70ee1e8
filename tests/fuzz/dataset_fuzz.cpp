#include <cstdint>
#include <string>

#include "reenact/core/error.h"
#include "reenact/study/datasets.h"
#include "support/files.h"
#include "support/temporary_directory.h"

namespace {

namespace fs = std::filesystem;
using reenact::DatasetKind;
using reenact::testing::write_text;

/// A tree of each data set with one item.
const fs::path& trees() {
  static const reenact::testing::TemporaryDirectory directory;
  static const bool made = [] {
    for (const char* file : {"vox/mp4/id00012/a/1.mp4", "hq/vox1/origin_faces/Ann/1.jpg",
                             "celebv/Ann/Image/1.jpg", "nemo/videos/001_deliberate_smile_2.mp4"}) {
      fs::create_directories((directory / file).parent_path());
      write_text(directory / file, "");
    }
    return true;
  }();
  static_cast<void>(made);
  return directory.path();
}

}  // namespace

/// The list that each data set has beside its files.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const struct {
    DatasetKind kind;
    const char* list;
    const char* split;
  } cases[] = {{DatasetKind::voxceleb2, "vox/vox2_meta.csv", "test"},
               {DatasetKind::hq_voxceleb, "hq/split.json", "val"},
               {DatasetKind::celebv, "celebv/Ann/test_98pt.txt", "test"},
               {DatasetKind::uva_nemo, "nemo/UvA-NEMO_Smile_Database_File_Details.txt", "deliberate"}};
  for (const auto& [kind, list, split] : cases) {
    write_text(trees() / list, text);
    try {
      const fs::path root = trees() / fs::path(list).begin()->string();
      reenact::list_dataset(kind, root, split);
    } catch (const reenact::Error&) {
    }
  }
  return 0;
}
