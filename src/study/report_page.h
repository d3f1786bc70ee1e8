#pragma once

#include <string>

#include "reenact/study/scores.h"

namespace reenact {

/// The evaluation as one HTML page that needs nothing else.
std::string report_page(const Evaluation& evaluation);

}  // namespace reenact
