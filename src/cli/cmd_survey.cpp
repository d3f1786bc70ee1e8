#include "cli/cmd_survey.h"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "reenact/core/error.h"
#include "reenact/study/survey.h"

namespace reenact::cli {
namespace {

struct MakeArguments {
  SurveyOptions options;
  std::vector<std::string> results;
};

struct AggregateArguments {
  std::vector<std::filesystem::path> answers;
  std::filesystem::path key;
  std::filesystem::path output;
};

SurveySystem parse_result(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw UsageError("--result got '" + text + "'; it looks like NAME=FOLDER");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

void run_make(const MakeArguments& arguments) {
  SurveyOptions options = arguments.options;
  for (const std::string& result : arguments.results) options.systems.push_back(parse_result(result));
  const SurveySummary summary = make_survey(options);
  for (const std::string& note : summary.notes) spdlog::warn(note);
  std::cout << "survey " << summary.id << ": " << summary.comparisons << " comparisons of " << summary.clips
            << " clips\n"
            << "for the raters  " << summary.page.string() << '\n'
            << "for you alone   " << summary.key.string() << '\n';
}

void run_aggregate(const AggregateArguments& arguments) {
  const SurveyResult result = aggregate_survey(arguments.answers, arguments.key);
  for (const std::string& note : result.notes) spdlog::warn(note);
  write_survey_result(result, arguments.output);
  std::cout << preference_table(result);
}

void add_make(CLI::App& survey) {
  const auto arguments = std::make_shared<MakeArguments>();
  CLI::App* make = survey.add_subcommand("make", "make a page that compares result videos in pairs");
  make->add_option("--result", arguments->results, "NAME=FOLDER of one system's videos; give two or more")
      ->required();
  make->add_option("--sources", arguments->options.sources,
                   "folder of photos named like the clips; asks for identity");
  make->add_option("--drivers", arguments->options.drivers,
                   "folder of drivers named like the clips; asks for motion");
  make->add_option("-o,--output", arguments->options.output,
                   "folder for page/ and key.json; must be new or empty")
      ->required();
  make->add_option("--pairs", arguments->options.pairs, "comparisons on the page; 0 = all")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  make->add_option("--seed", arguments->options.seed, "of the choice of comparisons and of the neutral names")
      ->capture_default_str();
  make->callback([arguments] { run_make(*arguments); });
}

void add_aggregate(CLI::App& survey) {
  const auto arguments = std::make_shared<AggregateArguments>();
  CLI::App* aggregate = survey.add_subcommand("aggregate", "turn the raters' files into preference rates");
  aggregate->add_option("answers", arguments->answers, "files saved from the page")->required();
  aggregate->add_option("--key", arguments->key, "key.json of the survey")->required();
  aggregate->add_option("-o,--output", arguments->output, "folder for preferences.json and preferences.csv")
      ->required();
  aggregate->callback([arguments] { run_aggregate(*arguments); });
}

}  // namespace

void add_survey_command(CLI::App& app) {
  CLI::App* survey = app.add_subcommand("survey", "let people compare results");
  survey->require_subcommand(1);
  add_make(*survey);
  add_aggregate(*survey);
}

}  // namespace reenact::cli
