#include "study/report_page.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "reenact/files/markup.h"
#include "reenact/files/text_table.h"
#include "study/evaluation_counts.h"
#include "study/html.h"
#include "study/pages.h"

namespace reenact {
namespace {

constexpr std::size_t items_opened = 3;

std::string element(const std::string& name, const std::string& text) {
  return "<" + name + ">" + escape_markup(text) + "</" + name.substr(0, name.find(' ')) + ">";
}

std::string number_cell(const std::string& text) { return element("td class=\"number\"", text); }

std::vector<Measure> measured(const Evaluation& evaluation) {
  std::vector<Measure> measures;
  for (std::size_t i = 0; i < measure_count; ++i) {
    const auto has_value = [i](const ItemScores& item) { return !std::isnan(item.mean.values[i]); };
    if (std::any_of(evaluation.items.begin(), evaluation.items.end(), has_value)) {
      measures.push_back(static_cast<Measure>(i));
    }
  }
  return measures;
}

std::string summary_rows(const Evaluation& evaluation) {
  std::string rows;
  for (std::size_t i = 0; i < measure_count; ++i) {
    const MeasureInfo& info = measure_info(static_cast<Measure>(i));
    const Summary& summary = evaluation.summary[i];
    rows +=
        "<tr><th scope=\"row\">" + escape_markup(info.title) + " " + element("small", info.unit) + "</th>";
    if (std::isnan(summary.mean)) {
      rows += element("td class=\"missing\" colspan=\"4\"",
                      "not measured" + reason_clause(evaluation, static_cast<Measure>(i)));
    } else {
      rows += number_cell(fixed(summary.mean, info.decimals));
      rows += number_cell(interval_text(summary.low, summary.high, info.decimals));
      rows += number_cell(std::to_string(summary.count));
      rows += element("td", info.higher_is_better ? "↑ higher" : "↓ lower");
    }
    rows += "</tr>\n";
  }
  return rows;
}

std::string fidelity_rows(const Evaluation& evaluation) {
  constexpr int decimals = 2;
  std::string rows;
  for (std::size_t f = 0; f < motion_feature_count; ++f) {
    const FidelitySummary& summary = evaluation.fidelity.values[f];
    rows += "<tr>" + element("th scope=\"row\"", motion_feature_info(static_cast<MotionFeature>(f)).title);
    for (const Summary* of : {&summary.correlation, &summary.amplitude}) {
      rows +=
          number_cell(fixed(of->mean, decimals)) + number_cell(interval_text(of->low, of->high, decimals));
    }
    rows += number_cell(std::to_string(summary.amplitude.count)) + "</tr>\n";
  }
  return rows;
}

std::string cost_section(const Evaluation& evaluation) {
  if (evaluation.cost.empty()) return "<p class=\"missing\">No generator was run.</p>";
  std::string rows;
  for (const GeneratorCost& cost : evaluation.cost) {
    rows += "<tr>" + element("th scope=\"row\"", cost.generator) +
            number_cell(fixed(cost.initialize_macs / 1e9, 3)) +
            number_cell(fixed(static_cast<double>(cost.initialize_parameters) / 1e6, 3)) +
            number_cell(fixed(cost.forward_macs / 1e9, 3)) +
            number_cell(fixed(static_cast<double>(cost.forward_parameters) / 1e6, 3)) +
            element("td", cost.precision) + "</tr>\n";
  }
  return "<div class=\"scroll\"><table><thead><tr><th scope=\"col\" rowspan=\"2\">Generator</th>"
         "<th scope=\"colgroup\" colspan=\"2\">once per photo</th>"
         "<th scope=\"colgroup\" colspan=\"3\">per frame</th></tr>"
         "<tr><th scope=\"col\" class=\"number\">GMAC</th><th scope=\"col\" class=\"number\">M "
         "parameters</th>"
         "<th scope=\"col\" class=\"number\">GMAC</th><th scope=\"col\" class=\"number\">M "
         "parameters</th><th scope=\"col\">precision</th></tr></thead><tbody>\n" +
         rows + "</tbody></table></div>";
}

std::string clips_table(const Evaluation& evaluation) {
  const std::vector<Measure> measures = measured(evaluation);
  std::string table =
      "<thead><tr><th scope=\"col\">Clip</th><th scope=\"col\">Person</th><th scope=\"col\" "
      "class=\"number\">Frames</th>";
  for (const Measure measure : measures)
    table += element("th scope=\"col\" class=\"number\"", measure_info(measure).title);
  table += "</tr></thead><tbody>\n";
  for (std::size_t i = 0; i < evaluation.items.size(); ++i) {
    const ItemScores& item = evaluation.items[i];
    table += "<tr><th scope=\"row\"><a href=\"#clip-" + std::to_string(i) + "\">" + escape_markup(item.name) +
             "</a></th>" + element("td", item.person) + number_cell(std::to_string(item.frames.size()));
    if (!item.failure.empty()) {
      table += element("td class=\"failure\" colspan=\"" +
                           std::to_string(std::max<std::size_t>(1, measures.size())) + "\"",
                       "failed: " + item.failure);
    } else {
      for (const Measure measure : measures) {
        table += number_cell(fixed(item.mean[measure], measure_info(measure).decimals));
      }
    }
    table += "</tr>\n";
  }
  return table + "</tbody>";
}

std::string worst_frames(const ItemScores& item) {
  if (item.worst.empty()) return "";
  std::string figures =
      "<h4>Worst frames</h4>\n<p class=\"hint\">Source, then target or driver, then result.</p>\n<div "
      "class=\"worst\">";
  for (const WorstFrame& frame : item.worst) {
    const std::string caption = "frame " + std::to_string(frame.frame) + ": " + frame.why;
    figures += "<figure><img alt=\"" + escape_markup("Source, target or driver, and result at " + caption) +
               "\" src=\"" + escape_markup(data_uri(frame.mime_type, frame.picture)) + "\">" +
               element("figcaption", caption) + "</figure>\n";
  }
  return figures + "</div>\n";
}

std::string clip_sections(const Evaluation& evaluation) {
  std::string sections;
  for (std::size_t i = 0; i < evaluation.items.size(); ++i) {
    const ItemScores& item = evaluation.items[i];
    sections += "<details class=\"clip\" id=\"clip-" + std::to_string(i) + "\"" +
                (i < items_opened ? " open" : "") + "><summary><h3>" + escape_markup(item.name) + "</h3> " +
                element("small", item.person) + "</summary>\n";
    if (!item.failure.empty()) sections += element("p class=\"failure\"", "Failed: " + item.failure);
    for (const std::string& note : item.notes) sections += element("p class=\"missing\"", note);
    sections += "<dl>";
    for (const auto& [label, path] : {std::pair("Source", item.source), std::pair("Driver", item.driver),
                                      std::pair("Result", item.result)}) {
      if (!path.empty()) sections += element("dt", label) + element("dd", path);
    }
    sections += "</dl>\n<div class=\"plots\" data-clip=\"" + std::to_string(i) + "\"></div>\n" +
                worst_frames(item) + "</details>\n";
  }
  return sections;
}

std::string versions_list(const Evaluation& evaluation) {
  std::string list;
  for (const auto& [name, version] : evaluation.versions)
    list += element("dt", name) + element("dd", version);
  for (const auto& [role, sha256] : evaluation.model_sha256)
    list += element("dt", role + " SHA-256") + element("dd", sha256);
  return list;
}

/// A JSON number with few digits; null where nothing finite was measured.
std::string short_number(double value, int decimals) {
  return std::isfinite(value) ? fixed(value, decimals) : "null";
}

/// What `write` writes for each element, as a JSON array.
template <typename Elements, typename Writer>
std::string json_array(const Elements& elements, Writer write) {
  std::string text;
  for (const auto& element : elements) text += (text.empty() ? "" : ",") + write(element);
  return "[" + text + "]";
}

/// One number per frame, or null when the measure has no finite value in the clip.
std::string plot_values(const std::vector<FrameScores>& frames, Measure measure) {
  const auto has_value = [&](const FrameScores& frame) { return std::isfinite(frame.scores[measure]); };
  if (std::none_of(frames.begin(), frames.end(), has_value)) return "null";
  return json_array(frames, [&](const FrameScores& frame) {
    return short_number(frame.scores[measure], measure_info(measure).decimals);
  });
}

/// {"frames": [...], "times": [...], "means": [one per measure], "values": [one array or null per measure]}
std::string plot_clip(const ItemScores& item) {
  std::vector<Measure> measures;
  for (std::size_t i = 0; i < measure_count; ++i) measures.push_back(static_cast<Measure>(i));
  const auto frame_number = [](const FrameScores& frame) { return std::to_string(frame.frame); };
  const auto time = [](const FrameScores& frame) { return short_number(frame.time_s, 3); };
  const auto mean = [&](Measure measure) {
    return short_number(item.mean[measure], measure_info(measure).decimals);
  };
  const auto values = [&](Measure measure) { return plot_values(item.frames, measure); };
  return "\n{\"frames\":" + json_array(item.frames, frame_number) +
         ",\"times\":" + json_array(item.frames, time) + ",\"means\":" + json_array(measures, mean) +
         ",\"values\":" + json_array(measures, values) + "}";
}

/// {"measures": [...], "clips": [...]}, for the script of the page.
std::string plot_data(const Evaluation& evaluation) {
  nlohmann::json measures = nlohmann::json::array();
  for (std::size_t i = 0; i < measure_count; ++i) {
    const MeasureInfo& info = measure_info(static_cast<Measure>(i));
    measures.push_back({{"title", info.title}, {"unit", info.unit}, {"decimals", info.decimals}});
  }
  return "{\"measures\":" + measures.dump() + ",\"clips\":" + json_array(evaluation.items, plot_clip) + "}";
}

}  // namespace

std::string report_page(const Evaluation& evaluation) {
  return fill_template(report_page_template, {{"title", escape_markup(evaluation.title)},
                                              {"mode", escape_markup(evaluation.mode)},
                                              {"counts", escape_markup(counts_text(evaluation))},
                                              {"summary", summary_rows(evaluation)},
                                              {"fidelity", fidelity_rows(evaluation)},
                                              {"cost", cost_section(evaluation)},
                                              {"clips", clips_table(evaluation)},
                                              {"clip_sections", clip_sections(evaluation)},
                                              {"versions", versions_list(evaluation)},
                                              {"plot_data", script_json(plot_data(evaluation))}});
}

}  // namespace reenact
