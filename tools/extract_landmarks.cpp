// Writes the landmarks of photos and videos as JSON Lines, one line per picture with a face:
// {"file", "frame", "points": [[x, y], …], "iris": [[x, y], …]} in pixels of the picture.
// With --refine those of a video are aligned to a keyframe as in a run of reenact.
#include <CLI/CLI.hpp>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <opencv2/core/utility.hpp>

#include "reenact/core/error.h"
#include "reenact/files/media_files.h"
#include "reenact/io/face_model_file.h"
#include "reenact/media/image.h"
#include "reenact/media/video_reader.h"
#include "reenact/track/motion_source.h"

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
  bool refine = false;
};

using MakeLocator = std::function<LandmarkLocator()>;

MakeLocator locators(const Arguments& arguments) {
  if (arguments.scheme == "dlib68") {
    const auto predictor = std::make_shared<const Dlib68Predictor>(arguments.shape_predictor);
    return [=] { return LandmarkLocator(predictor, FaceChoice()); };
  }
  const auto networks =
      std::make_shared<const LandmarkNetworks>(arguments.models + "/landmarks", InferOptions());
  return [=] { return LandmarkLocator(networks, FaceChoice()); };
}

void extract_plain(VideoReader reader, LandmarkLocator locator, const std::string& input, int every,
                   std::ostream& out) {
  while (const auto frame = reader.read()) {
    const auto found = locator.track(frame->image);
    if (found && frame->index % every == 0) write_line(out, input, frame->index, *found);
  }
}

/// Tracks videos and aligns their frames.
class RefinedExtractor {
 public:
  explicit RefinedExtractor(const Arguments& arguments)
      : arguments_(arguments),
        model_(load_face_model(arguments.models + "/face_model")),
        fitter_(model_, LandmarkScheme::mesh468) {}

  void extract(VideoReader reader, LandmarkLocator locator, const std::string& input,
               std::ostream& out) const {
    StageTimes times;
    TrackedMotion motion(std::move(reader), std::move(locator), model_, fitter_, TrackingOptions(), times);
    while (const auto frame = motion.next_tracked()) {
      const bool wanted = frame->refined && frame->motion.index % arguments_.every == 0;
      if (wanted) write_line(out, input, frame->motion.index, *frame->refined);
    }
  }

 private:
  const Arguments& arguments_;
  FaceModel model_;
  FaceFitter fitter_;
};

void extract(const Arguments& arguments) {
  const MakeLocator make_locator = locators(arguments);
  LandmarkLocator photo_locator = make_locator();
  std::optional<RefinedExtractor> refined;
  if (arguments.refine) refined.emplace(arguments);
  std::ofstream out(arguments.output);
  for (const std::string& input : arguments.inputs) {
    try {
      if (is_picture_name(input)) {
        if (const auto found = photo_locator.find_in_photo(read_photo(input)))
          write_line(out, input, 0, *found);
      } else if (refined) {
        refined->extract(VideoReader(input), make_locator(), input, out);
      } else {
        extract_plain(VideoReader(input), make_locator(), input, arguments.every, out);
      }
    } catch (const InputError& error) {
      std::cerr << "left out: " << error.what() << '\n';
    } catch (const NoFaceError& error) {
      std::cerr << "left out: " << input << ": " << error.what() << '\n';
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
  app.add_flag("--refine", arguments.refine, "align the frames of a video; only dense landmarks");
  app.add_option("--every", arguments.every, "write every n-th frame of a video")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  cv::setNumThreads(1);
  try {
    extract(arguments);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
