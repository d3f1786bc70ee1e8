#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <utility>

#include "reenact/core/error.h"
#include "reenact/files/atomic_file.h"
#include "reenact/files/media_files.h"
#include "reenact/files/whole_file.h"
#include "reenact/study/survey.h"
#include "study/html.h"
#include "study/pages.h"
#include "study/random.h"
#include "study/survey_format.h"

namespace reenact {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

namespace {

/// Clip name (file name without extension) -> file.
using Clips = std::map<std::string, fs::path>;

struct Comparison {
  std::string clip;
  std::size_t first = 0;  ///< numbers of the systems
  std::size_t second = 0;
};

/// FNV-1a, 64 bits: tells surveys apart; no protection against forgery.
class Fingerprint {
 public:
  void add(const char* bytes, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      hash_ = (hash_ ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3ULL;
  }
  void add(const std::string& text) {
    add(text.data(), text.size());
    add("", 1);
  }
  void add_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::array<char, 65536> block{};
    while (file.read(block.data(), block.size()) || file.gcount() > 0) {
      add(block.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (!file.eof()) throw InputError(path.string() + " cannot be read");
  }
  std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
};

std::string hexadecimal(std::uint64_t value) {
  std::string text;
  for (unsigned shift = 64; shift > 0; shift -= 4) text += "0123456789abcdef"[(value >> (shift - 4)) & 15U];
  return text;
}

Clips clips_by_name(const std::vector<fs::path>& files, const fs::path& folder) {
  Clips clips;
  for (const fs::path& file : files) {
    const auto [other, added] = clips.emplace(file.stem().string(), file);
    if (!added) {
      throw InputError(folder.string() + " has both " + other->second.filename().string() + " and " +
                       file.filename().string() + "; clips need different names");
    }
  }
  return clips;
}

Clips videos_by_name(const fs::path& folder) {
  const std::vector<fs::path> videos = videos_in(folder);
  for (const fs::path& video : videos) {
    if (!plays_in_browsers(video)) {
      throw InputError("browsers do not play " + video.string() + "; convert it to .mp4 or .webm");
    }
  }
  if (videos.empty()) throw InputError("the folder " + folder.string() + " has no videos");
  return clips_by_name(videos, folder);
}

void validate(const SurveyOptions& options) {
  if (options.systems.size() < 2) throw UsageError("a survey needs two or more results to compare");
  if (options.pairs < 0) throw UsageError("the number of pairs of a survey cannot be negative");
  std::set<std::string> names;
  for (const SurveySystem& system : options.systems) {
    if (system.name.empty()) throw UsageError("a result of a survey needs a name: NAME=FOLDER");
    if (!names.insert(system.name).second)
      throw UsageError("two results of the survey are called '" + system.name + "'");
  }
  if (options.output.empty()) throw UsageError("a survey needs an output folder");
  std::error_code ignored;
  if (fs::exists(options.output, ignored) && !fs::is_empty(options.output, ignored)) {
    throw OutputError(options.output.string() + " exists and is not empty; choose another output folder");
  }
}

/// All comparisons, or `wanted` of them drawn at random with equal shares for the pairs of systems.
std::vector<Comparison> choose_comparisons(const std::vector<Clips>& results, int wanted, Random& random) {
  std::vector<std::vector<Comparison>> of_pairs;
  std::size_t total = 0;
  for (std::size_t first = 0; first < results.size(); ++first) {
    for (std::size_t second = first + 1; second < results.size(); ++second) {
      std::vector<Comparison> comparisons;
      for (const auto& [clip, file] : results[first]) {
        if (results[second].count(clip) > 0) comparisons.push_back({clip, first, second});
      }
      random.shuffle(comparisons);
      total += comparisons.size();
      of_pairs.push_back(std::move(comparisons));
    }
  }
  const std::size_t count =
      wanted == 0 ? total : std::min<std::size_t>(total, static_cast<std::size_t>(wanted));
  random.shuffle(of_pairs);
  std::vector<Comparison> chosen;
  for (std::size_t round = 0; chosen.size() < count; ++round) {
    for (const auto& comparisons : of_pairs) {
      if (round < comparisons.size() && chosen.size() < count) chosen.push_back(comparisons[round]);
    }
  }
  random.shuffle(chosen);
  return chosen;
}

/// Copies files under random names, each once.
class MediaCopies {
 public:
  MediaCopies(fs::path folder, Random& random) : folder_(std::move(folder)), random_(random) {
    make_folder(folder_);
  }

  /// The name of the copy.
  std::string add(const fs::path& file) {
    const auto known = names_.find(file);
    if (known != names_.end()) return known->second;
    const std::string name = hexadecimal(random_.bits()) + file.extension().string();
    std::error_code failure;
    fs::copy_file(file, folder_ / name, failure);
    if (failure)
      throw OutputError(file.string() + " cannot be copied to " + folder_.string() + ": " +
                        failure.message());
    return names_[file] = name;
  }

 private:
  fs::path folder_;
  Random& random_;
  std::map<fs::path, std::string> names_;
};

std::vector<SurveyQuestion> questions_of(const SurveyOptions& options) {
  std::vector<SurveyQuestion> questions = {survey_questions[0]};
  if (!options.sources.empty()) questions.push_back(survey_questions[1]);
  if (!options.drivers.empty()) questions.push_back(survey_questions[2]);
  return questions;
}

const fs::path& file_of(const Clips& files, const std::string& clip, const fs::path& folder) {
  const auto file = files.find(clip);
  if (file == files.end()) {
    throw InputError("the folder " + folder.string() + " has no file for the clip '" + clip +
                     "'; it must be named like the clip");
  }
  return file->second;
}

std::vector<std::string> notes_on(const std::vector<SurveySystem>& systems,
                                  const std::vector<Clips>& results) {
  std::vector<std::string> notes;
  std::set<std::string> extensions;
  for (std::size_t i = 0; i < results.size(); ++i) {
    for (const auto& [clip, file] : results[i]) {
      extensions.insert(file.extension().string());
      const bool alone = std::none_of(results.begin(), results.end(), [&, name = clip](const Clips& other) {
        return &other != &results[i] && other.count(name) > 0;
      });
      if (alone) notes.push_back("the clip '" + clip + "' is left out: only " + systems[i].name + " has it");
    }
  }
  if (extensions.size() > 1)
    notes.emplace_back("the videos differ in file type, which may tell raters whose they are");
  return notes;
}

}  // namespace

SurveySummary make_survey(const SurveyOptions& options) {
  validate(options);
  std::vector<Clips> results;
  for (const SurveySystem& system : options.systems) results.push_back(videos_by_name(system.folder));
  const Clips sources =
      options.sources.empty() ? Clips() : clips_by_name(pictures_in(options.sources), options.sources);
  const Clips drivers = options.drivers.empty() ? Clips() : videos_by_name(options.drivers);

  Fingerprint fingerprint;
  fingerprint.add(std::to_string(options.seed) + " " + std::to_string(options.pairs));
  for (std::size_t i = 0; i < results.size(); ++i) {
    fingerprint.add(options.systems[i].name);
    for (const auto& [clip, file] : results[i]) {
      fingerprint.add(clip);
      fingerprint.add_file(file);
    }
  }
  for (const Clips* references : {&sources, &drivers}) {
    for (const auto& [clip, file] : *references) fingerprint.add(clip);
  }
  Random random(fingerprint.value());
  const std::vector<Comparison> comparisons = choose_comparisons(results, options.pairs, random);
  if (comparisons.empty())
    throw InputError("no clip name occurs in two of the result folders, so there is nothing to compare");

  SurveySummary summary;
  summary.id = hexadecimal(random.bits());
  summary.comparisons = static_cast<int>(comparisons.size());
  summary.notes = notes_on(options.systems, results);

  fs::path output = options.output;
  if (!output.has_filename()) output = output.parent_path();
  AtomicFile folder(output);
  summary.page = output / "page";
  summary.key = output / "key.json";
  MediaCopies copies(folder.path() / "page" / "media", random);
  ordered_json shown = ordered_json::array();
  ordered_json secret = ordered_json::array();
  std::set<std::string> clips;
  for (const Comparison& comparison : comparisons) {
    clips.insert(comparison.clip);
    const std::string first = copies.add(results[comparison.first].at(comparison.clip));
    const std::string second = copies.add(results[comparison.second].at(comparison.clip));
    ordered_json entry = {{"id", hexadecimal(random.bits())},
                          {"videos", {std::min(first, second), std::max(first, second)}}};
    secret.push_back({{"id", entry["id"]},
                      {"clip", comparison.clip},
                      {"videos",
                       {{first, options.systems[comparison.first].name},
                        {second, options.systems[comparison.second].name}}}});
    if (!options.sources.empty())
      entry["source"] = copies.add(file_of(sources, comparison.clip, options.sources));
    if (!options.drivers.empty())
      entry["driver"] = copies.add(file_of(drivers, comparison.clip, options.drivers));
    shown.push_back(entry);
  }
  summary.clips = static_cast<int>(clips.size());

  ordered_json questions = ordered_json::array();
  ordered_json question_keys = ordered_json::array();
  for (const SurveyQuestion& question : questions_of(options)) {
    questions.push_back({{"key", question.key}, {"text", question.text}});
    question_keys.push_back(question.key);
  }
  ordered_json systems = ordered_json::array();
  for (const SurveySystem& system : options.systems) systems.push_back(system.name);

  const ordered_json page = {{"format", survey_answers_format},
                             {"format_version", survey_format_version},
                             {"survey", summary.id},
                             {"questions", questions},
                             {"comparisons", shown}};
  const ordered_json key = {{"format", survey_key_format}, {"format_version", survey_format_version},
                            {"survey", summary.id},        {"seed", options.seed},
                            {"systems", systems},          {"questions", question_keys},
                            {"comparisons", secret}};
  constexpr auto replace = ordered_json::error_handler_t::replace;
  write_file(
      folder.path() / "page" / "index.html",
      fill_template(survey_page_template, {{"survey", script_json(page.dump(-1, ' ', false, replace))}}));
  write_file(folder.path() / "key.json", key.dump(1, ' ', false, replace) + "\n");
  folder.commit();
  return summary;
}

}  // namespace reenact
