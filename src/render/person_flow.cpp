#include "reenact/render/person_flow.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "reenact/core/error.h"
#include "reenact/core/landmark_indices.h"
#include "reenact/render/rasterizer.h"
#include "render/distance_map.h"
#include "render/flow_extension.h"
#include "render/head_motion.h"
#include "render/plane_values.h"

namespace reenact {
namespace {

constexpr double head_pull_length_cm = 2.0;  ///< over which the flow bends to the motion of hair
constexpr double torso_pull_length_cm = 2.5;
constexpr double chin_fade_cm = 5.0;        ///< height above the chin from where all is head
constexpr double head_reach_cm = 7.0;       ///< distance from the mesh to which it is
constexpr double head_fade_cm = 8.0;        ///< further distance at which nothing is
constexpr double torso_start_cm = 6.0;      ///< below the chin of the photo
constexpr double torso_fade_cm = 6.0;       ///< further down from where all is torso
constexpr double head_below_chin_cm = 0.4;  ///< down to which the mesh counts as head
constexpr double held_pull = 4.0;           ///< of the photo's border, per square pixel
constexpr double held_reach_cm = 5.0;       ///< from the border, at which hair is free again
constexpr double generator_reach_cm = 1.0;  ///< beside the mesh
constexpr float least_visibility = 0.5F;
constexpr float farthest_cm = 1e3F;

constexpr int cell_pixels = 2;  ///< of the window, a side of a cell of the grid that the flow is solved on

}  // namespace

CropSquare PersonWindow::around(const CropSquare& crop) const {
  const double pixel = crop.side / crop_size;
  return {crop.left - margin() * pixel, crop.top - margin() * pixel, size() * pixel};
}

int PersonWindow::cells() const { return (size() + cell_pixels - 1) / cell_pixels; }

class PersonFlow::Impl {
 public:
  Impl(const FaceModel& model, const FaceState& source, int crop_size, double torso_share,
       std::vector<float> held, const std::vector<float>& resting)
      : window_{crop_size},
        cells_(window_.cells()),
        source_(source.pose),
        torso_share_(torso_share),
        held_(std::move(held)),
        extension_(cells_),
        head_distance_(cells_),
        mesh_distance_(cells_) {
    const auto all_cells = static_cast<std::size_t>(cells_) * static_cast<std::size_t>(cells_);
    if (held_.size() != 2 * all_cells || resting.size() != all_cells) {
      throw InputError("the planes of what holds the person have another size");
    }
    const Eigen::Matrix3Xf shape = shape_face(model, source.identity, Eigen::VectorXd(), Gaze());
    const auto landmark = [&](int i) -> Eigen::Vector3d {
      return shape.col(model.landmarks68[i]).cast<double>();
    };
    anchor_ = {0.5 * (landmark(ibug68::right_ear) + landmark(ibug68::left_ear)), landmark(ibug68::chin).y()};
    const Eigen::RowVectorXf heights = model.mean.row(1);
    lowest_of_head_ = model.neutral_coordinates(1, model.landmarks68[ibug68::chin]) -
                      static_cast<float>(head_below_chin_cm) / (heights.maxCoeff() - heights.minCoeff());
    const auto size = static_cast<std::size_t>(window_.size());
    motion_.flow.resize(2 * size * size);
    known_pixels_.resize(all_cells);
    line_.resize(static_cast<std::size_t>(cells_) + 2);
    motion_.reach.resize(static_cast<std::size_t>(crop_size) * static_cast<std::size_t>(crop_size));
    find_torso();
    find_head_at_rest(model, source);
    find_free(resting);
  }

  const PersonMotion& extend(const ConditioningMaps& maps, const Pose& driver) {
    take_mesh(maps);
    pull(driver);
    extension_.solve();
    refine(maps);
    fade_generator(maps, driver.scale);
    return motion_;
  }

 private:
  /// How free hair is of neighbours, and of what holds it at the photo's border, along which it may slide.
  /// The torso is not held there: it hardly moves, and clothes go on beyond the border.
  void find_free(const std::vector<float>& resting) {
    const auto all_cells = static_cast<std::ptrdiff_t>(torso_.size());
    for (const int axis : {0, 1}) {
      const auto held = held_.begin() + axis * all_cells;
      std::transform(held, held + all_cells, torso_.begin(), held,
                     [](float value, float torso) { return value * (1.0F - torso); });
      std::transform(held, held + all_cells, resting.begin(), held,
                     [](float value, float rest) { return std::max(value, rest); });
    }
    DistanceMap distance(cells_);
    distance.clear();
    for (int y = 0; y < cells_; ++y) {
      for (int x = 0; x < cells_; ++x) {
        const std::size_t cell = pixel_index(x, y, cells_);
        if (std::max(held_[cell], held_[torso_.size() + cell]) >= 0.5F) distance.at(x, y) = 0.0F;
      }
    }
    distance.spread();
    const auto per_cell = static_cast<float>(cell_pixels / (source_.scale * held_reach_cm));
    for (int y = 0; y < cells_; ++y) {
      for (int x = 0; x < cells_; ++x) free_.push_back(smoothstep(distance.at(x, y) * per_cell));
    }
  }

  /// How much each cell belongs to the torso of the photo.
  void find_torso() {
    const RigidMotion rest = plane_motion(anchor_.centre, source_, source_);
    for (int y = 0; y < cells_; ++y) {
      for (int x = 0; x < cells_; ++x) {
        const double height = rest.height_linear * in_crop(x, y) + rest.height_offset - anchor_.chin_height;
        torso_.push_back(smoothstep(static_cast<float>((-height - torso_start_cm) / torso_fade_cm)));
      }
    }
  }

  /// Cells where the photo has its head. What is beside it there leaves with the head, even where the
  /// driver's is far away by then: left behind it would be seen twice.
  void find_head_at_rest(const FaceModel& model, const FaceState& source) {
    const Eigen::Matrix3Xf shape = shape_face(model, source.identity, source.expression, source.gaze);
    Raster raster;
    rasterize(project(source.pose, shape), model.triangles, window_.crop_size, false, raster);
    const RigidMotion rest = plane_motion(anchor_.centre, source_, source_);
    for (int y = 0; y < cells_; ++y) {
      for (int x = 0; x < cells_; ++x) {
        const Eigen::Vector2d place = in_crop(x, y);
        const auto column = static_cast<int>(std::lround(place.x()));
        const auto row = static_cast<int>(std::lround(place.y()));
        if (std::min(column, row) < 0 || std::max(column, row) >= window_.crop_size) continue;
        const double height = rest.height_linear * place + rest.height_offset - anchor_.chin_height;
        const bool is_mesh = raster.triangle[pixel_index(column, row, window_.crop_size)] >= 0;
        if (is_mesh && height > -head_below_chin_cm) head_at_rest_.emplace_back(x, y);
      }
    }
  }

  /// Centre of a cell in pixels of the crop.
  Eigen::Vector2d in_crop(int x, int y) const {
    return Eigen::Vector2d(x, y) * cell_pixels +
           Eigen::Vector2d::Constant(0.5 * (cell_pixels - 1) - window_.margin());
  }

  /// Flow of the pixels and cells that the mesh covers, and the distances' zeros. Pixels count that the photo
  /// shows and that do not lie at the crop's border, where the maps bring the flow to rest.
  void take_mesh(const ConditioningMaps& maps) {
    const int size = window_.crop_size;
    const int faded = size / 16 + 1;
    const float* coverage = maps.plane(conditioning::coverage);
    const float* visibility = maps.plane(conditioning::visibility);
    const float* height = maps.plane(conditioning::neutral + 1);
    const float* flow[2] = {maps.plane(conditioning::flow_x), maps.plane(conditioning::flow_y)};
    std::fill(known_pixels_.begin(), known_pixels_.end(), 0);
    for (const int axis : {0, 1}) {
      std::fill(extension_.flow(axis).begin(), extension_.flow(axis).end(), 0.0F);
    }
    head_distance_.clear();
    mesh_distance_.clear();
    for (int y = 0; y < size; ++y) {
      const int row = (y + window_.margin()) / cell_pixels;
      const bool row_counts = y >= faded && y < size - faded;
      for (int x = 0; x < size; ++x) {
        const std::size_t pixel = pixel_index(x, y, size);
        if (coverage[pixel] == 0.0F) continue;
        const int column = (x + window_.margin()) / cell_pixels;
        mesh_distance_.at(column, row) = 0.0F;
        if (height[pixel] > lowest_of_head_) head_distance_.at(column, row) = 0.0F;
        if (!row_counts || x < faded || x >= size - faded || visibility[pixel] < least_visibility) continue;
        const std::size_t cell = pixel_index(column, row, cells_);
        ++known_pixels_[cell];
        for (const int axis : {0, 1}) extension_.flow(axis)[cell] += flow[axis][pixel];
      }
    }
    const float pixels_per_grid = 0.5F * static_cast<float>(size);
    for (std::size_t cell = 0; cell < known_pixels_.size(); ++cell) {
      const int known = known_pixels_[cell];
      extension_.known()[cell] = 2 * known >= cell_pixels * cell_pixels ? 1 : 0;
      if (known == 0) continue;
      for (const int axis : {0, 1})
        extension_.flow(axis)[cell] *= pixels_per_grid / static_cast<float>(known);
    }
  }

  void pull(const Pose& driver) {
    for (const auto& [x, y] : head_at_rest_) head_distance_.at(x, y) = 0.0F;
    head_distance_.spread();
    const RigidMotion hair =
        hair_motion(plane_motion(anchor_.centre, source_, driver), anchor_.centre, source_, driver);
    const auto strength = [](double length_cm, double pixels_per_cm) {
      const double length = std::max(length_cm * pixels_per_cm / cell_pixels, 1.0);
      return static_cast<float>(1.0 / (length * length));
    };
    const float head_strength = strength(head_pull_length_cm, driver.scale);
    const float torso_strength = strength(torso_pull_length_cm, source_.scale);
    const auto cm_per_cell = static_cast<float>(cell_pixels / driver.scale);
    const float limit = 0.5F * static_cast<float>(window_.crop_size);
    const Eigen::Vector2f torso_flow = -torso_shift(anchor_.chin_height, source_, driver, torso_share_)
                                            .cast<float>()
                                            .cwiseMax(-limit)
                                            .cwiseMin(limit);
    const Eigen::Vector2f step = (hair.flow_linear.col(0) * cell_pixels).cast<float>();
    const auto height_step = static_cast<float>(hair.height_linear[0] * cell_pixels / chin_fade_cm);
    for (int y = 0; y < cells_; ++y) {
      const Eigen::Vector2d start = in_crop(0, y);
      const Eigen::Vector2f row_flow = (hair.flow_linear * start + hair.flow_offset).cast<float>();
      const auto row_height = static_cast<float>(
          (hair.height_linear * start + hair.height_offset - anchor_.chin_height) / chin_fade_cm);
      const std::size_t first = pixel_index(0, y, cells_);
      const float* distance = &head_distance_.at(0, y);
      const float* held_x = &held_[first];
      const float* held_y = held_x + torso_.size();
      const float* torso = &torso_[first];
      const float* free = &free_[first];
      float* __restrict pull_out = &extension_.pull()[first];
      float* __restrict target_x = &extension_.target(0)[first];
      float* __restrict target_y = &extension_.target(1)[first];
      for (int x = 0; x < cells_; ++x) {
        const auto column = static_cast<float>(x);
        const float distance_cm = std::min(distance[x] * cm_per_cell, farthest_cm);
        const float beside = 1.0F - smoothstep((distance_cm - static_cast<float>(head_reach_cm)) /
                                               static_cast<float>(head_fade_cm));
        const float above_chin = smoothstep(height_step * column + row_height);
        const float to_head = head_strength * above_chin * beside * free[x];
        const float to_torso = torso_strength * torso[x] * beside;
        const float to_border = static_cast<float>(held_pull) * std::max(held_x[x], held_y[x]);
        const float to_rest = torso_strength * (1.0F - beside);
        const float pull = to_head + to_torso + to_border + to_rest;
        const float per_pull = pull > 0.0F ? 1.0F / pull : 0.0F;
        const float head_share = to_head * per_pull;
        const float torso_share = to_torso * per_pull;
        const float border_share = to_border * beside * per_pull;
        const float hair_x = clamped(step.x() * column + row_flow.x(), -limit, limit);
        const float hair_y = clamped(step.y() * column + row_flow.y(), -limit, limit);
        pull_out[x] = pull;
        target_x[x] =
            (head_share + border_share * (1.0F - held_x[x])) * hair_x + torso_share * torso_flow.x();
        target_y[x] =
            (head_share + border_share * (1.0F - held_y[x])) * hair_y + torso_share * torso_flow.y();
      }
    }
  }

  /// The flow of the window's pixels: that of the surface, and between the cells' where that is not known.
  void refine(const ConditioningMaps& maps) {
    const int size = window_.size();
    const auto pixels = static_cast<std::ptrdiff_t>(motion_.flow.size() / 2);
    for (const int axis : {0, 1}) {
      float* flow = motion_.flow.data() + axis * pixels;
      for (int y = 0; y < size; ++y)
        interpolate_row(extension_.flow(axis), y, flow + pixel_index(0, y, size));
      copy_surface(maps, axis, flow);
    }
  }

  void interpolate_row(const std::vector<float>& cells, int y, float* __restrict row) {
    static_assert(cell_pixels == 2, "the weights between cells are those of two pixels");
    const int beside = std::clamp(y / 2 + (y % 2 == 0 ? -1 : 1), 0, cells_ - 1);
    const float* near = &cells[pixel_index(0, y / 2, cells_)];
    const float* far = &cells[pixel_index(0, beside, cells_)];
    float* __restrict line = line_.data() + 1;
    for (int x = 0; x < cells_; ++x) line[x] = 0.75F * near[x] + 0.25F * far[x];
    line[-1] = line[0];
    line[cells_] = line[cells_ - 1];
    const int whole_cells = window_.size() / 2;
    for (int x = 0; x < whole_cells; ++x) {
      row[2 * x] = 0.75F * line[x] + 0.25F * line[x - 1];
      row[2 * x + 1] = 0.75F * line[x] + 0.25F * line[x + 1];
    }
    if (window_.size() % 2 != 0)
      row[window_.size() - 1] = 0.75F * line[whole_cells] + 0.25F * line[whole_cells - 1];
  }

  void copy_surface(const ConditioningMaps& maps, int axis, float* flow) const {
    const int size = window_.crop_size;
    const int margin = window_.margin();
    const int faded = size / 16 + 1;
    const float pixels_per_grid = 0.5F * static_cast<float>(size);
    const float* visibility = maps.plane(conditioning::visibility);
    const float* surface = maps.plane(conditioning::flow_x + axis);
    for (int y = faded; y < size - faded; ++y) {
      const std::size_t from = pixel_index(0, y, size);
      float* to = flow + pixel_index(margin, y + margin, window_.size());
      for (int x = faded; x < size - faded; ++x) {
        const std::size_t pixel = from + static_cast<std::size_t>(x);
        to[x] = visibility[pixel] >= least_visibility ? pixels_per_grid * surface[pixel] : to[x];
      }
    }
  }

  void fade_generator(const ConditioningMaps& maps, double pixels_per_cm) {
    mesh_distance_.spread();
    const int size = window_.crop_size;
    const int margin = window_.margin();
    const float* coverage = maps.plane(conditioning::coverage);
    const auto per_cell = static_cast<float>(cell_pixels / (generator_reach_cm * pixels_per_cm));
    for (int y = 0; y < size; ++y) {
      const std::size_t first = pixel_index(0, y, size);
      for (int x = 0; x < size; ++x) {
        const float distance = mesh_distance_.at((x + margin) / cell_pixels, (y + margin) / cell_pixels);
        motion_.reach[first + static_cast<std::size_t>(x)] =
            std::max(coverage[first + static_cast<std::size_t>(x)], 1.0F - smoothstep(distance * per_cell));
      }
    }
  }

  PersonWindow window_;
  int cells_;  ///< a side of the grid that the flow is solved on
  Pose source_;
  double torso_share_;
  HeadAnchor anchor_;
  float lowest_of_head_;  ///< y of the mean face in [0, 1], as the maps have it
  std::vector<float> held_;
  std::vector<float> free_;
  std::vector<float> torso_;
  std::vector<std::pair<int, int>> head_at_rest_;  ///< column and row of cells
  std::vector<std::uint8_t> known_pixels_;         ///< of each cell
  std::vector<float> line_;                        ///< a row between cells, with one more at both ends
  FlowExtension extension_;
  DistanceMap head_distance_;
  DistanceMap mesh_distance_;
  PersonMotion motion_;
};

PersonFlow::PersonFlow(const FaceModel& model, const FaceState& source, int crop_size, double torso_share,
                       std::vector<float> held, const std::vector<float>& resting)
    : impl_(std::make_unique<Impl>(model, source, crop_size, torso_share, std::move(held), resting)) {}
PersonFlow::~PersonFlow() = default;
PersonFlow::PersonFlow(PersonFlow&&) noexcept = default;
PersonFlow& PersonFlow::operator=(PersonFlow&&) noexcept = default;

const PersonMotion& PersonFlow::extend(const ConditioningMaps& maps, const Pose& driver) {
  return impl_->extend(maps, driver);
}

std::vector<float> plane_in_window(const std::vector<float>& plane, const PersonWindow& window, float value) {
  const auto size = static_cast<std::size_t>(window.size());
  std::vector<float> wide(size * size, value);
  for (int y = 0; y < window.crop_size; ++y) {
    const float* row = &plane[pixel_index(0, y, window.crop_size)];
    std::copy(row, row + window.crop_size,
              &wide[pixel_index(window.margin(), y + window.margin(), window.size())]);
  }
  return wide;
}

GeneratedFrame in_window(const GeneratedFrame& frame, const ConditioningMaps& maps,
                         const PersonMotion& motion) {
  const PersonWindow window{frame.size};
  const int margin = window.margin();
  const auto pixels = static_cast<std::size_t>(frame.size) * static_cast<std::size_t>(frame.size);
  const auto window_pixels = motion.flow.size() / 2;
  GeneratedFrame wide;
  wide.size = window.size();
  const float grid_per_pixel = 2.0F / static_cast<float>(window.size());
  const float pixels_per_grid = 0.5F * static_cast<float>(frame.size);
  wide.flow.resize(2 * window_pixels);
  std::transform(motion.flow.begin(), motion.flow.end(), wide.flow.begin(),
                 [&](float flow) { return grid_per_pixel * flow; });
  wide.weight.assign(window_pixels, 1.0F);
  wide.colour.assign(3 * window_pixels, 0.0F);
  std::vector<float> fade(static_cast<std::size_t>(frame.size));
  for (int i = 0; i < frame.size; ++i) {
    const int to_border = std::min(i, frame.size - 1 - i);
    fade[static_cast<std::size_t>(i)] =
        smoothstep(25.0F * static_cast<float>(to_border) / static_cast<float>(frame.size));
  }
  for (int y = 0; y < frame.size; ++y) {
    const std::size_t from = pixel_index(0, y, frame.size);
    const std::size_t to = pixel_index(margin, y + margin, window.size());
    const float row_fade = fade[static_cast<std::size_t>(y)];
    for (std::size_t x = 0; x < fade.size(); ++x) {
      const float share = motion.reach[from + x] * row_fade * fade[x];
      for (const std::size_t axis : {0U, 1U}) {
        const float own = frame.flow[axis * pixels + from + x] - maps.planes[axis * pixels + from + x];
        wide.flow[axis * window_pixels + to + x] += grid_per_pixel * pixels_per_grid * share * own;
      }
      wide.weight[to + x] = 1.0F - share * (1.0F - frame.weight[from + x]);
      for (std::size_t c = 0; c < 3; ++c)
        wide.colour[c * window_pixels + to + x] = frame.colour[c * pixels + from + x];
    }
  }
  return wide;
}

}  // namespace reenact
