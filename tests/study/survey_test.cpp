#include "reenact/study/survey.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "reenact/core/error.h"
#include "study/statistics.h"
#include "support/temporary_directory.h"
#include "support/tree.h"

namespace reenact {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::content_of;
using testing::message_of;
using testing::put;

json page_data(const fs::path& page) {
  const std::string text = content_of(page / "index.html");
  const std::string start = "id=\"survey\">";
  const std::size_t begin = text.find(start) + start.size();
  return json::parse(text.substr(begin, text.find("</script>", begin) - begin));
}

class Survey : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* system : {"geometry", "neural", "peer"}) {
      for (const char* clip : {"one", "two", "three"}) {
        put(folder_ / system / (clip + std::string(".mp4")), std::string(system) + " " + clip);
      }
      options_.systems.push_back({system, folder_ / system});
    }
    put(folder_ / "peer/alone.mp4", "alone");
    for (const char* clip : {"one", "two", "three", "alone"}) {
      put(folder_ / "photos" / (clip + std::string(".png")), std::string("photo ") + clip);
      put(folder_ / "drivers" / (clip + std::string(".mp4")), std::string("driver ") + clip);
    }
    options_.sources = folder_ / "photos";
    options_.drivers = folder_ / "drivers";
    options_.output = folder_ / "survey";
  }

  /// Answers of a rater who always says `choice(left system, right system)`.
  template <typename Choice>
  json answers_of(const SurveySummary& summary, const std::string& rater, Choice choice) const {
    const json key = json::parse(content_of(summary.key));
    json answers = json::array();
    for (const json& comparison : key["comparisons"]) {
      const auto videos = comparison["videos"].get<std::map<std::string, std::string>>();
      const auto& [left, left_system] = *videos.begin();
      const auto& [right, right_system] = *videos.rbegin();
      json choices;
      for (const json& question : key["questions"])
        choices[question.get<std::string>()] = choice(left_system, right_system);
      answers.push_back(
          {{"comparison", comparison["id"]}, {"left", left}, {"right", right}, {"choices", choices}});
    }
    return {{"format", "reenact-survey-answers"},
            {"format_version", 1},
            {"survey", summary.id},
            {"rater", {{"id", rater}, {"label", ""}}},
            {"answers", answers}};
  }

  fs::path save(const std::string& name, const json& answers) const {
    return put(folder_ / name, answers.dump());
  }

  testing::TemporaryDirectory folder_;
  SurveyOptions options_;
};

std::string prefer_neural(const std::string& left, const std::string& right) {
  return left == "neural" ? "left" : right == "neural" ? "right" : "same";
}

TEST_F(Survey, ComparesEveryPairAndNamesNoSystem) {
  const SurveySummary summary = make_survey(options_);
  EXPECT_EQ(summary.clips, 3);
  EXPECT_EQ(summary.comparisons, 9);
  ASSERT_EQ(summary.notes.size(), 1U);
  EXPECT_NE(summary.notes[0].find("'alone' is left out: only peer has it"), std::string::npos);

  const json data = page_data(summary.page);
  EXPECT_EQ(data["survey"], summary.id);
  EXPECT_EQ(data["comparisons"].size(), 9U);
  EXPECT_EQ(data["questions"].size(), 3U);
  for (const char* word : {"geometry", "neural", "peer", "three"}) {
    EXPECT_EQ(content_of(summary.page / "index.html").find(word), std::string::npos) << word;
  }
  std::set<std::string> contents;
  for (const auto& entry : fs::directory_iterator(summary.page / "media")) {
    EXPECT_EQ(entry.path().stem().string().find_first_not_of("0123456789abcdef"), std::string::npos);
    contents.insert(content_of(entry.path()));
  }
  EXPECT_EQ(contents.size(), 9U + 3U + 3U);

  const json key = json::parse(content_of(summary.key));
  std::set<std::set<std::string>> compared;
  for (const json& comparison : key["comparisons"]) {
    std::set<std::string> systems;
    for (const auto& [video, system] : comparison["videos"].items()) {
      EXPECT_EQ(content_of(summary.page / "media" / video),
                system.get<std::string>() + " " + comparison["clip"].get<std::string>());
      systems.insert(system.get<std::string>() + comparison["clip"].get<std::string>());
    }
    compared.insert(systems);
  }
  EXPECT_EQ(compared.size(), 9U);
}

TEST_F(Survey, SourceAndDriverBelongToTheClip) {
  const SurveySummary summary = make_survey(options_);
  const json key = json::parse(content_of(summary.key));
  const json data = page_data(summary.page);
  for (std::size_t i = 0; i < key["comparisons"].size(); ++i) {
    const std::string clip = key["comparisons"][i]["clip"];
    const json& shown = data["comparisons"][i];
    EXPECT_EQ(shown["id"], key["comparisons"][i]["id"]);
    EXPECT_EQ(content_of(summary.page / "media" / shown["source"].get<std::string>()), "photo " + clip);
    EXPECT_EQ(content_of(summary.page / "media" / shown["driver"].get<std::string>()), "driver " + clip);
  }
}

TEST_F(Survey, QuestionsNeedTheirReference) {
  options_.sources.clear();
  options_.drivers.clear();
  const json data = page_data(make_survey(options_).page);
  ASSERT_EQ(data["questions"].size(), 1U);
  EXPECT_EQ(data["questions"][0]["key"], "realism");
  EXPECT_EQ(data["comparisons"][0].count("source"), 0U);
}

TEST_F(Survey, FewerComparisonsAreSharedEvenly) {
  options_.pairs = 6;
  const SurveySummary summary = make_survey(options_);
  EXPECT_EQ(summary.comparisons, 6);
  std::map<std::string, int> counts;
  const json key = json::parse(content_of(summary.key));
  for (const json& comparison : key["comparisons"]) {
    for (const auto& [video, system] : comparison["videos"].items()) ++counts[system.get<std::string>()];
  }
  EXPECT_EQ(counts, (std::map<std::string, int>{{"geometry", 4}, {"neural", 4}, {"peer", 4}}));
}

TEST_F(Survey, SameInputsGiveTheSamePageAndAnotherSeedAnother) {
  const SurveySummary first = make_survey(options_);
  options_.output = folder_ / "again";
  const SurveySummary again = make_survey(options_);
  EXPECT_EQ(content_of(first.page / "index.html"), content_of(again.page / "index.html"));
  EXPECT_EQ(content_of(first.key), content_of(again.key));
  options_.output = folder_ / "other";
  options_.seed = 2;
  EXPECT_NE(make_survey(options_).id, first.id);
  options_.seed = 1;
  options_.output = folder_ / "changed";
  put(folder_ / "peer/one.mp4", "another video");
  EXPECT_NE(make_survey(options_).id, first.id);
}

TEST_F(Survey, RefusesWhatCannotBeCompared) {
  const auto refused = [&](SurveyOptions options) {
    return message_of<Error>([&] { make_survey(options); });
  };
  SurveyOptions options = options_;
  options.systems.resize(1);
  EXPECT_NE(refused(options).find("two or more"), std::string::npos);
  options = options_;
  options.systems[1].name = "geometry";
  EXPECT_NE(refused(options).find("called 'geometry'"), std::string::npos);
  options = options_;
  options.systems[1].folder = folder_ / "photos";
  EXPECT_NE(refused(options).find("has no videos"), std::string::npos);
  options = options_;
  fs::remove(folder_ / "photos/two.png");
  EXPECT_NE(refused(options).find("has no file for the clip 'two'"), std::string::npos);
  EXPECT_FALSE(fs::exists(options.output));
  put(folder_ / "peer/one.webm");
  EXPECT_NE(refused(options).find("clips need different names"), std::string::npos);
  fs::remove(folder_ / "peer/one.webm");
  put(folder_ / "peer/old.AVI");
  EXPECT_NE(refused(options).find("browsers do not play"), std::string::npos);
  put(folder_ / "survey/already.txt");
  EXPECT_NE(refused(options).find("is not empty"), std::string::npos);
}

TEST_F(Survey, NothingInCommon) {
  put(folder_ / "left/a.mp4");
  put(folder_ / "right/b.mp4");
  options_.systems = {{"l", folder_ / "left"}, {"r", folder_ / "right"}};
  EXPECT_NE(message_of<InputError>([&] { make_survey(options_); }).find("nothing to compare"),
            std::string::npos);
}

TEST_F(Survey, OneRaterGetsWilson) {
  const SurveySummary summary = make_survey(options_);
  const SurveyResult result =
      aggregate_survey({save("a.json", answers_of(summary, "r1", prefer_neural))}, summary.key);
  EXPECT_EQ(result.raters, 1);
  EXPECT_EQ(result.answered, 9);
  ASSERT_EQ(result.preferences.size(), 9U);  // three pairs, three questions
  const Preference& first = result.preferences[0];
  EXPECT_EQ(first.question, "realism");
  EXPECT_EQ(first.first, "geometry");
  EXPECT_EQ(first.second, "neural");
  EXPECT_EQ(first.second_votes, 3);
  EXPECT_EQ(first.rate, 0.0);
  EXPECT_NEAR(first.high, wilson(0, 3).high, 1e-12);
  EXPECT_EQ(interval_method(first), "Wilson, one rater");
  const Preference& tie = result.preferences[3];
  EXPECT_EQ(tie.second, "peer");
  EXPECT_EQ(tie.same_votes, 3);
  EXPECT_EQ(tie.rate, 0.5);
  EXPECT_NE(preference_table(result).find("realism   geometry  neural       0     0       3        0.0 %"),
            std::string::npos)
      << preference_table(result);
}

TEST_F(Survey, SeveralRatersGetABootstrap) {
  const SurveySummary summary = make_survey(options_);
  const auto disagree = [](const std::string& left, const std::string& right) {
    return left == "neural" ? "right" : right == "neural" ? "left" : "same";
  };
  const SurveyResult result = aggregate_survey({save("a.json", answers_of(summary, "r1", prefer_neural)),
                                                save("b.json", answers_of(summary, "r2", disagree))},
                                               summary.key);
  const Preference& first = result.preferences[0];
  EXPECT_EQ(first.raters, 2);
  EXPECT_EQ(first.first_votes, 3);
  EXPECT_EQ(first.second_votes, 3);
  EXPECT_EQ(first.rate, 0.5);
  EXPECT_EQ(first.low, 0.0);
  EXPECT_EQ(first.high, 1.0);
  EXPECT_EQ(interval_method(first), "bootstrap over raters");
  EXPECT_EQ(result.preferences[3].low, 0.5);
}

TEST_F(Survey, SidesDoNotMatter) {
  const SurveySummary summary = make_survey(options_);
  json swapped = answers_of(summary, "r1", prefer_neural);
  for (json& answer : swapped["answers"]) {
    std::swap(answer["left"], answer["right"]);
    for (json& choice : answer["choices"]) {
      choice = choice == "left" ? "right" : choice == "right" ? "left" : "same";
    }
  }
  const SurveyResult one =
      aggregate_survey({save("a.json", answers_of(summary, "r1", prefer_neural))}, summary.key);
  const SurveyResult other = aggregate_survey({save("b.json", swapped)}, summary.key);
  EXPECT_EQ(preference_table(one), preference_table(other));
}

TEST_F(Survey, PartialAnswersCount) {
  const SurveySummary summary = make_survey(options_);
  json answers = answers_of(summary, "r1", prefer_neural);
  answers["answers"].erase(answers["answers"].begin() + 1, answers["answers"].end());
  const SurveyResult result = aggregate_survey({save("a.json", answers)}, summary.key);
  EXPECT_EQ(result.answered, 1);
  EXPECT_EQ(result.preferences.size(), 3U);
}

TEST_F(Survey, RepeatedFileIsNotedAndAnotherOfTheRaterRefused) {
  const SurveySummary summary = make_survey(options_);
  json answers = answers_of(summary, "r1", prefer_neural);
  const fs::path first = save("a.json", answers);
  const fs::path copy = save("b.json", answers);
  const SurveyResult result = aggregate_survey({first, copy}, summary.key);
  EXPECT_EQ(result.raters, 1);
  ASSERT_EQ(result.notes.size(), 1U);
  EXPECT_NE(result.notes[0].find("repeats"), std::string::npos);
  answers["answers"].erase(0);
  const fs::path other = save("c.json", answers);
  EXPECT_NE(message_of<InputError>([&] {
              aggregate_survey({first, other}, summary.key);
            }).find("same rater"),
            std::string::npos);
}

TEST_F(Survey, RefusesAlteredAnswers) {
  const SurveySummary summary = make_survey(options_);
  const json good = answers_of(summary, "r1", prefer_neural);
  const auto refused = [&](const json& answers) {
    const fs::path path = save("bad.json", answers);
    return message_of<InputError>([&] { aggregate_survey({path}, summary.key); });
  };
  const auto changed = [&](const std::string& pointer, const json& value) {
    json answers = good;
    answers[json::json_pointer(pointer)] = value;
    return refused(answers);
  };
  EXPECT_NE(changed("/survey", "0123").find("another survey"), std::string::npos);
  EXPECT_NE(changed("/format", "other").find("not a file of the format"), std::string::npos);
  EXPECT_NE(changed("/format_version", 2).find("format version"), std::string::npos);
  EXPECT_NE(changed("/rater", 7).find("damaged"), std::string::npos);
  EXPECT_NE(changed("/rater/id", "").find("no rater"), std::string::npos);
  EXPECT_NE(changed("/answers", json::array()).find("no answers"), std::string::npos);
  EXPECT_NE(changed("/answers/0", 3).find("damaged"), std::string::npos);
  EXPECT_NE(changed("/answers/0/comparison", "x").find("does not have"), std::string::npos);
  EXPECT_NE(changed("/answers/0/comparison", good["answers"][1]["comparison"]).find("does not compare"),
            std::string::npos);
  EXPECT_NE(changed("/answers/1", good["answers"][0]).find("twice"), std::string::npos);
  EXPECT_NE(changed("/answers/0/left", good["answers"][0]["right"]).find("does not compare"),
            std::string::npos);
  EXPECT_NE(changed("/answers/0/choices/realism", "both").find("not left, same or right"), std::string::npos);
  EXPECT_NE(changed("/answers/0/choices/taste", "left").find("exactly one answer"), std::string::npos);
  EXPECT_NE(changed("/answers/0/choices", "left").find("one answer"), std::string::npos);
  EXPECT_NE(refused(json(3)).find("not a file of the format"), std::string::npos);
  const fs::path torn = put(folder_ / "torn.json", good.dump().substr(0, 200));
  EXPECT_THROW(aggregate_survey({torn}, summary.key), InputError);
  constexpr std::size_t depth = 1U << 20U;
  std::string nested = good.dump();
  nested.replace(nested.find("\"answers\":["), 11,
                 "\"answers\":[" + std::string(depth, '[') + std::string(depth, ']') + ",");
  EXPECT_THROW(aggregate_survey({put(folder_ / "nested.json", nested)}, summary.key), InputError);
  EXPECT_THROW(aggregate_survey({folder_ / "none.json"}, summary.key), InputError);
  EXPECT_THROW(aggregate_survey({}, summary.key), UsageError);
}

TEST_F(Survey, RefusesADamagedKey) {
  const SurveySummary summary = make_survey(options_);
  const fs::path answers = save("a.json", answers_of(summary, "r1", prefer_neural));
  const json good = json::parse(content_of(summary.key));
  const auto refused = [&](const std::string& pointer, const json& value) {
    json key = good;
    key[json::json_pointer(pointer)] = value;
    const fs::path path = put(folder_ / "key.json", key.dump());
    return message_of<InputError>([&] { aggregate_survey({answers}, path); });
  };
  EXPECT_NE(refused("/systems", 1).find("damaged"), std::string::npos);
  EXPECT_NE(refused("/systems", json({"geometry", "neural"})).find("does not list"), std::string::npos);
  EXPECT_NE(refused("/comparisons/0/videos", json::object({{"a", "peer"}})).find("two videos"),
            std::string::npos);
  EXPECT_NE(
      refused("/comparisons/0/videos", json::object({{"a", "peer"}, {"b", "peer"}})).find("with itself"),
      std::string::npos);
}

TEST_F(Survey, WritesTheResult) {
  const SurveySummary summary = make_survey(options_);
  const SurveyResult result =
      aggregate_survey({save("a.json", answers_of(summary, "r1", prefer_neural))}, summary.key);
  write_survey_result(result, folder_ / "result");
  const json document = json::parse(content_of(folder_ / "result/preferences.json"));
  EXPECT_EQ(document["preferences"].size(), 9U);
  EXPECT_EQ(document["preferences"][0]["second_votes"], 3);
  EXPECT_EQ(document["preferences"][0]["interval"], "Wilson, one rater");
  const std::string csv = content_of(folder_ / "result/preferences.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 10);
}

}  // namespace
}  // namespace reenact
