#include "infer/resampling.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include <limits>
#include <string>
#include <vector>

#include "infer/quick_operators.h"

namespace reenact {
namespace {

constexpr auto channels_last = at::MemoryFormat::ChannelsLast;
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// Between −1 and 1, the same in each run.
at::Tensor values(at::IntArrayRef shape) {
  return at::sin(at::arange(c10::multiply_integers(shape), at::kFloat).square()).view(shape);
}

void expect_same(const at::Tensor& actual, const at::Tensor& wanted) {
  ASSERT_EQ(actual.sizes(), wanted.sizes());
  ASSERT_EQ(actual.scalar_type(), wanted.scalar_type());
  EXPECT_LE((actual.to(at::kFloat) - wanted.to(at::kFloat)).abs().max().item<float>(), 1e-6F);
}

at::Tensor grid_sample(const at::Tensor& texture, const at::Tensor& position) {
  return at::grid_sampler(texture, position, /*bilinear*/ 0, /*border*/ 1, false);
}

TEST(SampleTexture, IsGridSample) {
  for (const std::int64_t channels : {1, 3, 8, 23}) {
    const at::Tensor texture = values({2, channels, 9, 14});
    const at::Tensor position = 1.5 * values({2, 2, 5, 70}).permute({0, 2, 3, 1});  // some beyond the border
    expect_same(sample_texture(texture, position, {}), grid_sample(texture, position));
    expect_same(sample_texture(texture.contiguous(channels_last), position.contiguous(), {}),
                grid_sample(texture, position));
  }
}

TEST(SampleTexture, MultipliesByAFactor) {
  const at::Tensor texture = values({1, 8, 9, 14});
  const at::Tensor position = values({1, 6, 40, 2});
  const at::Tensor factor = values({1, 1, 12, 80}).slice(2, 0, 12, 2).slice(3, 0, 80, 2);
  expect_same(sample_texture(texture, position, factor), grid_sample(texture, position) * factor);
  const at::Tensor per_channel = values({1, 8, 1, 1});
  expect_same(sample_texture(texture, position, per_channel), grid_sample(texture, position) * per_channel);
}

TEST(SampleTexture, ReadsNothingBesideTheTexture) {
  const at::Tensor texture = values({1, 3, 4, 5});
  const float huge = std::numeric_limits<float>::max();
  const std::vector<float> places = {huge, -huge, INFINITY, -INFINITY, not_a_number, not_a_number, 1, -1};
  const at::Tensor position = at::tensor(places).view({1, 2, 2, 2});
  const at::Tensor sampled = sample_texture(texture, position, {});
  EXPECT_TRUE(sampled.isfinite().all().item<bool>());
  EXPECT_LE(sampled.abs().max().item<float>(), 1.0F);
}

TEST(JoinChannels, IsCatInAnotherLayoutAndType) {
  const at::Tensor planes = values({2, 4, 6, 37});
  const at::Tensor pixels = values({2, 8, 6, 37}).contiguous(channels_last);
  const at::Tensor odd = values({2, 5, 6, 74}).slice(3, 0, 74, 2);
  const std::vector<at::Tensor> parts = {pixels, planes, odd};
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kDouble}) {
    const at::Tensor joined = join_channels(parts, type);
    expect_same(joined, at::cat(parts, 1).to(type));
    EXPECT_TRUE(joined.is_contiguous(channels_last));
  }
}

TEST(JoinChannels, RoundsToBfloat16AsLibTorchDoes) {
  const at::Tensor part =
      at::tensor({1.00390625F, 1.01171875F, -1.00390625F, 3.4e38F, 1e-40F, INFINITY}).view({1, 1, 2, 3});
  EXPECT_TRUE(join_channels({part}, at::kBFloat16).equal(part.to(at::kBFloat16)));
  const at::Tensor unknown = at::full({1, 1, 1, 1}, not_a_number);
  EXPECT_TRUE(join_channels({unknown}, at::kBFloat16).isnan().all().item<bool>());
}

TEST(SplitChannels, IsContiguousInAnotherType) {
  const at::Tensor pixels = values({2, 18, 7, 33}).contiguous(channels_last).to(at::kBFloat16);
  for (const at::Tensor& each : {pixels, pixels.contiguous(), pixels.to(at::kFloat)}) {
    const at::Tensor split = split_channels(each, at::kFloat);
    expect_same(split, each.to(at::kFloat));
    EXPECT_TRUE(split.is_contiguous());
  }
}

TEST(SpreadPixels, IsPixelShuffle) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kDouble}) {
    const at::Tensor planes = values({2, 64, 5, 7}).to(type);
    expect_same(spread_pixels(planes), at::pixel_shuffle(planes, 2));
    expect_same(spread_pixels(planes.slice(1, 4, 24)), at::pixel_shuffle(planes.slice(1, 4, 24), 2));
    const at::Tensor pixels = planes.contiguous(channels_last);
    expect_same(spread_pixels(pixels), at::pixel_shuffle(planes, 2));
    EXPECT_TRUE(spread_pixels(pixels).is_contiguous(channels_last));
  }
}

TEST(ResizePlanes, IsBilinearInterpolation) {
  for (const double scale : {0.5, 2.0, 1.5}) {
    for (const std::int64_t size : {6, 7, 1}) {
      if (scale == 0.5 && size == 1) continue;
      const at::Tensor planes = values({2, 5, size, 10}).slice(1, 1, 4);
      const std::vector<double> scales = {scale, scale};
      expect_same(resize_planes(planes, scales),
                  at::upsample_bilinear2d(planes, c10::nullopt, false, scales));
    }
  }
}

TEST(Rectify, IsRelu) {
  const at::Tensor some = values({2, 3, 5, 7});
  expect_same(rectify(some), at::relu(some));
  expect_same(rectify(some.to(at::kBFloat16)), at::relu(some.to(at::kBFloat16)));
  const at::Tensor unknown = at::tensor({not_a_number, -not_a_number, -INFINITY, INFINITY}).to(at::kBFloat16);
  expect_same(rectify(unknown).isnan().to(at::kFloat), at::tensor({1.0F, 1.0F, 0.0F, 0.0F}));
}

TEST(RectifySum, IsPreluOfASum) {
  const at::Tensor slope = values({24});
  const at::Tensor per_channel = values({1, 24, 1, 1});
  for (const at::MemoryFormat layout : {at::MemoryFormat::Contiguous, channels_last}) {
    const at::Tensor some = values({2, 24, 5, 7}).contiguous(layout);
    const at::Tensor other = (0.5 - some.flip(0)).contiguous(layout);
    const auto result = [&](const c10::optional<at::Tensor>& addend) {
      at::Tensor overwritten = some.clone();
      return rectify_sum(overwritten, addend, slope);
    };
    expect_same(result({}), at::prelu(some, slope));
    expect_same(result(other), at::prelu(some + other, slope));
    expect_same(result(per_channel), at::prelu(some + per_channel, slope));
  }
}

constexpr const char* resampling_network = R"(
def forward(self, texture: Tensor, position: Tensor, factor: Tensor):
    sampled = torch.grid_sampler(texture, position, 0, 1, False) * factor
    plain = torch.grid_sampler(texture, position, 0, 1, False)
    joined = torch.cat([sampled, plain], 1).contiguous(memory_format=2).to(15)
    positive = torch.relu(joined)
    spread = torch.pixel_shuffle(positive, 2).contiguous(memory_format=0).to(6)
    return torch.upsample_bilinear2d(spread, None, False, [0.5, 0.5])
)";

std::string operators_of(const torch::jit::Module& module) {
  return module.get_method("forward").graph()->toString();
}

at::Tensor run(const torch::jit::Module& module) {
  std::vector<c10::IValue> inputs = {values({1, 8, 9, 9}), values({1, 6, 8, 2}), values({1, 1, 6, 8})};
  return module.get_method("forward")(std::move(inputs)).toTensor();
}

TEST(QuickOperators, TakeThePlaceOfLibTorchs) {
  torch::jit::Module module("network");
  module.define(resampling_network);
  torch::jit::Module quick("network");
  quick.define(resampling_network);
  use_quick_operators(quick, "forward");
  for (const char* name :
       {"sample_texture", "join_channels", "split_channels", "spread_pixels", "resize_planes", "rectify"}) {
    EXPECT_NE(operators_of(quick).find(std::string("reenact::") + name), std::string::npos) << name;
  }
  for (const char* name : {"aten::grid_sampler", "aten::cat", "aten::contiguous", "aten::to(", "aten::mul"}) {
    EXPECT_EQ(operators_of(quick).find(name), std::string::npos) << name;
  }
  expect_same(run(quick), run(module));
}

TEST(QuickOperators, LeaveMethodsThatWriteIntoTensors) {
  torch::jit::Module module("network");
  module.define(R"(
def forward(self, texture: Tensor, position: Tensor, factor: Tensor):
    sampled = torch.grid_sampler(texture, position, 0, 1, False)
    return torch.relu(sampled.mul_(2))
)");
  const at::Tensor before = run(module);
  use_quick_operators(module, "forward");
  EXPECT_EQ(operators_of(module).find("reenact::"), std::string::npos);
  expect_same(run(module), before);
}

}  // namespace
}  // namespace reenact
