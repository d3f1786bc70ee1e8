#include "reenact/files/json_text.h"

#include <gtest/gtest.h>

#include <string>

namespace reenact {
namespace {

std::string nested(int depth) {
  const auto times = static_cast<std::size_t>(depth);
  return std::string(times, '[') + std::string(times, ']');
}

TEST(ParseJson, TakesWhatIsNestedUpToALimit) {
  EXPECT_TRUE(parse_json(nested(max_json_depth)).is_array());
  EXPECT_TRUE(parse_json(nested(max_json_depth + 1)).is_discarded());
}

TEST(ParseJson, DiscardsWhatIsNone) {
  for (const char* text : {"", "{", "{\"a\":}", "[1] 2", "\xFF"}) {
    EXPECT_TRUE(parse_json(text).is_discarded()) << text;
  }
}

}  // namespace
}  // namespace reenact
