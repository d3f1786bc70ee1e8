// Lists a data set's tree as JSON Lines, one line per item (docs/datasets.md):
// {"name", "person", "split"} and "video", "frames" (pictures of a recording, in order) or "photos".
#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "reenact/core/error.h"
#include "reenact/study/datasets.h"

namespace {

using namespace reenact;
using nlohmann::json;

void write_line(const DatasetItem& item) {
  json line = {{"name", item.name}, {"person", item.person}, {"split", item.split}};
  if (!item.video.empty()) {
    line["video"] = item.video.string();
  } else {
    json& pictures = line[item.in_order ? "frames" : "photos"] = json::array();
    for (const auto& image : item.images) pictures.push_back(image.string());
  }
  std::cout << line.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A data set's tree as JSON Lines.");
  std::string dataset;
  std::filesystem::path root;
  std::string split = "all";
  app.add_option("dataset", dataset, "voxceleb2, hq-voxceleb, celebv or uva-nemo")->required();
  app.add_option("--root", root, "folder of the data set")->required();
  app.add_option("--split", split, "part of the data set")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    visit_dataset(parse_dataset_kind(dataset), root, split, write_line);
    if (!std::cout.flush()) throw OutputError("cannot write the list");
    return 0;
  } catch (const Error& error) {
    std::cerr << "error: " << error.what() << '\n';
    return static_cast<int>(error.code());
  }
}
