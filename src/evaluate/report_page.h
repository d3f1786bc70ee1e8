#pragma once

#include <string>

#include "reenact/evaluate/scores.h"

namespace reenact {

/// The evaluation as one HTML page that needs nothing else.
std::string report_page(const Evaluation& evaluation);

}  // namespace reenact
