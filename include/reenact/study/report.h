#pragma once

#include <filesystem>
#include <string>

#include "reenact/study/scores.h"

namespace reenact {

/// Writes four files into `directory`, which is made when missing; each appears only when complete and
/// replaces an older one:
/// - evaluation.json: everything but the pictures; null where nothing was measured, "inf" for infinity;
/// - frames.csv: one row per frame of each item; items.csv: one row per item (RFC 4180 quoting, empty
///   fields where nothing was measured);
/// - report.html: one self-contained page with intervals, plots over time and the worst frames.
/// Throws OutputError.
void write_evaluation(const Evaluation& evaluation, const std::filesystem::path& directory);

/// The summary as text with aligned columns, for a terminal. Ends with a line break.
std::string summary_table(const Evaluation& evaluation);

}  // namespace reenact
