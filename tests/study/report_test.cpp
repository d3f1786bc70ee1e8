#include "reenact/study/report.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "reenact/core/error.h"
#include "reenact/files/csv.h"
#include "study/html.h"
#include "support/temporary_directory.h"
#include "support/tree.h"

namespace reenact {
namespace {

using nlohmann::json;
using testing::content_of;

constexpr const char* hostile = "</script><img src=x onerror=\"alert('1')\">&,{{plot_data}}";

Evaluation small_evaluation() {
  Evaluation evaluation;
  evaluation.title = "self-reenactment";
  evaluation.mode = "self";
  for (const char* person : {"anna", "bert"}) {
    ItemScores item;
    item.name = std::string("clip of ") + person;
    item.person = person;
    item.result = "out.mp4";
    for (int i = 0; i < 3; ++i) {
      FrameScores frame;
      frame.frame = i;
      frame.time_s = 0.04 * i;
      frame.scores[Measure::psnr] = 30.0 + i;
      if (i > 0) frame.scores[Measure::warping_error] = 1.5;
      item.frames.push_back(frame);
    }
    item.mean[Measure::psnr] = person == std::string("anna") ? 31.0 : 33.0;
    item.mean[Measure::warping_error] = 1.5;
    item.fidelity[MotionFeature::brow_height] = {person == std::string("anna") ? 0.9 : 0.8, 0.5};
    item.fidelity[MotionFeature::wink].amplitude = 0;
    item.worst.push_back({0, "psnr 30.00", {0x89, 'P', 'N', 'G'}, "image/png"});
    evaluation.items.push_back(item);
  }
  evaluation.missing["lpips"] = "no model";
  evaluation.cost.push_back({"geometry", "bfloat16", 4.0e9, 0.25e9, 3500000, 1200000});
  evaluation.versions["reenact"] = "0.1.0";
  summarize(evaluation);
  return evaluation;
}

class EvaluationFiles : public ::testing::Test {
 protected:
  std::string written(const Evaluation& evaluation, const std::string& name) {
    write_evaluation(evaluation, folder_ / "new/folder");
    return content_of(folder_ / "new/folder" / name);
  }

  testing::TemporaryDirectory folder_;
};

TEST_F(EvaluationFiles, JsonHoldsEveryFrame) {
  Evaluation evaluation = small_evaluation();
  evaluation.items[1].frames[2].scores[Measure::psnr] = std::numeric_limits<double>::infinity();
  const json document = json::parse(written(evaluation, "evaluation.json"));
  EXPECT_EQ(document["format"], "reenact-evaluation");
  EXPECT_EQ(document["items"].size(), 2U);
  EXPECT_EQ(document["items"][0]["frames"][2]["psnr"], 32.0);
  EXPECT_TRUE(document["items"][0]["frames"][0]["warping_error"].is_null());
  EXPECT_EQ(document["items"][1]["frames"][2]["psnr"], "inf");
  EXPECT_EQ(document["summary"][0]["mean"], 32.0);
  EXPECT_EQ(document["summary"][0]["low"], 31.0);
  EXPECT_EQ(document["summary"][0]["persons"], 2);
  EXPECT_EQ(document["summary"][4]["measure"], "lpips");
  EXPECT_TRUE(document["summary"][4]["mean"].is_null());
  EXPECT_EQ(document["summary"][4]["not_measured"], "no model");
  EXPECT_EQ(document["items"][1]["fidelity"]["brow_height"]["correlation"], 0.8);
  EXPECT_TRUE(document["items"][1]["fidelity"]["wink"]["correlation"].is_null());
  EXPECT_EQ(document["items"][1]["fidelity"]["wink"]["amplitude"], 0.0);
  const json& brows = document["fidelity"][static_cast<std::size_t>(MotionFeature::brow_height)];
  EXPECT_EQ(brows["feature"], "brow_height");
  EXPECT_NEAR(brows["correlation"]["mean"].get<double>(), 0.85, 1e-12);
  EXPECT_EQ(brows["amplitude"]["low"], 0.5);
  EXPECT_EQ(brows["amplitude"]["items"], 2);
  EXPECT_EQ(document["cost"][0]["forward_macs"], 0.25e9);
  EXPECT_EQ(document["cost"][0]["precision"], "bfloat16");
}

TEST_F(EvaluationFiles, CsvHasOneRowPerFrameAndPerItem) {
  Evaluation evaluation = small_evaluation();
  evaluation.items[0].name = "a, \"b\"\nc";
  const std::vector<CsvRow> frames = parse_csv(written(evaluation, "frames.csv"), "frames.csv");
  ASSERT_EQ(frames.size(), 7U);
  EXPECT_EQ(frames[0].fields[4], "psnr");
  EXPECT_EQ(frames[1].fields[0], "a, \"b\"\nc");
  EXPECT_EQ(frames[3].fields[4], "32");
  EXPECT_EQ(frames[1].fields[13], "");
  const std::vector<CsvRow> items = parse_csv(written(evaluation, "items.csv"), "items.csv");
  ASSERT_EQ(items.size(), 3U);
  for (const CsvRow& row : items) EXPECT_EQ(row.fields.size(), 7 + measure_count + 2 * motion_feature_count);
  const std::size_t brows = 7 + measure_count + 2 * static_cast<std::size_t>(MotionFeature::brow_height);
  EXPECT_EQ(items[0].fields[brows], "brow_height_correlation");
  EXPECT_EQ(items[2].fields[brows], "0.8");
  EXPECT_EQ(items[2].fields[brows + 1], "0.5");
  EXPECT_EQ(items[2].fields[7], "33");
}

TEST_F(EvaluationFiles, ReportShowsWhatWasMeasuredAndWhy) {
  const std::string page = written(small_evaluation(), "report.html");
  for (const char* part :
       {"2 persons, 2 clips", "[31.00, 33.00]", "not measured: no model", "Brow height", "[0.80, 0.90]",
        "[0.50, 0.50]", "data:image/png;base64,iVBORw==", "frame 0: psnr 30.00", "0.250", "clip of anna"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(page.find("http://www.w3.org/2000/svg"), page.rfind("http"));  // a name, not a request
}

TEST_F(EvaluationFiles, PlotDataIsJson) {
  const std::string page = written(small_evaluation(), "report.html");
  const std::string start = "id=\"plot-data\">";
  const std::size_t begin = page.find(start) + start.size();
  const json data = json::parse(page.substr(begin, page.find("</script>", begin) - begin));
  EXPECT_EQ(data["measures"].size(), measure_count);
  EXPECT_EQ(data["clips"][1]["times"], json({0.0, 0.04, 0.08}));
  EXPECT_EQ(data["clips"][1]["values"][0], json({30.0, 31.0, 32.0}));
  EXPECT_EQ(data["clips"][1]["values"][9], json({nullptr, 1.5, 1.5}));
  EXPECT_TRUE(data["clips"][1]["values"][4].is_null());
  EXPECT_EQ(data["clips"][1]["means"][0], 33.0);
  EXPECT_TRUE(data["clips"][1]["means"][4].is_null());
}

TEST_F(EvaluationFiles, HostileNamesStayText) {
  Evaluation evaluation = small_evaluation();
  evaluation.title = evaluation.mode = hostile;
  ItemScores& item = evaluation.items[0];
  item.name = item.person = item.source = item.driver = item.result = hostile;
  item.worst[0].why = item.worst[0].mime_type = hostile;
  evaluation.items[1].failure = hostile;
  evaluation.missing["csim"] = hostile;
  evaluation.cost[0].generator = hostile;
  evaluation.versions[hostile] = hostile;
  const std::string page = written(evaluation, "report.html");
  EXPECT_EQ(page.find("<img src=x"), std::string::npos);
  EXPECT_EQ(page.find("onerror=\""), std::string::npos);
  EXPECT_NE(page.find("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;,{{plot_data}}"),
            std::string::npos);
}

TEST_F(EvaluationFiles, NamesThatAreNotUtf8) {
  Evaluation evaluation = small_evaluation();
  evaluation.items[0].name = "\xff\xfe";
  EXPECT_NO_THROW(json::parse(written(evaluation, "evaluation.json")));
}

TEST_F(EvaluationFiles, NothingPartialIsLeft) {
  write_evaluation(small_evaluation(), folder_.path());
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(entry.path().extension().string().find("part"), std::string::npos);
    ++files;
  }
  EXPECT_EQ(files, 4U);
}

TEST_F(EvaluationFiles, FolderThatCannotBeMade) {
  testing::put(folder_ / "file");
  EXPECT_THROW(write_evaluation(small_evaluation(), folder_ / "file/inside"), OutputError);
}

TEST(SummaryTable, AlignedColumns) {
  Evaluation evaluation = small_evaluation();
  const std::string text = summary_table(evaluation);
  EXPECT_NE(text.find("self-reenactment: 2 persons, 2 clips\n"), std::string::npos);
  EXPECT_NE(text.find("PSNR (dB)               32.00  [31.00, 33.00]  higher        2\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("LPIPS                   not measured: no model\n"), std::string::npos) << text;
  EXPECT_NE(text.find("geometry       4.000         3.500       0.250          1.200         bfloat16\n"),
            std::string::npos)
      << text;
}

TEST(SummaryTable, FidelityOfWhatWasMoved) {
  const std::string text = summary_table(small_evaluation());
  EXPECT_NE(text.find("Brow height              0.85   [0.80, 0.90]       0.50   [0.50, 0.50]      2\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("Wink                        –              –       0.00   [0.00, 0.00]      2\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("Head yaw                    –              –          –              –      0\n"),
            std::string::npos)
      << text;
}

TEST(SummaryTable, FailedItemsAreCounted) {
  Evaluation evaluation = small_evaluation();
  evaluation.items[0].failure = "no face";
  EXPECT_NE(summary_table(evaluation).find("1 person, 2 clips, 1 failed"), std::string::npos);
}

TEST(DataUri, Base64OfRfc4648) {
  const auto uri = [](const std::string& text) { return data_uri("x/y", {text.begin(), text.end()}); };
  EXPECT_EQ(uri(""), "data:x/y;base64,");
  EXPECT_EQ(uri("f"), "data:x/y;base64,Zg==");
  EXPECT_EQ(uri("fo"), "data:x/y;base64,Zm8=");
  EXPECT_EQ(uri("foobar"), "data:x/y;base64,Zm9vYmFy");
  EXPECT_EQ(data_uri("x/y", {0xff, 0xff, 0xfe}), "data:x/y;base64,///+");
}

TEST(Template, ValuesAreNotSearched) {
  EXPECT_EQ(fill_template("a {{x}} b {{y}}", {{"x", "{{y}}"}, {"y", "1"}}), "a {{y}} b 1");
  EXPECT_THROW(fill_template("{{z}}", {}), std::logic_error);
  EXPECT_THROW(fill_template("{{z", {}), std::logic_error);
}

}  // namespace
}  // namespace reenact
