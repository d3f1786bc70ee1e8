#include "reenact/render/person_flow.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "reenact/core/error.h"
#include "support/synthetic_face.h"

namespace reenact {
namespace {

constexpr int size = 112;
constexpr PersonWindow window{size};

class PersonFlowTest : public testing::Test {
 protected:
  static Pose pose(double yaw_deg = 0, double roll_deg = 0) {
    Pose result;
    result.rotation = rotation_from_angles({yaw_deg, 0, roll_deg});
    result.scale = 2.4;
    result.translation = {55.3, 52.6};
    return result;
  }
  FaceState state(const Pose& pose) const {
    return {Eigen::VectorXd::Constant(model.identity_count(), 0.4),
            Eigen::VectorXd::Zero(model.expression_count()),
            {},
            pose};
  }
  static std::vector<float> nothing_held() {
    return std::vector<float>(static_cast<std::size_t>(2 * window.cells() * window.cells()), 0.0F);
  }
  static std::vector<float> nothing_resting() {
    return std::vector<float>(static_cast<std::size_t>(window.cells() * window.cells()), 0.0F);
  }
  /// In pixels, at a place in the crop.
  static Eigen::Vector2f flow(const PersonMotion& motion, int x, int y) {
    const std::size_t pixels = motion.flow.size() / 2;
    const auto i = static_cast<std::size_t>((y + window.margin()) * window.size() + x + window.margin());
    return {motion.flow[i], motion.flow[pixels + i]};
  }

  FaceModel model = test::make_synthetic_face();
  ConditioningRenderer renderer{model, state(pose()), size};
};

TEST_F(PersonFlowTest, WindowLiesAroundTheCrop) {
  const CropSquare crop{10, 20, 224};
  const CropSquare around = window.around(crop);
  EXPECT_EQ(window.size(), 168);
  EXPECT_DOUBLE_EQ(around.side, 336);
  EXPECT_DOUBLE_EQ(around.left, -46);
  EXPECT_DOUBLE_EQ(around.top, -36);
}

TEST_F(PersonFlowTest, RestsWhenTheHeadDoes) {
  PersonFlow person(model, state(pose()), size, 0, nothing_held(), nothing_resting());
  const PersonMotion& motion = person.extend(renderer.render(state(pose())), pose());
  EXPECT_LT(*std::max_element(motion.flow.begin(), motion.flow.end()), 1e-3F);
  EXPECT_GT(*std::min_element(motion.flow.begin(), motion.flow.end()), -1e-3F);
}

TEST_F(PersonFlowTest, IsThatOfTheSurfaceOnTheMesh) {
  Pose driver = pose(10, 5);
  driver.translation += Eigen::Vector2d(3, -2);
  PersonFlow person(model, state(pose()), size, 0, nothing_held(), nothing_resting());
  const ConditioningMaps& maps = renderer.render(state(driver));
  const PersonMotion& motion = person.extend(maps, driver);
  int checked = 0;
  for (int y = size / 8; y < size - size / 8; ++y) {
    for (int x = size / 8; x < size - size / 8; ++x) {
      const auto i = static_cast<std::size_t>(y * size + x);
      EXPECT_GE(motion.reach[i], maps.plane(conditioning::coverage)[i]);
      if (maps.plane(conditioning::visibility)[i] < 0.5F) continue;
      EXPECT_NEAR(flow(motion, x, y).x(), maps.plane(conditioning::flow_x)[i] * size / 2, 1e-4F);
      ++checked;
    }
  }
  EXPECT_GT(checked, 1000);
}

TEST_F(PersonFlowTest, NothingBesideTheHeadStaysWhereItWas) {
  Pose driver = pose();
  driver.translation += Eigen::Vector2d(20, 0);
  PersonFlow person(model, state(pose()), size, 0, nothing_held(), nothing_resting());
  const PersonMotion& motion = person.extend(renderer.render(state(driver)), driver);
  const ConditioningMaps& source = renderer.source_maps();
  constexpr int row = 40;
  int edge = 0;
  while (source.plane(conditioning::coverage)[row * size + edge] == 0) ++edge;
  const int beside = edge - static_cast<int>(5 * pose().scale);
  EXPECT_LT(flow(motion, beside, row).x(), -14.0F) << "5 cm beside the head's old place";
}

TEST_F(PersonFlowTest, HairFarFromTheFaceFollowsAndTheTorsoStays) {
  Pose driver = pose();
  driver.translation += Eigen::Vector2d(6, 0);
  PersonFlow person(model, state(pose()), size, 0, nothing_held(), nothing_resting());
  const PersonMotion& motion = person.extend(renderer.render(state(driver)), driver);
  const int column = static_cast<int>(driver.translation.x());
  EXPECT_NEAR(flow(motion, column, 12).x(), -6.0F, 1.0F) << "5 cm above the crown";
  EXPECT_LT(flow(motion, column, size + 10).norm(), 0.5F) << "below it";
  for (int i = 0; i < window.size(); ++i) {
    EXPECT_LT(flow(motion, i - window.margin(), -window.margin()).norm(), 1.5F) << "at the window's border";
  }
}

TEST_F(PersonFlowTest, IsHeldAtThePhotosBorder) {
  std::vector<float> held = nothing_held();
  const int cells = window.cells();
  const int border = (window.margin() + 8) / 2;
  const auto of_y = held.begin() + cells * cells;
  std::fill(of_y, of_y + border * cells, 1.0F);
  Pose driver = pose();
  driver.translation += Eigen::Vector2d(6, 4);
  PersonFlow person(model, state(pose()), size, 0, held, nothing_resting());
  const PersonMotion& motion = person.extend(renderer.render(state(driver)), driver);
  const int column = static_cast<int>(driver.translation.x());
  EXPECT_LT(std::abs(flow(motion, column, 4).y()), 0.4F);
  EXPECT_LT(flow(motion, column, 4).x(), -3.0F) << "but slides along it";
  EXPECT_THROW(PersonFlow(model, state(pose()), size, 0, {1.0F}, nothing_resting()), InputError);
}

TEST_F(PersonFlowTest, LeavesNeighboursAtRest) {
  std::vector<float> resting = nothing_resting();
  const int cells = window.cells();
  const int first = (window.margin() + size - 20) / 2;
  for (int y = 0; y < cells; ++y) std::fill_n(resting.begin() + y * cells + first, cells - first, 1.0F);
  Pose driver = pose();
  driver.translation += Eigen::Vector2d(6, 4);
  PersonFlow person(model, state(pose()), size, 0.25, nothing_held(), resting);
  PersonFlow alone(model, state(pose()), size, 0.25, nothing_held(), nothing_resting());
  const ConditioningMaps& maps = renderer.render(state(driver));
  const int height = static_cast<int>(driver.translation.y());
  EXPECT_LT(flow(person.extend(maps, driver), size - 12, height).norm(), 0.5F);
  EXPECT_GT(flow(alone.extend(maps, driver), size - 12, height).norm(), 2.0F);
}

TEST_F(PersonFlowTest, TorsoGoesSoftlyWithTheHead) {
  Pose driver = pose();
  driver.translation += Eigen::Vector2d(6, 0);
  ConditioningRenderer following(model, state(pose()), size, 0.25);
  PersonFlow person(model, state(pose()), size, 0.25, nothing_held(), nothing_resting());
  const PersonMotion& motion = person.extend(following.render(state(driver)), driver);
  const int column = static_cast<int>(driver.translation.x());
  const int collar = static_cast<int>(driver.translation.y() + 18 * driver.scale);
  EXPECT_LT(flow(motion, column + 8, collar).x(), -0.7F) << "9 cm below the chin";
  EXPECT_GT(flow(motion, column + 8, collar).x(), -2.0F) << "but less far than the head";
  const PersonMotion& turned = person.extend(following.render(state(pose(30))), pose(30));
  EXPECT_LT(flow(turned, column + 8, collar).norm(), 0.5F) << "a turn does not move it";
}

TEST_F(PersonFlowTest, DependsOnNothingButItsArguments) {
  PersonFlow person(model, state(pose()), size, 0, nothing_held(), nothing_resting());
  const std::vector<float> first = person.extend(renderer.render(state(pose(20))), pose(20)).flow;
  person.extend(renderer.render(state(pose(-40, 30))), pose(-40, 30));
  EXPECT_EQ(person.extend(renderer.render(state(pose(20))), pose(20)).flow, first);
}

TEST_F(PersonFlowTest, GeneratorShowsOnTheMeshAlone) {
  PersonFlow person(model, state(pose()), size, 0, nothing_held(), nothing_resting());
  const ConditioningMaps& maps = renderer.render(state(pose()));
  const PersonMotion& motion = person.extend(maps, pose());
  constexpr std::size_t pixels = size * size;
  GeneratedFrame frame;
  frame.size = size;
  frame.flow.assign(maps.planes.begin(), maps.planes.begin() + 2 * pixels);
  for (float& value : frame.flow) value += 0.1F;
  frame.weight.assign(pixels, 0.25F);
  frame.colour.assign(3 * pixels, 0.5F);
  const GeneratedFrame wide = in_window(frame, maps, motion);
  ASSERT_EQ(wide.size, window.size());
  const auto at = [](int x, int y) {
    return static_cast<std::size_t>((y + window.margin()) * window.size() + x + window.margin());
  };
  const std::size_t nose = at(55, 52);
  EXPECT_FLOAT_EQ(wide.weight[nose], 0.25F);
  EXPECT_FLOAT_EQ(wide.colour[nose], 0.5F);
  EXPECT_NEAR(wide.flow[nose] * wide.size, 0.1F * size, 0.01F) << "the same in pixels";
  for (const std::size_t beside : {at(5, 5), at(-20, 50), at(50, -20)}) {
    EXPECT_EQ(wide.weight[beside], 1.0F);
    EXPECT_NEAR(wide.flow[beside], 0.0F, 1e-4F);
  }
}

}  // namespace
}  // namespace reenact
