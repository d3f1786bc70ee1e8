#include "reenact/files/json_text.h"

namespace reenact {

using nlohmann::json;

namespace {

struct TooDeep {};

}  // namespace

json parse_json(const std::string& text) {
  try {
    return json::parse(
        text,
        [](int depth, json::parse_event_t event, json& /*value*/) {
          const bool starts =
              event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
          if (starts && depth >= max_json_depth) throw TooDeep();  // `depth` are those around it
          return true;
        },
        /*allow_exceptions=*/false);
  } catch (const TooDeep&) {
    return json(json::value_t::discarded);
  }
}

}  // namespace reenact
