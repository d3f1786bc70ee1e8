#include "reenact/files/markup.h"

#include <gtest/gtest.h>

namespace reenact {
namespace {

TEST(EscapeMarkup, LeavesNoMarkup) {
  EXPECT_EQ(escape_markup("<a href=\"x\" title='y'>&amp;"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;");
}

TEST(EscapeMarkup, KeepsTextAndWhiteSpace) {
  EXPECT_EQ(escape_markup("Zoë\t100 %\n"), "Zoë\t100 %\n");
  EXPECT_EQ(escape_markup(""), "");
}

TEST(EscapeMarkup, ReplacesForbiddenControlCharacters) {
  EXPECT_EQ(escape_markup(std::string("a\0b\x1b", 4)),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD");
}

}  // namespace
}  // namespace reenact
