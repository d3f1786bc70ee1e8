#include "reenact/files/atomic_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "reenact/core/error.h"
#include "reenact/files/whole_file.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryDirectory;

std::ptrdiff_t entries(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

TEST(AtomicFile, AppearsWhenItIsComplete) {
  const TemporaryDirectory folder;
  const fs::path path = folder / "result";
  {
    AtomicFile file(path);
    file.write("whole");
    EXPECT_FALSE(fs::exists(path));
    file.commit();
  }
  EXPECT_EQ(read_file(path, 100), "whole");
  EXPECT_EQ(entries(folder.path()), 1);
}

TEST(AtomicFile, LeavesWhatWasThereWithoutCommit) {
  const TemporaryDirectory folder;
  write_file(folder / "result", "old");
  AtomicFile(folder / "result").write("new");
  EXPECT_EQ(read_file(folder / "result", 100), "old");
  EXPECT_EQ(entries(folder.path()), 1);
}

TEST(AtomicFile, TwoWritersOfOneNameDoNotMeet) {
  const TemporaryDirectory folder;
  AtomicFile first(folder / "result");
  AtomicFile second(folder / "result");
  first.write("first");
  second.write("second, which is longer");
  first.commit();
  EXPECT_EQ(read_file(folder / "result", 100), "first");
  second.commit();
  EXPECT_EQ(read_file(folder / "result", 100), "second, which is longer");
}

TEST(AtomicFile, WhoReadsTheOldFileGoesOnReadingIt) {
  const TemporaryDirectory folder;
  write_file(folder / "result", "old");
  fs::create_hard_link(folder / "result", folder / "read");
  write_file(folder / "result", "new");
  EXPECT_EQ(read_file(folder / "read", 100), "old");
  EXPECT_EQ(read_file(folder / "result", 100), "new");
}

TEST(AtomicFile, AFolderReplacesAFolder) {
  const TemporaryDirectory folder;
  const fs::path old = folder / "frames";
  fs::create_directory(old);
  write_file(old / "1.png", "old");
  {
    AtomicFile made(old);
    fs::create_directory(made.path());
    write_file(made.path() / "2.png", "new");
    made.commit();
  }
  EXPECT_FALSE(fs::exists(old / "1.png"));
  EXPECT_EQ(read_file(old / "2.png", 100), "new");
  EXPECT_EQ(entries(folder.path()), 1);
}

TEST(AtomicFile, TakesTheLongestNames) {
  const TemporaryDirectory folder;
  const fs::path path = folder / std::string(255, 'n');
  write_file(path, "kept");
  EXPECT_EQ(read_file(path, 100), "kept");
}

TEST(AtomicFile, RemovesWhatAKilledProcessLeft) {
  const TemporaryDirectory folder;
  for (const std::string& name : {std::string("result.mp4"), std::string(250, 'n')}) {
    AtomicFile left(folder / name);
    left.write("partial");
    AtomicFile other(folder / "other.mp4");
    other.write("partial");
    const fs::path named_alike = folder / ".result.mp4.notes.part";
    write_file(named_alike, "kept");
    remove_partial_files(folder / name);
    EXPECT_FALSE(fs::exists(left.path()));
    EXPECT_TRUE(fs::exists(other.path()));
    EXPECT_TRUE(fs::exists(named_alike));
  }
}

TEST(AtomicFile, ReplacesNoDeviceNoPipeAndNoSocket) {
  const TemporaryDirectory folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  fs::create_symlink("pipe", folder / "link");
  fs::create_symlink("/dev/null", folder / "null");
  fs::create_symlink("/proc/self/fd/1", folder / "stdout");
  fs::create_symlink("loop", folder / "loop");
  for (const char* name : {"pipe", "link", "null", "stdout", "loop"}) {
    EXPECT_THROW(AtomicFile(folder / name), OutputError) << name;
    EXPECT_THROW(write_file(folder / name, "x"), OutputError) << name;
  }
  EXPECT_THROW(AtomicFile("/dev/null"), OutputError);
  EXPECT_THROW(AtomicFile("/dev/stdout"), OutputError);
  EXPECT_EQ(entries(folder.path()), 5);
}

TEST(AtomicFile, ReplacesNoLinkToAnOpenFile) {
  const TemporaryDirectory folder;
  const int opened = ::open((folder / "log").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  ASSERT_GE(opened, 0);
  fs::create_symlink("/proc/self/fd/" + std::to_string(opened), folder / "stdout");
  EXPECT_THROW(AtomicFile(folder / "stdout"), OutputError);
  ::close(opened);
}

TEST(AtomicFile, ReplacesALinkAndNotWhatItLeadsTo) {
  const TemporaryDirectory folder;
  write_file(folder / "kept", "old");
  fs::create_symlink("kept", folder / "link");
  fs::create_symlink("absent", folder / "dangling");
  write_file(folder / "link", "new");
  write_file(folder / "dangling", "new");
  EXPECT_EQ(read_file(folder / "kept", 100), "old");
  EXPECT_EQ(read_file(folder / "link", 100), "new");
  EXPECT_EQ(entries(folder.path()), 3);
}

TEST(AtomicFile, KeepsWhatAnotherMadeMeanwhile) {
  const TemporaryDirectory folder;
  for (const bool is_folder : {false, true}) {
    const fs::path path = folder / (is_folder ? "frames" : "result");
    AtomicFile first(path, AtomicFile::Existing::kept);
    AtomicFile second(path, AtomicFile::Existing::kept);
    for (const AtomicFile* file : {&first, &second}) {
      if (is_folder) fs::create_directory(file->path());
      if (!is_folder) file->write(file == &first ? "first" : "second");
    }
    if (is_folder) write_file(first.path() / "1.png", "first");
    first.commit();
    EXPECT_THROW(second.commit(), OutputError);
    EXPECT_EQ(read_file(is_folder ? path / "1.png" : path, 100), "first");
  }
}

TEST(AtomicFile, RefusesNamesThatNoFileCanHaveBeforeAnythingIsWritten) {
  const TemporaryDirectory folder;
  EXPECT_THROW(AtomicFile(folder / std::string(256, 'n')), OutputError);
  EXPECT_THROW(AtomicFile(folder / std::string(5000, '/') / "n"), OutputError);
}

TEST(AtomicFile, SaysWhereItCannotBeWritten) {
  const TemporaryDirectory folder;
  EXPECT_THROW(write_file(folder / "absent/result", "x"), OutputError);
  fs::create_directory(folder / "taken");
  EXPECT_THROW(write_file(folder / "taken", "x"), OutputError);
}

TEST(WholeFile, RefusesWhatIsNoFileOrTooLarge) {
  const TemporaryDirectory folder;
  write_file(folder / "ten", "0123456789");
  EXPECT_EQ(read_file(folder / "ten", 10), "0123456789");
  EXPECT_THROW(read_file(folder / "ten", 9), InputError);
  EXPECT_THROW(read_file(folder / "absent", 9), InputError);
  EXPECT_THROW(read_file<ModelError>(folder.path(), 9), ModelError);
}

}  // namespace
}  // namespace reenact
