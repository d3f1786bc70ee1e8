#include "reenact/files/text_table.h"

#include <gtest/gtest.h>

namespace reenact {
namespace {

TEST(Printable, IsOneLineThatMovesNoCursor) {
  EXPECT_EQ(printable("a b – ü ✓"), "a b – ü ✓");
  EXPECT_EQ(printable("\x1B[2Jx\nerror: y\r\t\x7F"), " [2Jx error: y   ");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a b");
  EXPECT_EQ(printable("\xC2\x9B"
                      "2J\xC2\x80\xC2\xA0"),
            " 2J \xC2\xA0")
      << "U+009B is a terminal's command";
  EXPECT_EQ(printable("\xC2"), "\xC2");
}

TEST(Aligned, CountsWhatIsShown) {
  EXPECT_EQ(aligned({{"name", "n"}, {"a\x1B", "12"}}), "name   n\na     12\n");
}

}  // namespace
}  // namespace reenact
