#include "reenact/eyes/eye_windows.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

#include "reenact/core/landmark_indices.h"
#include "reenact/core/smoothstep.h"
#include "reenact/eyes/lid_curves.h"

namespace reenact {
namespace {

constexpr std::array<EyeSide, eye_window::count> sides = {EyeSide::right, EyeSide::left};
constexpr int first_row = (eye_window::side - eye_window::height) / 2;
constexpr int first_column = (eye_window::side - eye_window::width) / 2;

/// From canvas pixels to those of an eye's square, before the left eye is mirrored: linear·x + shift.
struct SquarePlace {
  double scale = 1;
  double angle = 0;  ///< clockwise as seen
  Eigen::Vector2d shift = Eigen::Vector2d::Zero();

  Eigen::Matrix2d linear() const { return scale * Eigen::Rotation2Dd(angle).toRotationMatrix(); }

  FaceState of(const FaceState& state) const {
    FaceState moved = state;
    moved.pose.rotation =
        Eigen::Quaterniond(Eigen::AngleAxisd(-angle, Eigen::Vector3d::UnitZ())) * state.pose.rotation;
    moved.pose.scale = scale * state.pose.scale;
    moved.pose.translation = linear() * state.pose.translation + shift;
    return moved;
  }

  /// Square pixels from canvas pixels.
  eye_window::Place matrix(EyeSide side) const {
    eye_window::Place matrix;
    matrix << linear().cast<float>(), shift.cast<float>();
    if (side == EyeSide::left) {
      matrix.row(0) = -matrix.row(0);
      matrix(0, 2) += eye_window::side - 1;
    }
    return matrix;
  }
};

/// The model's point between the corners of an eye, for one person.
class EyeMiddle {
 public:
  EyeMiddle(const FaceModel& model, const Eigen::VectorXd& identity, EyeSide side);

  /// In the pixels of the state's pose.
  Eigen::Vector2d in(const FaceState& state) const;

 private:
  Eigen::Vector3d neutral_;
  Eigen::Matrix3Xd expression_;
};

EyeMiddle::EyeMiddle(const FaceModel& model, const Eigen::VectorXd& identity, EyeSide side) {
  const std::array<int, 2> corners =
      side == EyeSide::right ? std::array<int, 2>{ibug68::right_eye_outer, ibug68::right_eye_inner}
                             : std::array<int, 2>{ibug68::left_eye_inner, ibug68::left_eye_outer};
  const Eigen::Matrix3Xf neutral = shape_face(model, identity, Eigen::VectorXd(), Gaze());
  neutral_.setZero();
  expression_ = Eigen::Matrix3Xd::Zero(3, model.expression.cols());
  for (const int corner : corners) {
    const Eigen::Index vertex = model.landmarks68[corner];
    neutral_ += 0.5 * neutral.col(vertex).cast<double>();
    expression_ += 0.5 * model.expression.middleRows(3 * vertex, 3).cast<double>();
  }
}

Eigen::Vector2d EyeMiddle::in(const FaceState& state) const {
  const Eigen::Vector3d point = state.pose.rotation * (neutral_ + expression_ * state.expression);
  return state.pose.scale * Eigen::Vector2d(point.x(), -point.y()) + state.pose.translation;
}

SquarePlace place_square(const EyeMiddle& middle, const FaceState& state) {
  const Eigen::Matrix3d rotation = state.pose.rotation.toRotationMatrix();
  const Eigen::Vector2d up(rotation(0, 1), -rotation(1, 1));  // of the head, in the picture
  SquarePlace place;
  place.scale = eye_window::px_per_cm / state.pose.scale;
  place.angle = -std::atan2(up.x(), -up.y());
  place.shift = Eigen::Vector2d::Constant(0.5 * (eye_window::side - 1)) - place.linear() * middle.in(state);
  return place;
}

cv::Matx23f as_matx(const eye_window::Place& m) {
  return {m(0, 0), m(0, 1), m(0, 2), m(1, 0), m(1, 1), m(1, 2)};
}

/// What `canvas` shows in a square, antialiased, its border repeated: CV_32FC3, R, G, B in [0,1].
cv::Mat cut_square(const cv::Mat& canvas, const SquarePlace& place, EyeSide side) {
  constexpr double unchanged = 0.8;  // scale above which nothing is to be smoothed
  cv::Mat square;
  cv::Mat smooth = canvas;
  if (place.scale < unchanged) {
    const double sigma = 0.45 * std::sqrt(1 / (place.scale * place.scale) - 1);
    cv::GaussianBlur(canvas, smooth, {}, sigma);
  }
  cv::warpAffine(smooth, square, as_matx(place.matrix(side)), {eye_window::side, eye_window::side},
                 cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  cv::cvtColor(square, square, cv::COLOR_BGR2RGB);
  square.convertTo(square, CV_32F, 1.0 / 255);
  return square;
}

/// A part of a square.
struct Part {
  int row, column, rows, columns;
};
constexpr Part whole = {0, 0, eye_window::side, eye_window::side};
constexpr Part window = {first_row, first_column, eye_window::height, eye_window::width};

/// The Region of a triangle: where two meet, that which comes first, so that edges of lids are skin.
Region region_of(const FaceModel& model, std::int32_t triangle) {
  const auto region = [&](int corner) {
    return model.region[static_cast<std::size_t>(model.triangles(corner, triangle))];
  };
  return std::min({region(0), region(1), region(2)});
}

/// Writes `part` of an eye's maps; those of the left eye are mirrored.
void write_maps(const ConditioningRenderer& renderer, const ConditioningMaps& maps, const FaceModel& model,
                EyeSide side, const Part& part, WindowPlanes& out) {
  const bool mirrored = side == EyeSide::left;
  const int number = static_cast<int>(side);
  const auto at = [&](int row, int column) {
    const int x = part.column + column;
    return static_cast<std::size_t>((part.row + row) * eye_window::side +
                                    (mirrored ? eye_window::side - 1 - x : x));
  };
  for (int channel = 0; channel < conditioning::channels; ++channel) {
    const float* from = maps.plane(channel);
    float* to = out.plane(number, channel);
    const bool changes_sign =
        mirrored && (channel == conditioning::flow_x || channel == conditioning::normal);
    const float sign = changes_sign ? -1.0F : 1.0F;
    for (int row = 0; row < part.rows; ++row) {
      for (int column = 0; column < part.columns; ++column) *to++ = sign * from[at(row, column)];
    }
  }
  if (mirrored) {
    float* neutral = out.plane(number, conditioning::neutral);
    const float* coverage = out.plane(number, conditioning::coverage);
    for (std::size_t i = 0; i < out.plane_size(); ++i) neutral[i] = coverage[i] > 0 ? 1 - neutral[i] : 0;
  }
  float* within = out.plane(number, window_maps::within);
  float* socket = out.plane(number, window_maps::part);
  for (int row = 0; row < part.rows; ++row) {
    for (int column = 0; column < part.columns; ++column, ++within, ++socket) {
      const std::int32_t triangle = renderer.raster().triangle[at(row, column)];
      const Region region = triangle < 0 ? Region::face : region_of(model, triangle);
      *within = region == Region::eyeball_right || region == Region::eyeball_left ? 1.0F : 0.0F;
      *socket = region == Region::eye_socket ? 1.0F : 0.0F;
    }
  }
}

void write_planes(const cv::Mat& colours, EyeSide side, WindowPlanes& out) {
  std::array<cv::Mat, 3> planes;
  for (int channel = 0; channel < 3; ++channel) {
    planes[static_cast<std::size_t>(channel)] =
        cv::Mat(out.height, out.width, CV_32F, out.plane(static_cast<int>(side), channel));
  }
  cv::split(colours, planes);
}

}  // namespace

class EyeWindowRenderer::Impl {
 public:
  Impl(const FaceModel& model, const FaceState& source, const cv::Mat& canvas);

  WindowPlanes source{eye_window::count, 3, eye_window::side, eye_window::side};
  WindowPlanes source_maps{eye_window::count, window_maps::channels, eye_window::side, eye_window::side};

  EyeWindows render(const FaceState& state, const Eigen::Matrix3Xf& shape);
  Eigen::Matrix3Xf shape(const FaceState& state) const { return eyes_.front().renderer.shape(state); }

 private:
  struct Eye {
    EyeSide side;
    EyeMiddle middle;
    cv::Mat square;  ///< of the photo
    ConditioningRenderer renderer;
  };

  void render_eye(Eye& eye, const FaceState& state, const Eigen::Matrix3Xf& shape, EyeWindows& windows);

  const FaceModel& model_;
  std::vector<Eye> eyes_;
  cv::Mat places_, picture_;  ///< scratch memory
};

EyeWindowRenderer::Impl::Impl(const FaceModel& model, const FaceState& source_state, const cv::Mat& canvas)
    : model_(model), places_(eye_window::height, eye_window::width, CV_32FC2) {
  for (const EyeSide side : sides) {
    const EyeMiddle middle(model, source_state.identity, side);
    const SquarePlace place = place_square(middle, source_state);
    ConditioningRenderer renderer(model, place.of(source_state), eye_window::side);
    Eye& eye = eyes_.emplace_back(Eye{side, middle, cut_square(canvas, place, side), std::move(renderer)});
    cv::min(cv::max(eye.square, 0.0), 1.0, eye.square);
    write_planes(eye.square, side, source);
    write_maps(eye.renderer, eye.renderer.source_maps(), model, side, whole, source_maps);
  }
}

EyeWindows EyeWindowRenderer::Impl::render(const FaceState& state, const Eigen::Matrix3Xf& shape) {
  EyeWindows windows;
  windows.warped = {eye_window::count, 3, eye_window::height, eye_window::width};
  windows.maps = {eye_window::count, window_maps::channels, eye_window::height, eye_window::width};
  for (Eye& eye : eyes_) render_eye(eye, state, shape, windows);
  return windows;
}

void EyeWindowRenderer::Impl::render_eye(Eye& eye, const FaceState& state, const Eigen::Matrix3Xf& shape,
                                         EyeWindows& windows) {
  const int number = static_cast<int>(eye.side);
  const SquarePlace place = place_square(eye.middle, state);
  eye_window::Place& shown = windows.places[static_cast<std::size_t>(eye.side)];
  shown = place.matrix(eye.side);
  shown.col(2) -= Eigen::Vector2f(first_column, first_row);
  write_maps(eye.renderer, eye.renderer.render(place.of(state), shape), model_, eye.side, window,
             windows.maps);

  constexpr float pixels_per_unit = 0.5F * eye_window::side;
  const float* flow_x = windows.maps.plane(number, conditioning::flow_x);
  const float* flow_y = windows.maps.plane(number, conditioning::flow_y);
  for (int y = 0; y < eye_window::height; ++y) {
    auto* row = places_.ptr<cv::Vec2f>(y);
    for (int x = 0; x < eye_window::width; ++x) {
      row[x] = {static_cast<float>(first_column + x) + pixels_per_unit * *flow_x++,
                static_cast<float>(first_row + y) + pixels_per_unit * *flow_y++};
    }
  }
  cv::remap(eye.square, picture_, places_, cv::noArray(), cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  write_planes(picture_, eye.side, windows.warped);
}

EyeWindowRenderer::EyeWindowRenderer(const FaceModel& model, const FaceState& source, const cv::Mat& canvas)
    : impl_(std::make_unique<Impl>(model, source, canvas)) {}
EyeWindowRenderer::~EyeWindowRenderer() = default;
EyeWindowRenderer::EyeWindowRenderer(EyeWindowRenderer&&) noexcept = default;
EyeWindowRenderer& EyeWindowRenderer::operator=(EyeWindowRenderer&&) noexcept = default;

const WindowPlanes& EyeWindowRenderer::source() const { return impl_->source; }
const WindowPlanes& EyeWindowRenderer::source_maps() const { return impl_->source_maps; }
EyeWindows EyeWindowRenderer::render(const FaceState& state, const Eigen::Matrix3Xf& shape) {
  return impl_->render(state, shape);
}
EyeWindows EyeWindowRenderer::render(const FaceState& state) {
  return impl_->render(state, impl_->shape(state));
}

float shown_share(float canvas_px_per_cm) {
  constexpr float too_coarse = 0.25F, coarse = 0.4F;  // of the windows' pixels per centimetre
  constexpr float fine = 1.8F, too_fine = 2.6F;
  const float ratio = canvas_px_per_cm / eye_window::px_per_cm;
  return smoothstep((ratio - too_coarse) / (coarse - too_coarse)) *
         smoothstep((too_fine - ratio) / (too_fine - fine));
}

float moved_share(float opening) {
  constexpr float least_shut = 0.75F, wholly_shut = 0.5F;
  constexpr float least_opened = 1.3F, wholly_opened = 1.6F;
  return smoothstep((least_shut - opening) / (least_shut - wholly_shut)) +
         smoothstep((opening - least_opened) / (wholly_opened - least_opened));
}

namespace {

cv::Mat plane_of(const WindowPlanes& planes, int number, int channel) {
  return {planes.height, planes.width, CV_32F, const_cast<float*>(planes.plane(number, channel))};
}

/// A window's colours (B, G, R) and alpha, 1 for white, CV_32FC4. The colours are sharpened (unsharp
/// masking), since painted lids are softer than true ones.
cv::Mat interleaved(const PaintedWindows& painted, int number) {
  constexpr double radius_px = 1.0;
  constexpr double amount = 0.6;
  std::array<cv::Mat, 4> planes;
  for (int channel = 0; channel < 3; ++channel) {
    const cv::Mat painted_plane = plane_of(painted.colour, number, 2 - channel);
    cv::Mat& plane = planes[static_cast<std::size_t>(channel)];
    cv::GaussianBlur(painted_plane, plane, {}, radius_px);
    cv::addWeighted(painted_plane, 1 + amount, plane, -amount, 0, plane);
  }
  planes[3] = plane_of(painted.alpha, number, 0);
  cv::Mat window_colours;
  cv::merge(planes, window_colours);
  return window_colours;
}

/// The pixels of the canvas that a window covers.
cv::Rect covered(const eye_window::Place& place) {
  const Eigen::Matrix2f from_window = place.leftCols<2>().inverse();
  Eigen::Matrix<float, 2, 4> corners;
  corners << 0, eye_window::width, 0, eye_window::width,  //
      0, 0, eye_window::height, eye_window::height;
  constexpr float farthest = 1e6F;
  const Eigen::Matrix<float, 2, 4> on_canvas =
      (from_window * (corners.colwise() - place.col(2))).cwiseMax(-farthest).cwiseMin(farthest);
  const Eigen::Vector2i low = on_canvas.rowwise().minCoeff().array().floor().cast<int>();
  const Eigen::Vector2i high = on_canvas.rowwise().maxCoeff().array().ceil().cast<int>();
  return {low.x(), low.y(), high.x() - low.x() + 1, high.y() - low.y() + 1};
}

}  // namespace

void paste_eye_windows(const PaintedWindows& painted,
                       const std::array<eye_window::Place, eye_window::count>& places, const cv::Rect& region,
                       cv::Mat& picture) {
  for (int number = 0; number < eye_window::count; ++number) {
    eye_window::Place place = places[static_cast<std::size_t>(number)];
    const cv::Rect box = covered(place) & region;
    if (box.empty()) continue;
    place.col(2) +=
        place.leftCols<2>() * Eigen::Vector2f(static_cast<float>(box.x), static_cast<float>(box.y));
    cv::Mat drawn;
    cv::warpAffine(interleaved(painted, number), drawn, as_matx(place), box.size(),
                   cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT);
    for (int y = 0; y < box.height; ++y) {
      const auto* from = drawn.ptr<cv::Vec4f>(y);
      auto* to = picture.ptr<cv::Vec3b>(box.y + y) + box.x;
      for (int x = 0; x < box.width; ++x) {
        const float alpha = std::clamp(from[x][3], 0.0F, 1.0F);
        for (int channel = 0; channel < 3; ++channel) {
          const auto below = static_cast<float>(to[x][channel]);
          to[x][channel] =
              cv::saturate_cast<std::uint8_t>(below + alpha * (255.0F * from[x][channel] - below));
        }
      }
    }
  }
}

}  // namespace reenact
