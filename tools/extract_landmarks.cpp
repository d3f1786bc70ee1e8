// Writes the landmarks of photos and videos as JSON Lines, one line per picture with a face:
// {"file", "frame", "points": [[x, y], …], "iris": [[x, y], …]} in pixels of the picture.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "reenact/app/landmark_locator.h"
#include "reenact/core/error.h"
#include "reenact/media/image.h"
#include "reenact/media/video_reader.h"

namespace {

using namespace reenact;
using nlohmann::json;

json points_json(const Eigen::Matrix2Xd& points) {
  json rows = json::array();
  for (Eigen::Index i = 0; i < points.cols(); ++i) {
    rows.push_back({std::round(points(0, i) * 1000) / 1000, std::round(points(1, i) * 1000) / 1000});
  }
  return rows;
}

void write_line(std::ostream& out, const std::string& file, std::int64_t frame, const Landmarks& landmarks) {
  out << json{{"file", file},
              {"frame", frame},
              {"points", points_json(landmarks.points)},
              {"iris", points_json(landmarks.iris)}}
             .dump()
      << '\n';
}

struct Arguments {
  std::vector<std::string> inputs;
  std::string output;
  std::string models = "models";
  std::string scheme = "dense";
  std::string shape_predictor = "/usr/share/dlib/shape_predictor_68_face_landmarks.dat";
  int every = 1;
};

LandmarkLocator make_locator(const Arguments& arguments) {
  if (arguments.scheme == "dlib68") {
    return LandmarkLocator(std::make_shared<Dlib68Predictor>(arguments.shape_predictor), FaceChoice());
  }
  return LandmarkLocator(std::make_shared<LandmarkNetworks>(arguments.models + "/landmarks", InferOptions()),
                         FaceChoice());
}

void extract(const Arguments& arguments) {
  LandmarkLocator locator = make_locator(arguments);
  std::ofstream out(arguments.output);
  for (const std::string& input : arguments.inputs) {
    try {
      if (is_image_path(input)) {
        if (const auto found = locator.find_in_photo(read_photo(input))) write_line(out, input, 0, *found);
        continue;
      }
      VideoReader reader(input);
      locator.reset();
      while (const auto frame = reader.read()) {
        const auto found = locator.track(frame->image);
        if (found && frame->index % arguments.every == 0) write_line(out, input, frame->index, *found);
      }
    } catch (const InputError& error) {
      std::cerr << "left out: " << error.what() << '\n';
    }
  }
  if (!out.flush()) throw OutputError("cannot write " + arguments.output);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Landmarks of photos and videos as JSON Lines.");
  Arguments arguments;
  app.add_option("inputs", arguments.inputs, "photos and videos")->required();
  app.add_option("-o,--output", arguments.output, "JSON Lines file to write")->required();
  app.add_option("--models", arguments.models, "directory of the models");
  app.add_option("--landmarks", arguments.scheme, "dense or dlib68")
      ->check(CLI::IsMember({"dense", "dlib68"}));
  app.add_option("--shape-predictor", arguments.shape_predictor, "dlib's 68-point file");
  app.add_option("--every", arguments.every, "write every n-th frame of a video")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  try {
    extract(arguments);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
