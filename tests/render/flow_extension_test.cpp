#include "render/flow_extension.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace reenact {
namespace {

/// A disc with a given motion, pulled to another one in the ring around it.
void pose_problem(int size, FlowExtension& extension) {
  const double middle = 0.47 * size;
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const auto i = static_cast<std::size_t>(y * size + x);
      const double radius = std::hypot(x - middle, y - middle) / size;
      extension.known()[i] = radius < 0.2 ? 1 : 0;
      extension.pull()[i] = radius < 0.3 ? 0.05F : 0.0F;
      for (int axis = 0; axis < 2; ++axis) {
        extension.target(axis)[i] = axis == 0 ? 4.0F : -2.0F;
        extension.flow(axis)[i] =
            radius < 0.2 ? static_cast<float>(6.0 + (axis == 0 ? x : -y) * 3.0 / size) : 1e9F;
      }
    }
  }
}

/// The same equation by Gauss-Seidel in double until it stands still.
std::vector<double> reference_solution(int size, FlowExtension& posed, int axis) {
  std::vector<double> f(static_cast<std::size_t>(size * size), 0.0);
  for (std::size_t i = 0; i < f.size(); ++i) {
    if (posed.known()[i] != 0) f[i] = posed.flow(axis)[i];
  }
  double change = 1;
  while (change > 1e-9) {
    change = 0;
    for (int y = 1; y < size - 1; ++y) {
      for (int x = 1; x < size - 1; ++x) {
        const auto i = static_cast<std::size_t>(y * size + x);
        if (posed.known()[i] != 0) continue;
        const auto row = static_cast<std::size_t>(size);
        const double pull = posed.pull()[i];
        const double next =
            (f[i - 1] + f[i + 1] + f[i - row] + f[i + row] + pull * posed.target(axis)[i]) / (4.0 + pull);
        change = std::max(change, std::abs(next - f[i]));
        f[i] = next;
      }
    }
  }
  return f;
}

class FlowExtensionOfSize : public testing::TestWithParam<int> {};

TEST_P(FlowExtensionOfSize, IsCloseToTheExactSolution) {
  const int size = GetParam();
  FlowExtension extension(size);
  pose_problem(size, extension);
  const std::vector<double> exact[2] = {reference_solution(size, extension, 0),
                                        reference_solution(size, extension, 1)};
  extension.solve();
  for (int axis = 0; axis < 2; ++axis) {
    double worst = 0;
    double total = 0;
    for (std::size_t i = 0; i < exact[axis].size(); ++i) {
      const double error = std::abs(extension.flow(axis)[i] - exact[axis][i]);
      worst = std::max(worst, error);
      total += error;
    }
    EXPECT_LT(worst, 0.6) << "of a motion of up to 9 pixels";
    EXPECT_LT(total / static_cast<double>(exact[axis].size()), 0.15);
  }
}

TEST_P(FlowExtensionOfSize, KeepsKnownPixelsAndIsZeroOnTheBorder) {
  const int size = GetParam();
  FlowExtension extension(size);
  pose_problem(size, extension);
  const std::vector<float> posed = extension.flow(0);
  extension.solve();
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x) {
      const auto i = static_cast<std::size_t>(y * size + x);
      const bool border = x == 0 || y == 0 || x == size - 1 || y == size - 1;
      if (border) {
        EXPECT_EQ(extension.flow(0)[i], 0.0F);
      } else if (extension.known()[i] != 0) {
        EXPECT_EQ(extension.flow(0)[i], posed[i]);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, FlowExtensionOfSize, testing::Values(16, 33, 64, 97, 112));

TEST(FlowExtension, FollowsAStrongPull) {
  constexpr int size = 64;
  FlowExtension extension(size);
  std::fill(extension.pull().begin(), extension.pull().end(), 10.0F);
  std::fill(extension.target(0).begin(), extension.target(0).end(), 3.0F);
  extension.solve();
  EXPECT_NEAR(extension.flow(0)[32 * size + 32], 3.0F, 1e-3F);
  EXPECT_EQ(extension.flow(1)[32 * size + 32], 0.0F);
}

TEST(FlowExtension, ForgetsEarlierProblems) {
  constexpr int size = 64;
  FlowExtension extension(size);
  pose_problem(size, extension);
  extension.solve();
  const std::vector<float> first = extension.flow(0);
  std::fill(extension.known().begin(), extension.known().end(), std::uint8_t{1});
  extension.solve();
  pose_problem(size, extension);
  extension.solve();
  EXPECT_EQ(extension.flow(0), first);
}

}  // namespace
}  // namespace reenact
