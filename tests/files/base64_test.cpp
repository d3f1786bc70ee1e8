#include "reenact/files/base64.h"

#include <gtest/gtest.h>

#include "reenact/files/crc32.h"

namespace reenact {
namespace {

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

TEST(Base64, IsThatOfRfc4648) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, encoded] : vectors) {
    EXPECT_EQ(to_base64(bytes_of(text)), encoded);
    EXPECT_EQ(from_base64(encoded), bytes_of(text));
  }
}

TEST(Base64, KeepsAllBytes) {
  std::vector<std::uint8_t> bytes;
  for (int i = 0; i < 1000; ++i) bytes.push_back(static_cast<std::uint8_t>(i * 7));
  EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
}

TEST(Base64, RefusesWhatIsNotBase64) {
  for (const char* text : {"Zg", "Zg=", "Zg==Zg==", "Z\n==", "Zh==", "====", "Zm9\xff", "Zm 9"}) {
    EXPECT_FALSE(from_base64(text).has_value()) << text;
  }
}

TEST(Crc32, IsThatOfZlib) {
  EXPECT_EQ(crc32_of({}), 0U);
  EXPECT_EQ(crc32_of(bytes_of("123456789")), 0xCBF43926U);
}

}  // namespace
}  // namespace reenact
