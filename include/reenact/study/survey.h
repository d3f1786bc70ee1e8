#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace reenact {

/// A folder of result videos. Videos with the same file name (without extension) in two folders are compared.
struct SurveySystem {
  std::string name;
  std::filesystem::path folder;
};

struct SurveyOptions {
  std::vector<SurveySystem> systems;  ///< two or more, with different names
  std::filesystem::path sources;      ///< pictures named like the clips; empty: identity is not asked
  std::filesystem::path drivers;      ///< videos named like the clips; empty: motion is not asked
  std::filesystem::path output;       ///< must not exist, or be empty
  int pairs = 0;           ///< comparisons on the page, spread evenly over the pairs of systems; 0 = all
  std::uint64_t seed = 1;  ///< of the choice of comparisons and of the neutral file names
};

struct SurveySummary {
  std::string id;
  std::filesystem::path page;  ///< folder for the raters: index.html and media/
  std::filesystem::path key;   ///< tells which video is whose; not for the raters
  int clips = 0;
  int comparisons = 0;
  std::vector<std::string> notes;
};

/// Makes `output`/page (a static page that compares pairs of videos) and `output`/key.json. The page
/// names no system: videos are copied under random names, and each rater's browser draws the order of
/// the comparisons and which video is on the left. The same inputs and seed give the same files.
/// Throws UsageError, InputError or OutputError.
SurveySummary make_survey(const SurveyOptions& options);

/// Votes for one pair of systems and one question.
struct Preference {
  std::string question;
  std::string first;
  std::string second;
  int first_votes = 0;
  int same_votes = 0;
  int second_votes = 0;
  int raters = 0;
  double rate = 0;  ///< of `first`: mean over raters of (votes + half the "same" votes) / answers
  double low = 0;   ///< 95 % interval of `rate`
  double high = 0;
};

struct SurveyResult {
  std::string id;
  int raters = 0;
  int answered = 0;     ///< comparisons answered, over all raters
  int comparisons = 0;  ///< comparisons on the page
  std::vector<Preference> preferences;
  std::vector<std::string> notes;
};

/// Reads answers saved from the page. The interval of a preference is a percentile bootstrap over raters
/// (2000 draws, fixed seed) where two or more answered it, and else Wilson's score interval of the one
/// rater's votes (Wilson 1927; a "same" vote counts half for each side, which widens it).
/// A second file with the same answers of the same rater is left out and noted. Throws InputError for a
/// file of another survey, a damaged or altered file, or two different files of one rater.
SurveyResult aggregate_survey(const std::vector<std::filesystem::path>& answers,
                              const std::filesystem::path& key);

/// How `preference` got its interval: "bootstrap over raters" or "Wilson, one rater".
std::string interval_method(const Preference& preference);

/// The preferences as text with aligned columns, for a terminal. Ends with a line break.
std::string preference_table(const SurveyResult& result);

/// Writes preferences.json and preferences.csv into `directory`, which is made when missing. Throws
/// OutputError.
void write_survey_result(const SurveyResult& result, const std::filesystem::path& directory);

}  // namespace reenact
