#include "batch/report.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "reenact/core/error.h"
#include "reenact/files/sha256.h"
#include "reenact/files/whole_file.h"
#include "support/files.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

class ResumedReport : public ::testing::Test {
 protected:
  ResumedReport() { testing::write_text(folder_ / "a.mp4", "video"); }

  /// What a report with these lines says of the item a.mp4 with the key "k".
  std::optional<ItemResult> finished(const std::string& lines) {
    testing::write_text(folder_ / "report.jsonl", lines);
    const BatchReport report(folder_.path(), {}, /*resume=*/true, /*overwrite=*/false);
    knows_ = report.knows(folder_ / "a.mp4");
    return report.finished({"a.png", "b.mp4", folder_ / "a.mp4"}, "k");
  }

  /// A line that says that a.mp4 is done, with more fields.
  static std::string done(const std::string& more) {
    return R"({"output":"a.mp4","key":"k","status":"done","sha256":{"a.mp4":")" + sha256_of_bytes("video") +
           "\"}" + more + "}\n";
  }

  testing::TemporaryDirectory folder_;
  bool knows_ = false;
};

TEST_F(ResumedReport, KeepsWhatIsDone) {
  const auto result = finished(done(R"(,"ours":true,"frames":3,"seconds":0.5,"incomplete":false)"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, ItemStatus::kept);
  EXPECT_EQ(result->frames, 3);
  EXPECT_TRUE(knows_);
}

TEST_F(ResumedReport, MakesAgainWhatChanged) {
  testing::write_text(folder_ / "a.mp4", "other");
  EXPECT_FALSE(finished(done("")));
  testing::write_text(folder_ / "a.mp4", "video");
  EXPECT_TRUE(finished(done("")));
  EXPECT_FALSE(finished(R"({"output":"a.mp4","key":"k","status":"done"})"));
  EXPECT_FALSE(finished(R"({"output":"a.mp4","key":"k","status":"started","sha256":{}})"));
  EXPECT_FALSE(finished(R"({"output":"a.mp4","key":"other","status":"done","sha256":{}})"));
}

TEST_F(ResumedReport, NamesNoFileThatTheItemDoesNotMake) {
  for (const char* name : {"other", "a_side_by_side.mp4"}) testing::write_text(folder_ / name, "video");
  const std::string hash = '"' + sha256_of_bytes("video") + '"';
  const auto with_files = [&](const std::string& files) {
    return finished(R"({"output":"a.mp4","key":"k","status":"done","sha256":{)" + files + "}}\n").has_value();
  };
  EXPECT_TRUE(with_files(R"("a.mp4":)" + hash));
  EXPECT_TRUE(with_files(R"("a.mp4":)" + hash + R"(,"a_side_by_side.mp4":)" + hash));
  EXPECT_FALSE(with_files("")) << "nothing vouches for the file";
  EXPECT_FALSE(with_files(R"("a.mp4":)" + hash + R"(,"other":)" + hash));
  EXPECT_FALSE(with_files(R"("a.mp4":)" + hash + ",\"" + (folder_ / "other").string() + "\":" + hash));
}

TEST_F(ResumedReport, IsNoLinkAndNoPipe) {
  const std::filesystem::path path = folder_ / "report.jsonl";
  testing::write_text(folder_ / "somebody's", "text");
  for (const bool resume : {false, true}) {
    std::filesystem::create_symlink("somebody's", path);
    EXPECT_THROW(BatchReport(folder_.path(), {}, resume, /*overwrite=*/true), OutputError);
    std::filesystem::remove(path);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_THROW(BatchReport(folder_.path(), {}, resume, /*overwrite=*/true), OutputError);
    std::filesystem::remove(path);
  }
  EXPECT_EQ(read_file(folder_ / "somebody's", 100), "text");
  ASSERT_EQ(::mkfifo((folder_ / "report-of-another.jsonl").c_str(), 0600), 0);
  EXPECT_TRUE(finished(done(""))) << "a pipe is not waited for";
}

TEST_F(ResumedReport, PassesOverLinesWithOtherTypes) {
  for (const char* more :
       {R"(,"ours":1)", R"(,"frames":"3")", R"(,"frames":0.5)", R"(,"seconds":[])", R"(,"incomplete":{})"}) {
    EXPECT_FALSE(finished(done(more))) << more;
    EXPECT_FALSE(knows_) << more;
  }
}

TEST_F(ResumedReport, KnowsFilesWhoseNamesAreNotUtf8) {
  const std::filesystem::path output = folder_ / "\xFF.mp4";
  testing::write_text(output, "video");
  {
    BatchReport report(folder_.path(), {}, /*resume=*/false, /*overwrite=*/false);
    report.started({"a", "b", output}, "k");
    ItemResult done;
    done.status = ItemStatus::done;
    done.outputs = {output};
    report.ended({"a", "b", output}, "k", done);
  }
  const BatchReport again(folder_.path(), {}, /*resume=*/true, /*overwrite=*/false);
  EXPECT_TRUE(again.knows(output));
  EXPECT_TRUE(again.finished({"a", "b", output}, "k"));
}

TEST_F(ResumedReport, GoesOnBehindALineWithoutEnd) {
  EXPECT_TRUE(finished(std::string(3U << 20U, '[') + "\n" + done("")));
  EXPECT_TRUE(finished("{\"output\":\"a.m\n" + done("")));
}

}  // namespace
}  // namespace reenact
