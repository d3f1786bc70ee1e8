#include "reenact/infer/perceptual_distance.h"

#include <algorithm>
#include <cmath>

#include "infer/script_module.h"
#include "reenact/core/error.h"

namespace reenact {

namespace fs = std::filesystem;

namespace {

constexpr int min_side = 64;
/// A distance of a picture to itself below this is rounding.
constexpr double zero_tolerance = 1e-5;

const fs::path& require_file(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    throw ModelError(file.string() + " is missing; scripts/export_lpips.py makes an LPIPS network");
  }
  return file;
}

/// From [0,1] to [−1,1].
std::vector<float> centred(const std::vector<float>& rgb) {
  std::vector<float> values(rgb.size());
  std::transform(rgb.begin(), rgb.end(), values.begin(), [](float value) { return 2 * value - 1; });
  return values;
}

}  // namespace

struct PerceptualDistance::Impl {
  Impl(const fs::path& network_file, const InferOptions& options)
      : file(require_file(network_file)), sha256(sha256_of_network(file)), network(file, sha256, options) {
    network.require_method("forward", "(Tensor, Tensor) -> Tensor");
    dry_run();
  }

  void dry_run() const {
    std::vector<float> ramp(3 * min_side * min_side);
    for (std::size_t i = 0; i < ramp.size(); ++i) {
      ramp[i] = static_cast<float>(i) / static_cast<float>(ramp.size());
    }
    const std::vector<float> reversed(ramp.rbegin(), ramp.rend());
    if (std::abs(distance(ramp, ramp, min_side, min_side)) > zero_tolerance ||
        distance(ramp, reversed, min_side, min_side) <= 0) {
      throw ModelError(file.string() +
                       " is not a distance: it must be 0 for equal pictures and positive for others");
    }
  }

  double distance(const std::vector<float>& rgb_a, const std::vector<float>& rgb_b, int width,
                  int height) const {
    const std::vector<float> a = centred(rgb_a);
    const std::vector<float> b = centred(rgb_b);
    const at::Tensor value = network
                                 .call("forward", {network.input(a, {1, 3, height, width}),
                                                   network.input(b, {1, 3, height, width})})
                                 .toTensor();
    if (!value.defined() || value.numel() != 1) {
      throw ModelError(file.string() + " returns something else than one value");
    }
    network.require_tensor(value, value.sizes(), "the distance");
    return value.item<float>();
  }

  fs::path file;
  std::string sha256;
  ScriptModule network;
};

PerceptualDistance::PerceptualDistance(const fs::path& file, const InferOptions& options)
    : impl_(guarded(file, "cannot be used", [&] { return std::make_unique<Impl>(file, options); })) {}
PerceptualDistance::~PerceptualDistance() = default;
PerceptualDistance::PerceptualDistance(PerceptualDistance&&) noexcept = default;
PerceptualDistance& PerceptualDistance::operator=(PerceptualDistance&&) noexcept = default;

double PerceptualDistance::distance(const std::vector<float>& rgb_a, const std::vector<float>& rgb_b,
                                    int width, int height) const {
  if (width < min_side || height < min_side) {
    throw InputError("LPIPS needs pictures of at least 64x64 pixels; these have " + std::to_string(width) +
                     "x" + std::to_string(height));
  }
  const std::size_t values = 3 * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  if (rgb_a.size() != values || rgb_b.size() != values) {
    throw InputError("LPIPS compares two pictures of the size that is given with them, here " +
                     std::to_string(width) + "x" + std::to_string(height));
  }
  return guarded(impl_->file, "fails for two pictures",
                 [&] { return impl_->distance(rgb_a, rgb_b, width, height); });
}

const std::string& PerceptualDistance::sha256() const { return impl_->sha256; }

}  // namespace reenact
