#include "reenact/detect/dense_landmarks.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "reenact/core/landmark_indices.h"

namespace reenact {
namespace {

constexpr double face_crop_margin = 1.5;
constexpr double eye_crop_margin = 2.3;

/// Median boxes of the mesh relative to those of dlib's detector and of its 68 points, which end at the
/// brows, over 125 photos of 16 collections.
constexpr double mesh_side_per_detection = 1.12;
constexpr double mesh_side_per_dlib68 = 1.17;
constexpr double mesh_rise_per_dlib68 = 0.12;

/// A turned square of the image, resampled to `size` pixels, mirrored or not.
struct CropFrame {
  Eigen::Vector2d centre;
  double side = 0;
  double roll_rad = 0;
  int size = 0;
  bool mirrored = false;

  /// Image pixels from network coordinates, which run from 0 at the crop's left edge to `size` at its right.
  Eigen::Affine2d image_from_crop() const {
    const double scale = side / size;
    return Eigen::Translation2d(centre) * Eigen::Rotation2Dd(roll_rad) *
           Eigen::Scaling(mirrored ? -scale : scale, scale) * Eigen::Translation2d(-0.5 * size, -0.5 * size);
  }
};

/// Resamples a crop to planes R, G, B in [0,1] and appends them to `planes`. Outside the image is black.
void append_crop(const cv::Mat& image_bgr, const CropFrame& crop, std::vector<float>& planes) {
  // A crop pixel's centre lies half a pixel from its edge in network coordinates.
  const Eigen::Affine2d image_from_pixel = crop.image_from_crop() * Eigen::Translation2d(0.5, 0.5);
  const Eigen::Matrix<double, 2, 3> m = image_from_pixel.matrix().topRows<2>();
  const cv::Matx23d warp(m(0, 0), m(0, 1), m(0, 2), m(1, 0), m(1, 1), m(1, 2));
  cv::Mat pixels;
  cv::warpAffine(image_bgr, pixels, warp, {crop.size, crop.size}, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_CONSTANT);
  for (int channel = 2; channel >= 0; --channel) {
    for (int y = 0; y < crop.size; ++y) {
      const auto* row = pixels.ptr<cv::Vec3b>(y);
      for (int x = 0; x < crop.size; ++x) planes.push_back(static_cast<float>(row[x][channel]) / 255.0F);
    }
  }
}

Eigen::Matrix2Xd to_image(const CropFrame& crop, const Eigen::Matrix3Xf& points_in_crop) {
  return crop.image_from_crop() * points_in_crop.topRows<2>().cast<double>();
}

/// Square around one eye, 2.3 times the distance of its corners, level with the face.
CropFrame eye_crop(const Eigen::Matrix2Xd& points, int outer, int inner, double roll_rad, bool mirrored) {
  const Eigen::Vector2d corners = points.col(outer) - points.col(inner);
  return {(points.col(outer) + points.col(inner)) / 2, eye_crop_margin * std::max(1.0, corners.norm()),
          roll_rad, iris_input_size, mirrored};
}

void refine_eye(const CropFrame& crop, const IrisOutput& output, const std::array<int, 16>& contour,
                int first_iris_column, Landmarks& landmarks) {
  const Eigen::Matrix2Xd refined = to_image(crop, output.eye_contour);
  for (std::size_t i = 0; i < contour.size(); ++i) {
    landmarks.points.col(contour[i]) = refined.col(static_cast<Eigen::Index>(i));
  }
  landmarks.iris.middleCols<5>(first_iris_column) = to_image(crop, output.iris);
}

double roll_of(const Eigen::Vector2d& right_eye, const Eigen::Vector2d& left_eye) {
  const Eigen::Vector2d across = left_eye - right_eye;
  return std::atan2(across.y(), across.x());
}

/// Smallest upright rectangle around the points after a turn by -roll, made square about its centre.
FaceBox square_around(const Eigen::Matrix2Xd& points, double roll_rad) {
  const Eigen::Rotation2Dd level(-roll_rad);
  const Eigen::Matrix2Xd levelled = level.toRotationMatrix() * points;
  const Eigen::Vector2d low = levelled.rowwise().minCoeff();
  const Eigen::Vector2d high = levelled.rowwise().maxCoeff();
  return {level.inverse() * Eigen::Vector2d((low + high) / 2), (high - low).maxCoeff(), roll_rad};
}

/// A second look at an eye: shift along the axes in eye widths, turn, side of the crop in eye widths.
struct EyeLook {
  double shift_x, shift_y, turn_rad, margin;
};

std::vector<EyeLook> eye_looks() {
  constexpr double shift = 0.06;
  constexpr double turn = 0.08;
  std::vector<EyeLook> looks;
  for (const double margin : {2.0, 2.3, 2.6}) {
    for (const double x : {-shift, shift}) {
      for (const double y : {-shift, shift}) looks.push_back({x, y, x * y > 0 ? turn : -turn, margin});
    }
  }
  return looks;
}

/// Mean and mean squared deviation of points over several looks.
struct PointStatistics {
  Eigen::Matrix2Xd mean;
  double variance = 0;
};

PointStatistics statistics_of(const std::vector<Eigen::Matrix2Xd>& looks) {
  PointStatistics statistics;
  const auto count = static_cast<double>(looks.size());
  statistics.mean = Eigen::Matrix2Xd::Zero(2, looks.front().cols());
  for (const Eigen::Matrix2Xd& points : looks) statistics.mean += points / count;
  for (const Eigen::Matrix2Xd& points : looks) {
    statistics.variance += (points - statistics.mean).colwise().squaredNorm().mean() / count;
  }
  return statistics;
}

/// The image without what crops of this side would alias.
cv::Mat smoothed_around(const cv::Mat& image, const Eigen::Vector2d& centre, double side, cv::Point& corner) {
  const auto reach = static_cast<int>(std::ceil(side));
  corner = {static_cast<int>(std::floor(centre.x())) - reach,
            static_cast<int>(std::floor(centre.y())) - reach};
  cv::Mat around;
  const cv::Rect wanted(corner, cv::Size(2 * reach + 1, 2 * reach + 1));
  const cv::Rect seen = wanted & cv::Rect(0, 0, image.cols, image.rows);
  if (seen.empty()) return around;
  corner = seen.tl();
  const double sigma = side / iris_input_size * 0.45 - 0.2;
  if (sigma > 0.3) {
    cv::GaussianBlur(image(seen), around, cv::Size(), sigma);
  } else {
    around = image(seen);
  }
  return around;
}

}  // namespace

FaceBox face_box_from_landmarks(const Landmarks& landmarks) {
  const auto& points = landmarks.points;
  if (landmarks.scheme == LandmarkScheme::mesh468) {
    return square_around(points, roll_of(points.col(33), points.col(263)));
  }
  FaceBox box = square_around(points, roll_of(points.col(36), points.col(45)));
  box.centre += Eigen::Rotation2Dd(box.roll_rad) * Eigen::Vector2d(0, -mesh_rise_per_dlib68 * box.side);
  box.side *= mesh_side_per_dlib68;
  return box;
}

FaceBox face_box_from_detection(const cv::Rect2d& box) {
  return {{box.x + box.width / 2, box.y + box.height / 2},
          mesh_side_per_detection * std::max(box.width, box.height),
          0};
}

Landmarks locate_dense_landmarks(const LandmarkNetworks& networks, const cv::Mat& image, const FaceBox& box) {
  const CropFrame face{box.centre, face_crop_margin * box.side, box.roll_rad, face_mesh_input_size};
  std::vector<float> face_planes;
  face_planes.reserve(std::size_t{3} * face_mesh_input_size * face_mesh_input_size);
  append_crop(image, face, face_planes);
  const FaceMeshOutput mesh = networks.face_mesh(face_planes);

  Landmarks landmarks;
  landmarks.scheme = LandmarkScheme::mesh468;
  landmarks.points = to_image(face, mesh.points);
  landmarks.iris.resize(2, 10);
  landmarks.score = mesh.score;

  // The iris network knows the eye on the left of the image, the subject's right; the other is mirrored.
  const double roll_rad = roll_of(landmarks.points.col(33), landmarks.points.col(263));
  const CropFrame right_eye = eye_crop(landmarks.points, 33, 133, roll_rad, false);
  const CropFrame left_eye = eye_crop(landmarks.points, 263, 362, roll_rad, true);
  std::vector<float> eye_planes;
  eye_planes.reserve(std::size_t{2} * 3 * iris_input_size * iris_input_size);
  append_crop(image, right_eye, eye_planes);
  append_crop(image, left_eye, eye_planes);
  const std::vector<IrisOutput> eyes = networks.iris(eye_planes, 2);
  refine_eye(right_eye, eyes[0], mesh468::right_eye, 0, landmarks);
  refine_eye(left_eye, eyes[1], mesh468::left_eye, 5, landmarks);
  return landmarks;
}

void relocate_eyes(const LandmarkNetworks& networks, const cv::Mat& image, Landmarks& landmarks) {
  struct Eye {
    int outer, inner;
    bool mirrored;
    const std::array<int, 16>& contour;
    int first_iris_column;
  };
  const std::array<Eye, 2> eyes = {
      {{mesh468::right_eye_outer, mesh468::right_eye_inner, false, mesh468::right_eye, 0},
       {mesh468::left_eye_outer, mesh468::left_eye_inner, true, mesh468::left_eye, 5}}};
  const double roll_rad =
      roll_of(landmarks.points.col(mesh468::right_eye_outer), landmarks.points.col(mesh468::left_eye_outer));
  std::array<std::vector<Eigen::Matrix2Xd>, 2> contours, irises;
  std::array<cv::Mat, 2> around;
  std::array<cv::Point, 2> corner;
  std::array<Eigen::Vector2d, 2> middle;
  std::array<double, 2> width{};
  for (std::size_t e = 0; e < 2; ++e) {
    const Eigen::Vector2d outer = landmarks.points.col(eyes[e].outer);
    const Eigen::Vector2d inner = landmarks.points.col(eyes[e].inner);
    middle[e] = (outer + inner) / 2;
    width[e] = std::max(1.0, (outer - inner).norm());
    around[e] = smoothed_around(image, middle[e], eye_crop_margin * width[e], corner[e]);
    if (around[e].empty()) return;
  }
  for (const EyeLook& look : eye_looks()) {
    std::vector<float> planes;
    planes.reserve(std::size_t{2} * 3 * iris_input_size * iris_input_size);
    std::array<CropFrame, 2> crops;
    for (std::size_t e = 0; e < 2; ++e) {
      const Eigen::Vector2d shift = width[e] * Eigen::Vector2d(look.shift_x, look.shift_y);
      crops[e] = {middle[e] + shift, look.margin * width[e], roll_rad + look.turn_rad, iris_input_size,
                  eyes[e].mirrored};
      CropFrame in_part = crops[e];
      in_part.centre -= Eigen::Vector2d(corner[e].x, corner[e].y);
      append_crop(around[e], in_part, planes);
    }
    const std::vector<IrisOutput> outputs = networks.iris(planes, 2);
    for (std::size_t e = 0; e < 2; ++e) {
      contours[e].push_back(to_image(crops[e], outputs[e].eye_contour).leftCols<16>());
      irises[e].push_back(to_image(crops[e], outputs[e].iris));
    }
  }
  for (std::size_t e = 0; e < 2; ++e) {
    const PointStatistics contour = statistics_of(contours[e]);
    for (Eigen::Index i = 0; i < contour.mean.cols(); ++i) {
      landmarks.points.col(eyes[e].contour[static_cast<std::size_t>(i)]) = contour.mean.col(i);
    }
    landmarks.iris.middleCols<5>(eyes[e].first_iris_column) = statistics_of(irises[e]).mean;
    landmarks.eye_spread[static_cast<Eigen::Index>(e)] = std::sqrt(contour.variance) / width[e];
  }
}

}  // namespace reenact
