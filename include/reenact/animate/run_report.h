#pragma once

#include <filesystem>
#include <string>

#include "reenact/animate/run.h"

namespace reenact {

/// Writes run.json: resolved options, versions, sha256 of the models, and what the run did
/// (docs/report_format.md). Written beside and renamed. Throws OutputError.
void write_run_report(const std::filesystem::path& path, const ReenactOptions& options,
                      const RunSummary& summary);

/// The summary for a person: frames, lost frames, seconds per stage.
std::string summary_text(const RunSummary& summary);

}  // namespace reenact
