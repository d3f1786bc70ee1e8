#pragma once

#include <algorithm>
#include <set>
#include <string>

#include "reenact/study/scores.h"

namespace reenact {

/// ": why", or nothing when no reason is known.
inline std::string reason_clause(const Evaluation& evaluation, Measure measure) {
  const auto reason = evaluation.missing.find(measure_info(measure).key);
  return reason == evaluation.missing.end() ? "" : ": " + reason->second;
}

inline std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// "12 persons, 34 clips, 1 failed". Only persons of clips with scores count.
inline std::string counts_text(const Evaluation& evaluation) {
  std::set<std::string> persons;
  std::size_t failed = 0;
  for (const ItemScores& item : evaluation.items) {
    if (!item.failure.empty()) {
      ++failed;
    } else {
      persons.insert(item.person.empty() ? "item " + item.name : "person " + item.person);
    }
  }
  return counted(persons.size(), "person") + ", " + counted(evaluation.items.size(), "clip") +
         (failed > 0 ? ", " + std::to_string(failed) + " failed" : "");
}

}  // namespace reenact
