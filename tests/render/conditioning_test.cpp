#include "reenact/render/conditioning.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "reenact/core/error.h"
#include "support/synthetic_face.h"

namespace reenact {
namespace {

constexpr int size = 112;
constexpr float grid_per_pixel = 2.0F / size;

std::size_t pixel_index(int x, int y) { return static_cast<std::size_t>(y * size + x); }

class Conditioning : public testing::Test {
 protected:
  FaceState state(double yaw_deg = 0, double pitch_deg = 0, double roll_deg = 0) const {
    FaceState result;
    result.identity = Eigen::VectorXd::Constant(model.identity_count(), 0.4);
    result.expression = Eigen::VectorXd::Zero(model.expression_count());
    result.pose.rotation = rotation_from_angles({yaw_deg, pitch_deg, roll_deg});
    result.pose.scale = 2.4;
    result.pose.translation = {55.3, 52.6};
    return result;
  }

  /// Flow in pixels.
  static Eigen::Vector2f flow(const ConditioningMaps& maps, std::size_t pixel) {
    return Eigen::Vector2f(maps.plane(conditioning::flow_x)[pixel], maps.plane(conditioning::flow_y)[pixel]) /
           grid_per_pixel;
  }

  static bool on_mesh(const ConditioningMaps& maps, std::size_t pixel) {
    return maps.plane(conditioning::coverage)[pixel] == 1.0F;
  }

  /// At least a sixteenth of the crop away from its border, where the flow is not faded.
  static bool inner(int x, int y) {
    const int margin = size / 16 + 1;
    return std::min(x, y) >= margin && std::max(x, y) < size - margin;
  }

  /// All corners of triangle `t` move with the head alone.
  bool in_head(int t) const {
    const Eigen::Vector3i corners = model.triangles.col(t);
    return std::all_of(corners.begin(), corners.end(), [&](int v) { return model.head_weight[v] == 1.0F; });
  }

  static void expect_sound(const ConditioningMaps& maps) {
    ASSERT_EQ(maps.size, size);
    ASSERT_EQ(maps.planes.size(), static_cast<std::size_t>(conditioning::channels * size * size));
    for (const float value : maps.planes) {
      ASSERT_TRUE(std::isfinite(value));
      ASSERT_LE(std::abs(value), 2.0F);
    }
    for (int i = 0; i < size; ++i) {
      for (const std::size_t border :
           {pixel_index(i, 0), pixel_index(i, size - 1), pixel_index(0, i), pixel_index(size - 1, i)}) {
        EXPECT_EQ(flow(maps, border), Eigen::Vector2f::Zero());
      }
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(size * size); ++i) {
      const float covered = maps.plane(conditioning::coverage)[i];
      const float visible = maps.plane(conditioning::visibility)[i];
      EXPECT_TRUE(covered == 0.0F || covered == 1.0F);
      EXPECT_GE(visible, 0.0F);
      EXPECT_LE(visible, covered);
      Eigen::Vector3f normal;
      for (int k = 0; k < 3; ++k) {
        const float neutral = maps.plane(conditioning::neutral + k)[i];
        EXPECT_GE(neutral, covered == 1.0F ? -1e-5F : 0.0F);
        EXPECT_LE(neutral, covered == 1.0F ? 1.0F + 1e-5F : 0.0F);
        normal[k] = maps.plane(conditioning::normal + k)[i];
      }
      EXPECT_NEAR(normal.norm(), covered, 1e-4F);
    }
  }

  FaceModel model = test::make_synthetic_face();
};

TEST_F(Conditioning, SourceHasNoFlowAndIsVisibleWhereItIs) {
  FaceState source = state(20, -10, 5);
  source.expression.setConstant(0.2);
  source.gaze.left = {0.2, 0.1};
  ConditioningRenderer renderer(model, source, size);
  expect_sound(renderer.source_maps());
  EXPECT_EQ(renderer.render(source).planes, renderer.source_maps().planes);
  const ConditioningMaps& maps = renderer.source_maps();
  int covered = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(size * size); ++i) {
    EXPECT_NEAR(flow(maps, i).norm(), 0.0F, 1e-3F);
    EXPECT_EQ(maps.plane(conditioning::visibility)[i], maps.plane(conditioning::coverage)[i]);
    covered += on_mesh(maps, i) ? 1 : 0;
  }
  EXPECT_GT(covered, size * size / 8);
}

TEST_F(Conditioning, TranslationInTheImageIsThatTranslationOnTheHead) {
  const FaceState source = state();
  FaceState driver = source;
  driver.pose.translation += Eigen::Vector2d(6.0, -4.0);
  ConditioningRenderer renderer(model, source, size);
  const ConditioningMaps& maps = renderer.render(driver);
  expect_sound(maps);
  Raster raster;
  rasterize(project(driver.pose, shape_face(model, driver.identity, {}, {})), model.triangles, size, false,
            raster);
  int checked = 0;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const int t = raster.triangle[pixel_index(x, y)];
      if (t < 0 || !in_head(t) || !inner(x, y)) continue;
      EXPECT_NEAR(flow(maps, pixel_index(x, y)).x(), -6.0F, 1e-3F);
      EXPECT_NEAR(flow(maps, pixel_index(x, y)).y(), 4.0F, 1e-3F);
      EXPECT_GT(maps.plane(conditioning::visibility)[pixel_index(x, y)], 0.999F);
      ++checked;
    }
  }
  EXPECT_GT(checked, size * size / 10);
}

TEST_F(Conditioning, FlowAtVerticesIsTheirExactDisplacement) {
  const FaceState source = state(-8, 4, 3);
  FaceState driver = state(17, -9, -12);
  driver.expression.setConstant(0.15);
  ConditioningRenderer renderer(model, source, size);
  const ConditioningMaps& maps = renderer.render(driver);
  expect_sound(maps);
  const auto projected = [&](const FaceState& face) {
    return project(face.pose, shape_face(model, source.identity, face.expression, face.gaze));
  };
  const Eigen::Matrix3Xf there = projected(source);
  const Eigen::Matrix3Xf here = projected(driver);
  Raster raster;
  rasterize(here, model.triangles, size, false, raster);
  int checked = 0;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const int t = raster.triangle[pixel_index(x, y)];
      const bool visible = maps.plane(conditioning::visibility)[pixel_index(x, y)] > 0.99F;
      if (t < 0 || !in_head(t) || !inner(x, y) || !visible) continue;
      const Eigen::Vector3i corners = model.triangles.col(t);
      // Barycentric weights of the pixel's centre, solved in double from the projected triangle.
      Eigen::Matrix3d triangle;
      for (int i = 0; i < 3; ++i) triangle.col(i) << here.col(corners[i]).head<2>().cast<double>(), 1.0;
      if (std::abs(triangle.determinant()) < 0.5) continue;  // snapping to 1/256 pixel would be amplified
      const Eigen::Vector3d weights = triangle.inverse() * Eigen::Vector3d(x, y, 1);
      Eigen::Vector2d place = Eigen::Vector2d::Zero();
      for (int i = 0; i < 3; ++i) place += weights[i] * there.col(corners[i]).head<2>().cast<double>();
      EXPECT_NEAR(flow(maps, pixel_index(x, y)).x(), place.x() - x, 0.05);
      EXPECT_NEAR(flow(maps, pixel_index(x, y)).y(), place.y() - y, 0.05);
      ++checked;
    }
  }
  EXPECT_GT(checked, 500);
}

TEST_F(Conditioning, BaseOfTheNeckStays) {
  const FaceState source = state();
  FaceState driver = state(15, 0, 0);
  driver.pose.translation += Eigen::Vector2d(5.0, 2.0);
  ConditioningRenderer renderer(model, source, size);
  const Eigen::Matrix3Xf points = project(source.pose, shape_face(model, source.identity, {}, {}));
  const ConditioningMaps& maps = renderer.render(driver);
  int checked = 0;
  for (Eigen::Index i = 0; i < points.cols(); ++i) {
    if (model.head_weight[i] > 0.0F || points(2, i) < 0) continue;
    const int x = static_cast<int>(std::lround(points(0, i)));
    const int y = static_cast<int>(std::lround(points(1, i))) - 1;
    if (!inner(x, y) || !on_mesh(maps, pixel_index(x, y))) continue;
    EXPECT_LT(flow(maps, pixel_index(x, y)).norm(), 2.0F) << "the head moves by more than five pixels";
    ++checked;
  }
  EXPECT_GT(checked, 3);
}

TEST_F(Conditioning, SideThatTheSourceHidesIsNotVisible) {
  const FaceState source = state(50, 0, 0);
  const FaceState driver = state(-50, 0, 0);
  ConditioningRenderer renderer(model, source, size);
  const ConditioningMaps& maps = renderer.render(driver);
  expect_sound(maps);
  const Eigen::Matrix3Xf in_source = project(source.pose, shape_face(model, source.identity, {}, {}));
  const Eigen::Matrix3Xf in_driver = project(driver.pose, shape_face(model, source.identity, {}, {}));
  Raster source_raster;
  Raster driver_raster;
  rasterize(in_source, model.triangles, size, false, source_raster);
  rasterize(in_driver, model.triangles, size, false, driver_raster);
  int hidden = 0;
  int seen = 0;
  for (std::size_t i = 0; i < driver_raster.triangle.size(); ++i) {
    const int t = driver_raster.triangle[i];
    if (t < 0 || !in_head(t)) continue;
    const bool drawn_in_source = std::find(source_raster.triangle.begin(), source_raster.triangle.end(), t) !=
                                 source_raster.triangle.end();
    const Eigen::Vector3f a = in_source.col(model.triangles(0, t));
    const Eigen::Vector3f ab = in_source.col(model.triangles(1, t)) - a;
    const Eigen::Vector3f ac = in_source.col(model.triangles(2, t)) - a;
    const bool faces_viewer = ab.x() * ac.y() - ab.y() * ac.x() < 0;
    const float visible = maps.plane(conditioning::visibility)[i];
    if (!faces_viewer) {
      EXPECT_EQ(visible, 0.0F);
      ++hidden;
    }
    if (drawn_in_source && visible > 0.99F) ++seen;
  }
  EXPECT_GT(hidden, 300);
  EXPECT_GT(seen, 150);
}

TEST_F(Conditioning, MouthSocketBehindClosedLipsIsNotVisible) {
  const FaceState source = state();
  FaceState driver = source;
  driver.expression[model.expression_index("jawOpen")] = 1.0;
  ConditioningRenderer renderer(model, source, size);
  const ConditioningMaps& maps = renderer.render(driver);
  expect_sound(maps);
  Raster raster;
  rasterize(project(driver.pose, shape_face(model, driver.identity, driver.expression, {})), model.triangles,
            size, false, raster);
  int inside = 0;
  double visible = 0;
  for (std::size_t i = 0; i < raster.triangle.size(); ++i) {
    if (raster.triangle[i] < 0) continue;
    const Eigen::Vector3i corners = model.triangles.col(raster.triangle[i]);
    if (std::all_of(corners.begin(), corners.end(), [&](int v) {
          return model.region[static_cast<std::size_t>(v)] == Region::mouth_socket;
        })) {
      ++inside;
      visible += maps.plane(conditioning::visibility)[i];
    }
  }
  ASSERT_GT(inside, 5);
  EXPECT_LT(visible / inside, 0.1);
}

TEST_F(Conditioning, GazeMovesTheEyeball) {
  const FaceState source = state();
  FaceState driver = source;
  driver.gaze.left = {0.3, 0.0};
  ConditioningRenderer renderer(model, source, size);
  const ConditioningMaps& maps = renderer.render(driver);
  float left = 0;
  float right = 0;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      if (!on_mesh(maps, pixel_index(x, y))) continue;
      const float length = flow(maps, pixel_index(x, y)).norm();
      (static_cast<double>(x) > source.pose.translation.x() ? left : right) += length;
    }
  }
  EXPECT_GT(left, 1.0F);
  EXPECT_EQ(right, 0.0F);
}

TEST_F(Conditioning, FlowIsContinuousAcrossTheSilhouette) {
  const FaceState source = state();
  FaceState driver = state(12, 6, 4);
  driver.pose.translation += Eigen::Vector2d(4.0, 1.0);
  ConditioningRenderer renderer(model, source, size);
  const ConditioningMaps& maps = renderer.render(driver);
  int pairs = 0;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x + 1 < size; ++x) {
      const std::size_t here = pixel_index(x, y);
      if (on_mesh(maps, here) && on_mesh(maps, here + 1)) continue;  // the surface itself may fold
      EXPECT_LT((flow(maps, here) - flow(maps, here + 1)).norm(), 2.0F) << x << ", " << y;
      ++pairs;
    }
  }
  EXPECT_GT(pairs, 1000);
}

TEST_F(Conditioning, HairFollowsTheHeadAndShouldersStay) {
  const FaceState source = state();
  FaceState driver = source;
  driver.pose.translation += Eigen::Vector2d(5.0, 0.0);
  ConditioningRenderer renderer(model, source, size);
  const ConditioningMaps& maps = renderer.render(driver);
  const auto first_covered = [&](int y) {
    int x = 0;
    while (x < size && !on_mesh(maps, pixel_index(x, y))) ++x;
    return x;
  };
  const int forehead = static_cast<int>(driver.pose.translation.y() - 4 * driver.pose.scale);
  EXPECT_NEAR(flow(maps, pixel_index(first_covered(forehead) - 3, forehead)).x(), -5.0F, 1.0F);
  EXPECT_LT(flow(maps, pixel_index(size / 8, size - size / 10)).norm(), 1.0F);
}

TEST_F(Conditioning, HairDoesNotStayBehindWhenTheHeadShrinks) {
  const FaceState source = state();
  FaceState driver = source;
  driver.pose.scale *= 0.75;
  ConditioningRenderer renderer(model, source, size);
  const int column = static_cast<int>(source.pose.translation.x());
  int crown = 0;
  while (!on_mesh(renderer.source_maps(), pixel_index(column, crown))) ++crown;
  const ConditioningMaps& maps = renderer.render(driver);
  ASSERT_FALSE(on_mesh(maps, pixel_index(column, crown + 3)));
  // What the head has left shows what was above the crown, not the crown again.
  const float read_y = static_cast<float>(crown + 3) + flow(maps, pixel_index(column, crown + 3)).y();
  EXPECT_LT(read_y, static_cast<float>(crown));
}

TEST_F(Conditioning, SurvivesExtremeStates) {
  std::vector<FaceState> states;
  for (const double yaw : {-80.0, 0.0, 80.0, 179.0}) states.push_back(state(yaw, 30, 60));
  states.push_back(state());
  states.back().expression.setOnes();
  states.push_back(state());
  states.back().expression.setConstant(-30);
  states.push_back(state());
  states.back().pose.translation = {3, 100};
  states.push_back(state());
  states.back().pose.translation = {-5000, 400};
  states.push_back(state());
  states.back().pose.scale = 40;
  states.push_back(state());
  states.back().pose.scale = 1e-6;
  states.push_back(state());
  states.back().pose.scale = 1e6;
  for (const FaceState& source : states) {
    ConditioningRenderer renderer(model, source, size);
    for (const FaceState& driver : states) expect_sound(renderer.render(driver));
  }
}

TEST_F(Conditioning, DependsOnNothingButItsArguments) {
  ConditioningRenderer renderer(model, state(), size);
  const std::vector<float> first = renderer.render(state(25, 5, 0)).planes;
  renderer.render(state(-60, 20, 10));
  EXPECT_EQ(renderer.render(state(25, 5, 0)).planes, first);
  ConditioningRenderer other(model, state(), size);
  EXPECT_EQ(other.render(state(25, 5, 0)).planes, first);
}

TEST_F(Conditioning, MissingTrailingCoefficientsCountAsZero) {
  ConditioningRenderer renderer(model, state(), size);
  FaceState full = state(5, 0, 0);
  full.expression[0] = 0.5;
  FaceState shortened = full;
  shortened.expression.conservativeResize(1);
  const std::vector<float> expected = renderer.render(full).planes;
  EXPECT_EQ(renderer.render(shortened).planes, expected);
}

TEST_F(Conditioning, RefusesStatesThatAreNotUsable) {
  EXPECT_THROW(ConditioningRenderer(model, state(), 8), UsageError);
  FaceState broken = state();
  broken.pose.translation.x() = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(ConditioningRenderer(model, broken, size), InputError);
  ConditioningRenderer renderer(model, state(), size);
  EXPECT_THROW(renderer.render(broken), InputError);
  broken = state();
  broken.expression[1] = std::numeric_limits<double>::infinity();
  EXPECT_THROW(renderer.render(broken), InputError);
  broken = state();
  broken.pose.scale = 0;
  EXPECT_THROW(renderer.render(broken), InputError);
}

}  // namespace
}  // namespace reenact
