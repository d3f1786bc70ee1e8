#pragma once

namespace reenact {

/// Templates with {{name}} placeholders, from src/study/pages.
extern const char* const report_page_template;
extern const char* const survey_page_template;

}  // namespace reenact
