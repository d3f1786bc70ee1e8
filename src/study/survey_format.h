#pragma once

#include <array>

namespace reenact {

struct SurveyQuestion {
  const char* key;
  const char* text;
};

inline constexpr std::array<SurveyQuestion, 3> survey_questions = {{
    {"realism", "Which video looks more real?"},
    {"identity", "In which video does the face look more like the person in the photo?"},
    {"motion", "In which video does the face move more like the face in the driver video?"},
}};

inline constexpr const char* survey_key_format = "reenact-survey-key";
inline constexpr const char* survey_answers_format = "reenact-survey-answers";
inline constexpr int survey_format_version = 1;

}  // namespace reenact
