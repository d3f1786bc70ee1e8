#include "reenact/windows/window_renderer.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "reenact/core/landmark_indices.h"
#include "windows/as_matx.h"

namespace reenact {
namespace {

/// One window's place on the face: its middle is the mean of these of the 68 landmarks.
struct FaceWindow {
  std::vector<int> anchors;
  bool mirrored = false;
};

/// The windows of one kind, and the regions of the face that their maps tell apart.
struct FaceWindows {
  std::vector<FaceWindow> windows;
  std::vector<Region> within;  ///< of window_maps::within
  std::vector<Region> part;    ///< of window_maps::part
};

FaceWindows windows_of(const WindowKind& kind) {
  using namespace ibug68;
  if (&kind == &eye_window) {
    return {{{{right_eye_outer, right_eye_inner}, false}, {{left_eye_inner, left_eye_outer}, true}},
            {Region::eyeball_right, Region::eyeball_left},
            {Region::eye_socket}};
  }
  return {{{{mouth_corners[0], mouth_corners[1], upper_lip_middle, lower_lip_middle}, false}},
          {Region::mouth_socket, Region::gums_tongue, Region::teeth},
          {Region::teeth}};
}

bool is_among(const std::vector<Region>& regions, Region region) {
  return std::find(regions.begin(), regions.end(), region) != regions.end();
}

/// From canvas pixels to those of a window's square, before it is mirrored: linear·x + shift.
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

  /// Square pixels from canvas pixels, mirrored in a square of `mirrored_side`, unless that is 0.
  WindowPlace matrix(int mirrored_side) const {
    WindowPlace matrix;
    matrix << linear().cast<float>(), shift.cast<float>();
    if (mirrored_side > 0) {
      matrix.row(0) = -matrix.row(0);
      matrix(0, 2) += static_cast<float>(mirrored_side - 1);
    }
    return matrix;
  }
};

/// The model's point in the middle of some landmarks, for one person.
class MiddlePoint {
 public:
  MiddlePoint(const FaceModel& model, const Eigen::VectorXd& identity, const std::vector<int>& landmarks);

  /// In the pixels of the state's pose.
  Eigen::Vector2d in(const FaceState& state) const;

 private:
  Eigen::Vector3d neutral_;
  Eigen::Matrix3Xd expression_;
};

MiddlePoint::MiddlePoint(const FaceModel& model, const Eigen::VectorXd& identity,
                         const std::vector<int>& landmarks) {
  const Eigen::Matrix3Xf neutral = shape_face(model, identity, Eigen::VectorXd(), Gaze());
  const double weight = 1.0 / static_cast<double>(landmarks.size());
  neutral_.setZero();
  expression_ = Eigen::Matrix3Xd::Zero(3, model.expression.cols());
  for (const int landmark : landmarks) {
    const Eigen::Index vertex = model.landmarks68[landmark];
    neutral_ += weight * neutral.col(vertex).cast<double>();
    expression_ += weight * model.expression.middleRows(3 * vertex, 3).cast<double>();
  }
}

Eigen::Vector2d MiddlePoint::in(const FaceState& state) const {
  const Eigen::Vector3d point = state.pose.rotation * (neutral_ + expression_ * state.expression);
  return state.pose.scale * Eigen::Vector2d(point.x(), -point.y()) + state.pose.translation;
}

SquarePlace place_square(const WindowKind& kind, const MiddlePoint& middle, const FaceState& state) {
  const Eigen::Matrix3d rotation = state.pose.rotation.toRotationMatrix();
  const Eigen::Vector2d up(rotation(0, 1), -rotation(1, 1));  // of the head, in the picture
  SquarePlace place;
  place.scale = kind.px_per_cm / state.pose.scale;
  place.angle = -std::atan2(up.x(), -up.y());
  place.shift = Eigen::Vector2d::Constant(0.5 * (kind.side - 1)) - place.linear() * middle.in(state);
  return place;
}

/// What `canvas` shows in a square, antialiased, its border repeated: CV_32FC3, R, G, B in [0,1].
cv::Mat cut_square(const cv::Mat& canvas, double scale, const WindowPlace& place, int side) {
  constexpr double unchanged = 0.8;  // scale above which nothing is to be smoothed
  cv::Mat square;
  cv::Mat smooth;
  if (scale < unchanged) {
    const double sigma = 0.45 * std::sqrt(1 / (scale * scale) - 1);
    cv::GaussianBlur(canvas, smooth, {}, sigma);
  }
  cv::warpAffine(smooth.empty() ? canvas : smooth, square, as_matx(place), {side, side}, cv::INTER_CUBIC,
                 cv::BORDER_REPLICATE);
  cv::cvtColor(square, square, cv::COLOR_BGR2RGB);
  square.convertTo(square, CV_32F, 1.0 / 255);
  return square;
}

/// A part of a square.
struct Part {
  int row, column, rows, columns;
};

/// The Region of a triangle: where two meet, that which comes first, so that edges of lids and lips are skin.
Region region_of(const FaceModel& model, std::int32_t triangle) {
  const auto region = [&](int corner) {
    return model.region[static_cast<std::size_t>(model.triangles(corner, triangle))];
  };
  return std::min({region(0), region(1), region(2)});
}

void write_planes(const cv::Mat& colours, int number, WindowPlanes& out) {
  std::array<cv::Mat, 3> planes;
  for (int channel = 0; channel < 3; ++channel) {
    planes[static_cast<std::size_t>(channel)] =
        cv::Mat(out.height, out.width, CV_32F, out.plane(number, channel));
  }
  cv::split(colours, planes);
}

}  // namespace

class WindowRenderer::Impl {
 public:
  Impl(const FaceModel& model, const WindowKind& kind, const FaceState& source, const cv::Mat& canvas);

  WindowPlanes source;
  WindowPlanes source_maps;

  RenderedWindows render(const FaceState& state, const Eigen::Matrix3Xf& shape);
  Eigen::Matrix3Xf shape(const FaceState& state) const { return windows_.front().renderer.shape(state); }

 private:
  struct Window {
    bool mirrored;
    MiddlePoint middle;
    cv::Mat square;  ///< of the photo
    ConditioningRenderer renderer;
  };

  WindowPlace matrix_of(const Window& window, const SquarePlace& place) const {
    return place.matrix(window.mirrored ? kind_.side : 0);
  }
  void render_window(int number, const FaceState& state, const Eigen::Matrix3Xf& shape,
                     RenderedWindows& rendered);
  /// Writes `part` of a window's maps, mirrored as the window is.
  void write_maps(const Window& window, const ConditioningMaps& maps, const Part& part, int number,
                  WindowPlanes& out) const;

  const FaceModel& model_;
  const WindowKind& kind_;
  FaceWindows face_;
  std::vector<Window> windows_;
  cv::Mat places_, picture_;  ///< scratch memory
};

WindowRenderer::Impl::Impl(const FaceModel& model, const WindowKind& kind, const FaceState& source_state,
                           const cv::Mat& canvas)
    : source(kind.count, 3, kind.side, kind.side),
      source_maps(kind.count, window_maps::channels, kind.side, kind.side),
      model_(model),
      kind_(kind),
      face_(windows_of(kind)),
      places_(kind.height, kind.width, CV_32FC2) {
  for (const FaceWindow& on_face : face_.windows) {
    const int number = static_cast<int>(windows_.size());
    const MiddlePoint middle(model, source_state.identity, on_face.anchors);
    const SquarePlace place = place_square(kind, middle, source_state);
    Window& window = windows_.emplace_back(
        Window{on_face.mirrored, middle, {}, {model, place.of(source_state), kind.side}});
    window.square = cut_square(canvas, place.scale, matrix_of(window, place), kind.side);
    cv::min(cv::max(window.square, 0.0), 1.0, window.square);
    write_planes(window.square, number, source);
    write_maps(window, window.renderer.source_maps(), {0, 0, kind.side, kind.side}, number, source_maps);
  }
}

RenderedWindows WindowRenderer::Impl::render(const FaceState& state, const Eigen::Matrix3Xf& shape) {
  RenderedWindows rendered;
  rendered.warped = {kind_.count, 3, kind_.height, kind_.width};
  rendered.maps = {kind_.count, window_maps::channels, kind_.height, kind_.width};
  for (int number = 0; number < kind_.count; ++number) render_window(number, state, shape, rendered);
  return rendered;
}

void WindowRenderer::Impl::render_window(int number, const FaceState& state, const Eigen::Matrix3Xf& shape,
                                         RenderedWindows& rendered) {
  Window& window = windows_[static_cast<std::size_t>(number)];
  const int first_row = kind_.first_row();
  const int first_column = kind_.first_column();
  const SquarePlace place = place_square(kind_, window.middle, state);
  WindowPlace& shown = rendered.places.emplace_back(matrix_of(window, place));
  shown.col(2) -= Eigen::Vector2i(first_column, first_row).cast<float>();
  write_maps(window, window.renderer.render(place.of(state), shape),
             {first_row, first_column, kind_.height, kind_.width}, number, rendered.maps);

  const float pixels_per_unit = 0.5F * static_cast<float>(kind_.side);
  const float* flow_x = rendered.maps.plane(number, conditioning::flow_x);
  const float* flow_y = rendered.maps.plane(number, conditioning::flow_y);
  for (int y = 0; y < kind_.height; ++y) {
    auto* row = places_.ptr<cv::Vec2f>(y);
    for (int x = 0; x < kind_.width; ++x) {
      row[x] = {static_cast<float>(first_column + x) + pixels_per_unit * *flow_x++,
                static_cast<float>(first_row + y) + pixels_per_unit * *flow_y++};
    }
  }
  cv::remap(window.square, picture_, places_, cv::noArray(), cv::INTER_CUBIC, cv::BORDER_REPLICATE);
  write_planes(picture_, number, rendered.warped);
}

void WindowRenderer::Impl::write_maps(const Window& window, const ConditioningMaps& maps, const Part& part,
                                      int number, WindowPlanes& out) const {
  const auto at = [&](int row, int column) {
    const int x = part.column + column;
    return static_cast<std::size_t>((part.row + row) * kind_.side +
                                    (window.mirrored ? kind_.side - 1 - x : x));
  };
  for (int channel = 0; channel < conditioning::channels; ++channel) {
    const float* from = maps.plane(channel);
    float* to = out.plane(number, channel);
    const bool changes_sign =
        window.mirrored && (channel == conditioning::flow_x || channel == conditioning::normal);
    const float sign = changes_sign ? -1.0F : 1.0F;
    for (int row = 0; row < part.rows; ++row) {
      for (int column = 0; column < part.columns; ++column) *to++ = sign * from[at(row, column)];
    }
  }
  if (window.mirrored) {
    float* neutral = out.plane(number, conditioning::neutral);
    const float* coverage = out.plane(number, conditioning::coverage);
    for (std::size_t i = 0; i < out.plane_size(); ++i) neutral[i] = coverage[i] > 0 ? 1 - neutral[i] : 0;
  }
  float* within = out.plane(number, window_maps::within);
  float* told_apart = out.plane(number, window_maps::part);
  for (int row = 0; row < part.rows; ++row) {
    for (int column = 0; column < part.columns; ++column, ++within, ++told_apart) {
      const std::int32_t triangle = window.renderer.raster().triangle[at(row, column)];
      const Region region = triangle < 0 ? Region::face : region_of(model_, triangle);
      *within = is_among(face_.within, region) ? 1.0F : 0.0F;
      *told_apart = is_among(face_.part, region) ? 1.0F : 0.0F;
    }
  }
}

WindowRenderer::WindowRenderer(const FaceModel& model, const WindowKind& kind, const FaceState& source,
                               const cv::Mat& canvas)
    : impl_(std::make_unique<Impl>(model, kind, source, canvas)) {}
WindowRenderer::~WindowRenderer() = default;
WindowRenderer::WindowRenderer(WindowRenderer&&) noexcept = default;
WindowRenderer& WindowRenderer::operator=(WindowRenderer&&) noexcept = default;

const WindowPlanes& WindowRenderer::source() const { return impl_->source; }
const WindowPlanes& WindowRenderer::source_maps() const { return impl_->source_maps; }
RenderedWindows WindowRenderer::render(const FaceState& state, const Eigen::Matrix3Xf& shape) {
  return impl_->render(state, shape);
}
RenderedWindows WindowRenderer::render(const FaceState& state) {
  return impl_->render(state, impl_->shape(state));
}

}  // namespace reenact
