#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

namespace reenact {

/// Extends a flow field from the pixels where it is known over the rest of a square image.
///
/// Minimises Σ |∇f|² + pull·|f − target|² over the unknown pixels, with f fixed where it is known and zero
/// on the border pixels: a screened Poisson equation, Δf = pull·(f − target). It is solved coarse to fine
/// (cascadic multigrid: Bornemann & Deuflhard, Numer. Math. 75, 1996) with damped Jacobi sweeps, always from
/// scratch, so that the result depends on nothing but the arguments.
class FlowExtension {
 public:
  explicit FlowExtension(int size);

  /// Row-major planes of size×size at the finest level, to be filled before `solve`.
  std::vector<std::uint8_t>& known() { return levels_.front().known; }
  std::vector<float>& pull() { return levels_.front().pull; }  ///< 1/pixel²
  std::vector<float>& target(int axis) { return levels_.front().target[index(axis)]; }
  std::vector<float>& flow(int axis) { return levels_.front().flow[index(axis)]; }  ///< read where known

  /// Writes `flow` everywhere.
  void solve();

 private:
  using Plane = std::vector<float>;
  /// A grid of cells inside a frame, one cell wide, that holds zeros. The frame of the finest level is the
  /// image's border pixels, and all levels share its place, so it is nearer to the cells of a coarse one.
  struct Level {
    int size = 0;                 ///< with the frame
    float frame_distance = 1.0F;  ///< from the outermost cell centres to the border pixels' centres, in cells
    std::vector<std::uint8_t> known;
    Plane pull;
    std::array<Plane, 2> target;
    std::array<Plane, 2> flow;
  };

  /// The part of a row in which unknown pixels lie.
  struct Span {
    int y;
    int first;
    int end;
  };

  static std::size_t index(int axis) { return static_cast<std::size_t>(axis); }
  static void restrict_to(const Level& fine, Level& coarse);
  static void start_from_zero(Level& level);
  static void prolong(const Level& coarse, Level& fine);
  void find_unknown(const Level& level);
  void relax(Level& level, int sweeps);

  std::vector<Level> levels_;  ///< finest first
  Plane keep_, gain_, bias_, next_;
  std::vector<Span> unknown_;  ///< of the level in work
};

}  // namespace reenact
