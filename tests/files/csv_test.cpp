#include "reenact/files/csv.h"

#include <gtest/gtest.h>

#include <limits>

#include "reenact/core/error.h"

namespace reenact {
namespace {

std::vector<std::vector<std::string>> fields_of(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  for (const CsvRow& row : parse_csv(text, "list.csv")) rows.push_back(row.fields);
  return rows;
}

using Rows = std::vector<std::vector<std::string>>;

TEST(Csv, ReadsQuotesBreaksAndBothLineEnds) {
  EXPECT_EQ(fields_of("\xEF\xBB\xBF"
                      "a,b\r\n\"x, \"\"y\"\"\",\"two\nlines\"\n\nlast,\n"),
            (Rows{{"a", "b"}, {"x, \"y\"", "two\nlines"}, {"last", ""}}));
  EXPECT_EQ(fields_of("a,b"), (Rows{{"a", "b"}}));
  EXPECT_EQ(fields_of("a,"), (Rows{{"a", ""}}));
  EXPECT_EQ(fields_of("\"a\",\"b\"\r\n"), (Rows{{"a", "b"}}));
  EXPECT_TRUE(fields_of("").empty());
}

TEST(Csv, CountsLines) {
  const std::vector<CsvRow> rows = parse_csv("a\n\"1\n2\n3\"\nb\n", "list.csv");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_EQ(rows[2].line, 5);
}

TEST(Csv, RefusesBrokenQuotes) {
  EXPECT_THROW(fields_of("a,\"b"), InputError);
  EXPECT_THROW(fields_of("\"a\"b,c"), InputError);
  EXPECT_THROW(fields_of("a\"b\",c"), InputError);
}

TEST(Csv, WritesWhatItReads) {
  const std::vector<std::string> fields = {"plain",      "comma, here", "quote \" here",
                                           "line\nhere", "cr\rhere",    ""};
  EXPECT_EQ(fields_of(csv_line(fields)), (Rows{fields}));
}

TEST(Csv, NumbersReadBackAsTheyWere) {
  for (const double value : {0.1, 1.0 / 3.0, 31.25, -1e-17}) EXPECT_EQ(std::stod(csv_number(value)), value);
  EXPECT_EQ(csv_number(31.25), "31.25");
  EXPECT_EQ(csv_number(std::numeric_limits<double>::quiet_NaN()), "");
}

}  // namespace
}  // namespace reenact
