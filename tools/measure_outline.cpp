// Writes how far the outline of a photo's mesh lies from that of its matte, as CSV with one row per photo:
// photo, points, mean_distance, mean_signed, share_near. Distances are in eye distances, over the points of
// the matte's outline that end at skin beside cheek and jaw; the signed one is positive where the mesh
// reaches beyond the matte; near is closer than 0.03. With --draw also pictures: the matte's outline green,
// those of its points that count yellow, the mesh's red.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "reenact/animate/engine.h"
#include "reenact/animate/source_avatar.h"
#include "reenact/core/error.h"
#include "reenact/core/landmark_indices.h"
#include "reenact/media/image.h"
#include "reenact/render/rasterizer.h"

namespace {

using namespace reenact;
namespace fs = std::filesystem;

constexpr int side = 640;  // of the crop that is looked at, pixels
constexpr double beside_face =
    0.16;  // eye distances from the landmarks' oval within which an outline is the cheek's
constexpr double skin_depth = 0.06;     // eye distances inside of the outline, where skin is looked for
constexpr double skin_tolerance = 3.5;  // standard deviations of the face's skin
constexpr double near_share = 0.03;

struct Distances {
  int points = 0;
  double mean = 0;
  double mean_signed = 0;
  double near = 0;
};

/// Face-mesh points from the temple over the cheeks to the chin (MediaPipe's oval without the forehead).
std::vector<int> cheeks_and_jaw() { return {mesh468::oval.begin() + 6, mesh468::oval.begin() + 31}; }

cv::Mat mesh_mask(const SourceAvatar& avatar) {
  const FaceState state = avatar.state_in_crop(side);
  Raster raster;
  rasterize(project(state.pose, shape_face(avatar.model(), state.identity, state.expression, state.gaze)),
            avatar.model().triangles, side, false, raster);
  cv::Mat mask(side, side, CV_8UC1);
  for (int i = 0; i < side * side; ++i)
    mask.data[i] = raster.triangle[static_cast<std::size_t>(i)] >= 0 ? 255 : 0;
  return mask;
}

/// A picture of the canvas as the crop shows it.
cv::Mat in_crop(const cv::Mat& picture, const CropSquare& crop) {
  const double scale = crop.side / side;
  const cv::Mat canvas_from_crop =
      (cv::Mat_<double>(2, 3) << scale, 0, crop.left + 0.5 * scale, 0, scale, crop.top + 0.5 * scale);
  cv::Mat cut;
  cv::warpAffine(picture, cut, canvas_from_crop, {side, side}, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP);
  return cut;
}

cv::Mat matte_mask(const SourceAvatar& avatar) {
  cv::Mat alpha = cv::Mat::zeros(avatar.canvas().size(), CV_8UC1);
  avatar.layers()->alpha.copyTo(alpha(avatar.layers()->region));
  return in_crop(alpha, avatar.crop_in_canvas()) > 127;
}

std::vector<cv::Point> outline(const cv::Mat& mask) {
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(mask, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  std::vector<cv::Point> points;
  for (const auto& contour : contours) {
    for (const cv::Point& point : contour) {
      if (point.x > 1 && point.y > 1 && point.x < side - 2 && point.y < side - 2) points.push_back(point);
    }
  }
  return points;
}

/// Whether a colour is that of the face's skin.
class Skin {
 public:
  Skin(const cv::Mat& lab, const Eigen::Matrix2Xd& landmarks) {
    std::vector<cv::Vec3f> samples;
    for (const int point : mesh468::skin) {
      const cv::Point at(cvRound(landmarks(0, point)), cvRound(landmarks(1, point)));
      if (cv::Rect(0, 0, side, side).contains(at)) samples.emplace_back(lab.at<cv::Vec3b>(at));
    }
    cv::Scalar mean, deviation;
    cv::meanStdDev(cv::Mat(samples), mean, deviation);
    for (int c = 0; c < 3; ++c) {
      mean_[c] = static_cast<float>(mean[c]);
      deviation_[c] = std::max(static_cast<float>(deviation[c]), c == 0 ? 12.0F : 4.0F);
    }
  }
  bool operator()(const cv::Vec3b& colour) const {
    double squared = 0;
    for (int c = 0; c < 3; ++c) {
      const double off = (colour[c] - mean_[c]) / deviation_[c];
      squared += (c == 0 ? 0.5 : 1.0) * off * off;
    }
    return squared < skin_tolerance * skin_tolerance;
  }

 private:
  cv::Vec3f mean_;
  cv::Vec3f deviation_;
};

/// Points of the matte's outline at which the skin of cheek or jaw ends.
std::vector<cv::Point> skin_outline(const cv::Mat& matte, const cv::Mat& lab,
                                    const Eigen::Matrix2Xd& landmarks, double unit) {
  const Skin is_skin(lab, landmarks);
  cv::Mat smooth;
  cv::GaussianBlur(matte, smooth, {}, 0.03 * unit);
  std::vector<cv::Point2f> jaw;
  for (const int point : cheeks_and_jaw())
    jaw.emplace_back(static_cast<float>(landmarks(0, point)), static_cast<float>(landmarks(1, point)));
  std::vector<cv::Point> points;
  for (const cv::Point& point : outline(matte)) {
    double nearest = 1e9;
    for (std::size_t i = 0; i + 1 < jaw.size(); ++i) {
      const cv::Point2f along = jaw[i + 1] - jaw[i];
      const cv::Point2f off = cv::Point2f(point) - jaw[i];
      const float t = std::clamp(off.dot(along) / std::max(along.dot(along), 1e-6F), 0.0F, 1.0F);
      nearest = std::min(nearest, cv::norm(off - t * along));
    }
    if (nearest > beside_face * unit) continue;
    const double gx = smooth.at<uchar>(point.y, point.x + 1) - smooth.at<uchar>(point.y, point.x - 1);
    const double gy = smooth.at<uchar>(point.y + 1, point.x) - smooth.at<uchar>(point.y - 1, point.x);
    const double length = std::max(std::hypot(gx, gy), 1e-6);
    const cv::Point inside(cvRound(point.x + skin_depth * unit * gx / length),
                           cvRound(point.y + skin_depth * unit * gy / length));
    if (cv::Rect(0, 0, side, side).contains(inside) && is_skin(lab.at<cv::Vec3b>(inside)))
      points.push_back(point);
  }
  return points;
}

Distances measure(const SourceAvatar& avatar, const Landmarks& landmarks, const fs::path& drawing) {
  Eigen::Matrix2Xd in_crop_px = landmarks.points;
  for (Eigen::Index i = 0; i < in_crop_px.cols(); ++i)
    in_crop_px.col(i) = avatar.crop().crop_from_image(landmarks.points.col(i), side);
  const double unit = interocular_distance(landmarks) * side / avatar.crop().side;
  cv::Mat picture = in_crop(avatar.canvas(), avatar.crop_in_canvas());
  cv::Mat lab;
  cv::cvtColor(picture, lab, cv::COLOR_BGR2Lab);
  const cv::Mat mesh = mesh_mask(avatar);
  const cv::Mat matte = matte_mask(avatar);
  const std::vector<cv::Point> mesh_points = outline(mesh);
  const std::vector<cv::Point> counted = skin_outline(matte, lab, in_crop_px, unit);
  Distances distances;
  for (const cv::Point& point : counted) {
    double nearest = 1e9;
    for (const cv::Point& other : mesh_points) nearest = std::min(nearest, cv::norm(point - other));
    nearest /= unit;
    ++distances.points;
    distances.mean += nearest;
    distances.mean_signed += mesh.at<uchar>(point) ? nearest : -nearest;
    distances.near += nearest < near_share ? 1 : 0;
  }
  const double count = std::max(distances.points, 1);
  distances.mean /= count;
  distances.mean_signed /= count;
  distances.near /= count;
  if (!drawing.empty()) {
    for (const cv::Point& point : outline(matte)) picture.at<cv::Vec3b>(point) = {0, 255, 0};
    for (const cv::Point& point : mesh_points) picture.at<cv::Vec3b>(point) = {0, 0, 255};
    for (const cv::Point& point : counted) picture.at<cv::Vec3b>(point) = {0, 255, 255};
    for (const int point : mesh468::oval)
      cv::circle(picture, {cvRound(in_crop_px(0, point)), cvRound(in_crop_px(1, point))}, 2, {255, 128, 0},
                 -1);
    cv::imwrite(drawing.string(), picture);
  }
  return distances;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Distance of the mesh's outline from the matte's, for photos.");
  std::vector<std::string> photos;
  ReenactOptions options;
  options.models = "models";
  fs::path drawings;
  app.add_option("photos", photos, "photos")->required();
  app.add_option("--models", options.models, "directory of the models");
  app.add_option("--draw", drawings, "folder for pictures of the outlines");
  CLI11_PARSE(app, argc, argv);
  try {
    const Engine engine(options, true);
    std::cout << "photo,points,mean_distance,mean_signed,share_near\n";
    for (const std::string& name : photos) {
      const cv::Mat photo = read_photo(name);
      LandmarkLocator locator = engine.make_locator(options.source_face);
      const std::optional<Landmarks> landmarks = locator.find_in_photo(photo);
      if (!landmarks) continue;
      const SourceAvatar avatar(photo, *landmarks, engine.model(), engine.fitter(), engine.generator(), {},
                                {engine.segmenter(), {}, SplitRegion::head, {}});
      if (!avatar.layers()) continue;
      const fs::path stem = fs::path(name).stem();
      const Distances d =
          measure(avatar, *landmarks, drawings.empty() ? fs::path() : drawings / (stem.string() + ".png"));
      std::cout << stem.string() << ',' << d.points << ',' << d.mean << ',' << d.mean_signed << ',' << d.near
                << std::endl;
    }
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
