#include "reenact/files/sha256.h"

#include <gtest/gtest.h>

#include "reenact/core/error.h"
#include "support/files.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

// FIPS 180-4 examples.
constexpr const char* sha256_of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* sha256_of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* sha256_of_million_a =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, OfBytes) {
  EXPECT_EQ(sha256_of_bytes(""), sha256_of_nothing);
  EXPECT_EQ(sha256_of_bytes("abc"), sha256_of_abc);
}

TEST(Sha256, OfFilesShorterAndLongerThanAChunk) {
  const testing::TemporaryDirectory directory;
  testing::write_text(directory / "empty", "");
  testing::write_text(directory / "abc", "abc");
  testing::write_text(directory / "long", std::string(1000000, 'a'));
  EXPECT_EQ(sha256_of_file(directory / "empty"), sha256_of_nothing);
  EXPECT_EQ(sha256_of_file(directory / "abc"), sha256_of_abc);
  EXPECT_EQ(sha256_of_file(directory / "long"), sha256_of_million_a);
}

TEST(Sha256, MissingFilesAndFoldersAreInputErrors) {
  const testing::TemporaryDirectory directory;
  EXPECT_THROW(sha256_of_file(directory / "missing"), InputError);
  EXPECT_THROW(sha256_of_file(directory.path()), InputError);
}

}  // namespace
}  // namespace reenact
