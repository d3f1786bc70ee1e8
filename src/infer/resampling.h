#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Optional.h>

namespace reenact {

/// What LibTorch's operators of the same purpose compute, in layouts and shapes that it has no quick path
/// for. Other inputs are handed to LibTorch. The values are those of LibTorch but for rounding.

/// grid_sample(texture [N,C,h,w], position [N,H,W,2], bilinear, border, align_corners=False), times `factor`
/// [N,1,H,W] if there is one. The result is channels-last. Quickest for a channels-last texture.
at::Tensor sample_texture(const at::Tensor& texture, const at::Tensor& position,
                          const c10::optional<at::Tensor>& factor);

/// cat(parts, 1) of [N,·,H,W], channels-last, as another type.
at::Tensor join_channels(at::TensorList parts, at::ScalarType type);

/// One tensor [N,C,H,W] as planes of another type.
at::Tensor split_channels(const at::Tensor& values, at::ScalarType type);

/// pixel_shuffle(values [N,4C,H,W], 2): [N,C,2H,2W] in the layout of the input.
at::Tensor spread_pixels(const at::Tensor& values);

/// interpolate(values [N,C,H,W], scale_factor=scales, bilinear, align_corners=False).
at::Tensor resize_planes(const at::Tensor& values, at::ArrayRef<double> scales);

/// relu(values).
at::Tensor rectify(const at::Tensor& values);

/// prelu(values + addend, slope), or prelu(values, slope): values [N,C,H,W], slope [C]. The values are
/// overwritten where their layout allows it.
at::Tensor rectify_sum(at::Tensor& values, const c10::optional<at::Tensor>& addend, const at::Tensor& slope);

}  // namespace reenact
