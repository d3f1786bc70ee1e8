#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "reenact/core/error.h"
#include "reenact/files/csv.h"
#include "reenact/files/json_text.h"
#include "reenact/files/text_table.h"
#include "reenact/files/whole_file.h"
#include "reenact/study/survey.h"
#include "study/statistics.h"
#include "study/survey_format.h"

namespace reenact {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

namespace {

constexpr std::uintmax_t largest_file = 64U << 20U;
constexpr int bootstrap_draws = 2000;

/// Names of the systems behind the two videos of a comparison.
using Videos = std::map<std::string, std::string>;

struct SurveyKey {
  std::string id;
  std::vector<std::string> systems;
  std::vector<std::string> questions;
  std::map<std::string, Videos> comparisons;
};

/// One answer, with the systems in the order of the key.
struct Vote {
  std::string question;
  std::string first;
  std::string second;
  double for_first = 0;  ///< 1, 0.5 or 0
};

struct RaterAnswers {
  fs::path file;
  std::string rater;
  std::string answers;  ///< their JSON text, to recognise a second copy
  int answered = 0;     ///< comparisons
  std::vector<Vote> votes;
};

json parse_file(const fs::path& path, const char* format) {
  const std::string text = read_file(path, largest_file);
  json document = parse_json(text);
  if (!document.is_object() || document.value("format", json()) != format) {
    throw InputError(path.string() + " is not a file of the format " + format);
  }
  if (document.value("format_version", json()) != survey_format_version) {
    throw InputError(path.string() + " has a format version that this program does not know");
  }
  return document;
}

SurveyKey read_key(const fs::path& path) {
  const json document = parse_file(path, survey_key_format);
  SurveyKey key;
  try {
    key.id = document.at("survey").get<std::string>();
    key.systems = document.at("systems").get<std::vector<std::string>>();
    key.questions = document.at("questions").get<std::vector<std::string>>();
    for (const json& comparison : document.at("comparisons")) {
      const auto videos = comparison.at("videos").get<Videos>();
      if (videos.size() != 2) throw InputError(path.string() + " has a comparison without two videos");
      for (const auto& [video, system] : videos) {
        if (std::count(key.systems.begin(), key.systems.end(), system) != 1) {
          throw InputError(path.string() + " has a video of a system that it does not list");
        }
      }
      if (videos.begin()->second == videos.rbegin()->second) {
        throw InputError(path.string() + " compares a system with itself");
      }
      key.comparisons[comparison.at("id").get<std::string>()] = videos;
    }
  } catch (const json::exception&) {
    throw InputError(path.string() + " is damaged; use the key.json that came with the survey");
  }
  return key;
}

/// Reads one rater's file and checks every field against the key.
class AnswersReader {
 public:
  AnswersReader(const SurveyKey& key, const fs::path& path) : key_(key), path_(path) {}

  RaterAnswers read() {
    const json document = parse_file(path_, survey_answers_format);
    RaterAnswers rater;
    rater.file = path_;
    try {
      if (document.at("survey").get<std::string>() != key_.id) fail("belongs to another survey than the key");
      rater.rater = document.at("rater").at("id").get<std::string>();
      if (rater.rater.empty()) fail("names no rater");
      const json& answers = document.at("answers");
      if (!answers.is_array() || answers.empty()) fail("has no answers");
      rater.answers = answers.dump();
      rater.answered = static_cast<int>(answers.size());
      std::set<std::string> seen;
      for (const json& answer : answers) {
        const std::string comparison = answer.at("comparison").get<std::string>();
        if (!seen.insert(comparison).second) fail("answers a comparison twice");
        add_votes(comparison, answer, rater.votes);
      }
    } catch (const json::exception&) {
      fail("is damaged: a field is missing or of the wrong kind");
    }
    return rater;
  }

 private:
  void add_votes(const std::string& comparison, const json& answer, std::vector<Vote>& votes) const {
    const auto known = key_.comparisons.find(comparison);
    if (known == key_.comparisons.end()) fail("answers a comparison that the survey does not have");
    const Videos& videos = known->second;
    const auto left = videos.find(answer.at("left").get<std::string>());
    const auto right = videos.find(answer.at("right").get<std::string>());
    if (left == videos.end() || right == videos.end() || left == right) {
      fail("names videos that the survey does not compare");
    }
    const json& choices = answer.at("choices");
    if (choices.size() != key_.questions.size())
      fail("has a comparison without exactly one answer per question");
    for (const std::string& question : key_.questions) {
      votes.push_back(vote(question, left->second, right->second, choices.at(question).get<std::string>()));
    }
  }

  Vote vote(const std::string& question, const std::string& left, const std::string& right,
            const std::string& choice) const {
    if (choice != "left" && choice != "same" && choice != "right")
      fail("has an answer that is not left, same or right");
    const double for_left = choice == "left" ? 1.0 : choice == "same" ? 0.5 : 0.0;
    return rank(left) < rank(right) ? Vote{question, left, right, for_left}
                                    : Vote{question, right, left, 1 - for_left};
  }

  std::ptrdiff_t rank(const std::string& system) const {
    return std::find(key_.systems.begin(), key_.systems.end(), system) - key_.systems.begin();
  }

  [[noreturn]] void fail(const std::string& what) const { throw InputError(path_.string() + " " + what); }

  const SurveyKey& key_;
  const fs::path& path_;
};

/// The answers of each rater once, in the order of the files.
std::vector<RaterAnswers> read_raters(const std::vector<fs::path>& files, const SurveyKey& key,
                                      std::vector<std::string>& notes) {
  std::vector<RaterAnswers> raters;
  for (const fs::path& file : files) {
    RaterAnswers answers = AnswersReader(key, file).read();
    const auto known = std::find_if(raters.begin(), raters.end(),
                                    [&](const RaterAnswers& other) { return other.rater == answers.rater; });
    if (known == raters.end()) {
      raters.push_back(std::move(answers));
    } else if (known->answers == answers.answers) {
      notes.push_back(file.string() + " is left out: it repeats " + known->file.string());
    } else {
      throw InputError(known->file.string() + " and " + file.string() +
                       " are different answers of the same rater; give only the last one saved");
    }
  }
  return raters;
}

Preference preference_of(const std::vector<RaterAnswers>& raters, Preference preference) {
  std::vector<double> rates;
  double votes_for_first = 0;
  for (const RaterAnswers& rater : raters) {
    double for_first = 0;
    int answers = 0;
    for (const Vote& vote : rater.votes) {
      if (vote.question != preference.question || vote.first != preference.first ||
          vote.second != preference.second) {
        continue;
      }
      ++answers;
      for_first += vote.for_first;
      ++(vote.for_first == 1.0   ? preference.first_votes
         : vote.for_first == 0.0 ? preference.second_votes
                                 : preference.same_votes);
    }
    if (answers > 0) rates.push_back(for_first / answers);
    votes_for_first += for_first;
  }
  preference.raters = static_cast<int>(rates.size());
  if (rates.empty()) return preference;
  preference.rate = mean_of(rates);
  const int votes = preference.first_votes + preference.same_votes + preference.second_votes;
  const Interval interval =
      rates.size() > 1 ? bootstrap_mean(rates, bootstrap_draws) : wilson(votes_for_first, votes);
  preference.low = interval.low;
  preference.high = interval.high;
  return preference;
}

}  // namespace

SurveyResult aggregate_survey(const std::vector<fs::path>& answers, const fs::path& key_path) {
  if (answers.empty()) throw UsageError("no files with answers were given");
  const SurveyKey key = read_key(key_path);
  SurveyResult result;
  result.id = key.id;
  result.comparisons = static_cast<int>(key.comparisons.size());
  const std::vector<RaterAnswers> raters = read_raters(answers, key, result.notes);
  result.raters = static_cast<int>(raters.size());
  for (const RaterAnswers& rater : raters) result.answered += rater.answered;
  for (std::size_t first = 0; first < key.systems.size(); ++first) {
    for (std::size_t second = first + 1; second < key.systems.size(); ++second) {
      for (const std::string& question : key.questions) {
        Preference wanted;
        wanted.question = question;
        wanted.first = key.systems[first];
        wanted.second = key.systems[second];
        const Preference preference = preference_of(raters, wanted);
        if (preference.raters > 0) result.preferences.push_back(preference);
      }
    }
  }
  return result;
}

std::string interval_method(const Preference& preference) {
  return preference.raters > 1 ? "bootstrap over raters" : "Wilson, one rater";
}

std::string preference_table(const SurveyResult& result) {
  std::vector<std::vector<std::string>> rows = {{"question", "A", "B", "A wins", "same", "B wins",
                                                 "A preferred", "95 % interval", "raters", "interval from"}};
  for (const Preference& preference : result.preferences) {
    rows.push_back({preference.question, preference.first, preference.second,
                    std::to_string(preference.first_votes), std::to_string(preference.same_votes),
                    std::to_string(preference.second_votes), fixed(100 * preference.rate, 1) + " %",
                    interval_text(100 * preference.low, 100 * preference.high, 1),
                    std::to_string(preference.raters), interval_method(preference)});
  }
  return "survey " + result.id + ": " + std::to_string(result.raters) +
         (result.raters == 1 ? " rater, " : " raters, ") + std::to_string(result.answered) + " of " +
         std::to_string(result.raters * result.comparisons) + " comparisons answered\n" + aligned(rows);
}

void write_survey_result(const SurveyResult& result, const fs::path& directory) {
  ordered_json rows = ordered_json::array();
  std::string csv = csv_line({"question", "first", "second", "first_votes", "same_votes", "second_votes",
                              "rate", "low", "high", "raters", "interval"});
  for (const Preference& preference : result.preferences) {
    rows.push_back({{"question", preference.question},
                    {"first", preference.first},
                    {"second", preference.second},
                    {"first_votes", preference.first_votes},
                    {"same_votes", preference.same_votes},
                    {"second_votes", preference.second_votes},
                    {"rate", preference.rate},
                    {"low", preference.low},
                    {"high", preference.high},
                    {"raters", preference.raters},
                    {"interval", interval_method(preference)}});
    csv += csv_line({preference.question, preference.first, preference.second,
                     std::to_string(preference.first_votes), std::to_string(preference.same_votes),
                     std::to_string(preference.second_votes), csv_number(preference.rate),
                     csv_number(preference.low), csv_number(preference.high),
                     std::to_string(preference.raters), interval_method(preference)});
  }
  const ordered_json document = {{"format", "reenact-survey-result"},
                                 {"format_version", 1},
                                 {"survey", result.id},
                                 {"raters", result.raters},
                                 {"comparisons", result.comparisons},
                                 {"answered", result.answered},
                                 {"preferences", rows},
                                 {"notes", result.notes}};
  make_folder(directory);
  write_file(directory / "preferences.json",
             document.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n");
  write_file(directory / "preferences.csv", csv);
}

}  // namespace reenact
