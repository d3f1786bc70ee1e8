#include "infer/resampling.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <vector>

namespace reenact {
namespace {

constexpr std::int64_t stretch = 32;  // pixels that are worked on together

bool is_float_picture(const at::Tensor& t) {
  return t.dim() == 4 && t.is_cpu() && t.scalar_type() == at::kFloat && t.numel() > 0;
}

bool has_planes(const at::Tensor& t) { return t.stride(3) == 1 && t.stride(2) == t.size(3); }

bool has_dense_planes(const at::Tensor& t) { return has_planes(t) && t.stride(1) == t.size(2) * t.size(3); }

/// The channels of a pixel lie side by side, and so do pixels and rows.
bool has_dense_pixels(const at::Tensor& t) {
  return t.stride(1) == 1 && t.stride(3) == t.size(1) && t.stride(2) == t.size(3) * t.size(1);
}

at::Tensor empty_channels_last(at::IntArrayRef shape, const at::TensorOptions& options) {
  return at::empty(shape, options.memory_format(at::MemoryFormat::ChannelsLast));
}

/// The nearest bfloat16, the even one of two (IEEE 754), as its bits.
std::uint16_t bfloat16_bits(float value) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  const std::uint32_t rounded = (bits + 0x7FFFU + ((bits >> 16U) & 1U)) >> 16U;
  constexpr std::uint32_t not_a_number = 0x7FC0;
  return static_cast<std::uint16_t>((bits & 0x7FFFFFFFU) > 0x7F800000U ? not_a_number : rounded);
}

float float_of(std::uint16_t bfloat16) {
  const std::uint32_t bits = static_cast<std::uint32_t>(bfloat16) << 16U;
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

template <typename To, typename From>
To converted(From value) {
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else if constexpr (std::is_same_v<To, float>) {
    return float_of(value);
  } else {
    return bfloat16_bits(value);
  }
}

/// Where the pixels of a stretch are read: four texels each, and their weights.
struct Taps {
  std::int32_t texel[4][stretch];
  float weight[4][stretch];
};

/// One axis of Taps: texel before the position, texel behind it, and how much nearer the latter is.
struct Between {
  std::int32_t before, behind;
  float share;
};

inline Between between(float position, float half_size, float last) {
  float place = (position + 1.0F) * half_size - 0.5F;
  place = place > 0.0F ? place : 0.0F;
  place = place < last ? place : last;
  const float before = std::floor(place);
  return {static_cast<std::int32_t>(before), static_cast<std::int32_t>(std::min(before + 1.0F, last)),
          place - before};
}

void find_taps(const float* position, std::int64_t step, std::int64_t axis_step, std::int64_t count,
               std::int32_t height, std::int32_t width, Taps& taps) {
  const float half_width = static_cast<float>(width) / 2.0F;
  const float half_height = static_cast<float>(height) / 2.0F;
  const auto last_column = static_cast<float>(width - 1);
  const auto last_row = static_cast<float>(height - 1);
  for (std::int64_t i = 0; i < count; ++i) {
    const Between x = between(position[i * step], half_width, last_column);
    const Between y = between(position[i * step + axis_step], half_height, last_row);
    taps.texel[0][i] = y.before * width + x.before;
    taps.texel[1][i] = y.before * width + x.behind;
    taps.texel[2][i] = y.behind * width + x.before;
    taps.texel[3][i] = y.behind * width + x.behind;
    taps.weight[0][i] = (1.0F - x.share) * (1.0F - y.share);
    taps.weight[1][i] = x.share * (1.0F - y.share);
    taps.weight[2][i] = (1.0F - x.share) * y.share;
    taps.weight[3][i] = x.share * y.share;
  }
}

/// `channels` values of a pixel; a constant number of them lets the loop become vector instructions.
template <typename Channels>
inline void blend_texels(const float* texture, const Taps& taps, std::int64_t i, Channels channels,
                         float factor, float* __restrict out) {
  const float* const a = texture + taps.texel[0][i] * static_cast<std::int64_t>(channels);
  const float* const b = texture + taps.texel[1][i] * static_cast<std::int64_t>(channels);
  const float* const c = texture + taps.texel[2][i] * static_cast<std::int64_t>(channels);
  const float* const d = texture + taps.texel[3][i] * static_cast<std::int64_t>(channels);
  for (std::int64_t k = 0; k < channels; ++k) {
    float sum = a[k] * taps.weight[0][i];
    sum += b[k] * taps.weight[1][i];
    sum += c[k] * taps.weight[2][i];
    sum += d[k] * taps.weight[3][i];
    out[k] = sum * factor;
  }
}

template <std::int64_t n>
using Constant = std::integral_constant<std::int64_t, n>;

/// Calls `work` with the number as a constant where it is a usual one.
template <typename Work>
void with_constant(std::int64_t number, const Work& work) {
  switch (number) {
    case 3:
      return work(Constant<3>());
    case 4:
      return work(Constant<4>());
    case 8:
      return work(Constant<8>());
    case 16:
      return work(Constant<16>());
    case 32:
      return work(Constant<32>());
    default:
      return work(number);
  }
}

template <typename Channels>
void sample_pixels(const at::Tensor& texture, const at::Tensor& position, const at::Tensor* factor,
                   Channels channels, at::Tensor& out) {
  const auto height = static_cast<std::int32_t>(texture.size(2));
  const auto width = static_cast<std::int32_t>(texture.size(3));
  const std::int64_t rows = position.size(1), columns = position.size(2);
  auto* sampled = out.data_ptr<float>();
  Taps taps;
  for (std::int64_t n = 0; n < position.size(0); ++n) {
    const float* const texels = texture.data_ptr<float>() + n * texture.stride(0);
    for (std::int64_t row = 0; row < rows; ++row) {
      const float* const places =
          position.data_ptr<float>() + n * position.stride(0) + row * position.stride(1);
      const float* const factors =
          factor == nullptr ? nullptr
                            : factor->data_ptr<float>() + n * factor->stride(0) + row * factor->stride(2);
      for (std::int64_t start = 0; start < columns; start += stretch) {
        const std::int64_t count = std::min(stretch, columns - start);
        find_taps(places + start * position.stride(2), position.stride(2), position.stride(3), count, height,
                  width, taps);
        for (std::int64_t i = 0; i < count; ++i, sampled += channels) {
          const float by = factors == nullptr ? 1.0F : factors[(start + i) * factor->stride(3)];
          blend_texels(texels, taps, i, channels, by, sampled);
        }
      }
    }
  }
}

/// Pixels [first, first + count) of one row of `channels` channels, copied to where pixels are `to_pixel`
/// apart.
template <typename To, typename From, typename Channels>
void copy_to_pixels(const From* from, std::int64_t from_pixel, std::int64_t from_channel, Channels channels,
                    std::int64_t count, To* __restrict to, std::int64_t to_pixel) {
  if (from_channel == 1) {
    for (std::int64_t i = 0; i < count; ++i) {
      for (std::int64_t k = 0; k < channels; ++k)
        to[i * to_pixel + k] = converted<To>(from[i * from_pixel + k]);
    }
    return;
  }
  To plane[stretch];
  for (std::int64_t start = 0; start < count; start += stretch) {
    const std::int64_t here = std::min(stretch, count - start);
    for (std::int64_t k = 0; k < channels; ++k) {
      const From* const values = from + k * from_channel + start * from_pixel;
      if (from_pixel == 1) {
        for (std::int64_t i = 0; i < here; ++i) plane[i] = converted<To>(values[i]);
      } else {
        for (std::int64_t i = 0; i < here; ++i) plane[i] = converted<To>(values[i * from_pixel]);
      }
      for (std::int64_t i = 0; i < here; ++i) to[(start + i) * to_pixel + k] = plane[i];
    }
  }
}

template <typename To>
void join_floats(at::TensorList parts, at::Tensor& out) {
  const std::int64_t channels = out.size(1), rows = out.size(2), columns = out.size(3);
  auto* const joined = static_cast<To*>(out.data_ptr());
  std::int64_t before = 0;
  for (const at::Tensor& part : parts) {
    with_constant(part.size(1), [&](auto part_channels) {
      for (std::int64_t row = 0; row < part.size(0) * rows; ++row) {
        const float* const from =
            part.data_ptr<float>() + row / rows * part.stride(0) + row % rows * part.stride(2);
        copy_to_pixels(from, part.stride(3), part.stride(1), part_channels, columns,
                       joined + row * columns * channels + before, channels);
      }
    });
    before += part.size(1);
  }
}

template <typename T>
void spread_planes(const at::Tensor& values, at::Tensor& out) {
  const std::int64_t channels = out.size(1), rows = values.size(2), columns = values.size(3);
  auto* to = static_cast<T*>(out.data_ptr());
  for (std::int64_t n = 0; n < values.size(0); ++n) {
    for (std::int64_t k = 0; k < channels; ++k) {
      for (std::int64_t row = 0; row < 2 * rows; ++row, to += 2 * columns) {
        const T* const left = static_cast<const T*>(values.data_ptr()) + n * values.stride(0) +
                              (4 * k + row % 2 * 2) * values.stride(1) + row / 2 * columns;
        const T* const right = left + values.stride(1);
        for (std::int64_t i = 0; i < columns; ++i) {
          to[2 * i] = left[i];
          to[2 * i + 1] = right[i];
        }
      }
    }
  }
}

template <typename T>
void spread_channels(const at::Tensor& values, at::Tensor& out) {
  const std::int64_t rows = values.size(2), columns = values.size(3);
  with_constant(out.size(1), [&](auto channels) {
    const auto* from = static_cast<const T*>(values.data_ptr());
    auto* to = static_cast<T*>(out.data_ptr());
    for (std::int64_t row = 0; row < values.size(0) * rows; ++row, to += 4 * columns * channels) {
      for (std::int64_t i = 0; i < columns; ++i, from += 4 * channels) {
        T* const above = to + 2 * i * channels;
        T* const below = above + 2 * columns * channels;
        for (std::int64_t k = 0; k < channels; ++k) {
          above[k] = from[4 * k];
          above[k + channels] = from[4 * k + 1];
          below[k] = from[4 * k + 2];
          below[k + channels] = from[4 * k + 3];
        }
      }
    }
  });
}

void halve_plane(const float* from, std::int64_t rows, std::int64_t columns, float* to) {
  for (std::int64_t row = 0; row < rows / 2; ++row, from += 2 * columns) {
    for (std::int64_t i = 0; i < columns / 2; ++i, ++to) {
      const float above = from[2 * i] * 0.5F + from[2 * i + 1] * 0.5F;
      const float below = from[columns + 2 * i] * 0.5F + from[columns + 2 * i + 1] * 0.5F;
      *to = above * 0.5F + below * 0.5F;
    }
  }
}

/// A row of twice as many values: between those of `from`, repeated at both ends.
void double_row(const float* from, std::int64_t columns, float* to) {
  to[0] = from[0];
  for (std::int64_t i = 0; i + 1 < columns; ++i) {
    to[2 * i + 1] = from[i] * 0.75F + from[i + 1] * 0.25F;
    to[2 * i + 2] = from[i] * 0.25F + from[i + 1] * 0.75F;
  }
  to[2 * columns - 1] = from[columns - 1];
}

void double_plane(const float* from, std::int64_t rows, std::int64_t columns, std::vector<float>& wide,
                  float* to) {
  wide.resize(static_cast<std::size_t>(2 * 2 * columns));
  float* above = wide.data();
  float* below = above + 2 * columns;
  double_row(from, columns, above);
  std::copy_n(above, 2 * columns, to);
  to += 2 * columns;
  for (std::int64_t row = 1; row < rows; ++row, to += 4 * columns) {
    double_row(from + row * columns, columns, below);
    for (std::int64_t i = 0; i < 2 * columns; ++i) {
      to[i] = above[i] * 0.75F + below[i] * 0.25F;
      to[2 * columns + i] = above[i] * 0.25F + below[i] * 0.75F;
    }
    std::swap(above, below);
  }
  std::copy_n(above, 2 * columns, to);
}

/// `addend` may be null.
template <typename Channels>
void rectify_pixels(float* __restrict values, const float* __restrict addend, const float* __restrict slope,
                    Channels channels, std::int64_t pixels) {
  // Any x86-64 has instructions for the larger and the smaller of two numbers, not for a choice.
  const auto rectified = [&](float sum, std::int64_t k) {
    return std::max(sum, 0.0F) + std::min(sum, 0.0F) * slope[k];
  };
  for (std::int64_t i = 0; i < pixels; ++i, values += channels) {
    if (addend == nullptr) {
      for (std::int64_t k = 0; k < channels; ++k) values[k] = rectified(values[k], k);
    } else {
      for (std::int64_t k = 0; k < channels; ++k) values[k] = rectified(values[k] + addend[k], k);
      addend += channels;
    }
  }
}

}  // namespace

at::Tensor sample_texture(const at::Tensor& texture, const at::Tensor& position,
                          const c10::optional<at::Tensor>& factor) {
  const bool fits =
      is_float_picture(texture) && is_float_picture(position) && position.size(3) == 2 &&
      texture.size(0) == position.size(0) && texture.size(2) * texture.size(3) < (1 << 24) &&
      (!factor || (is_float_picture(*factor) && factor->size(0) == position.size(0) && factor->size(1) == 1 &&
                   factor->size(2) == position.size(1) && factor->size(3) == position.size(2)));
  if (!fits) {
    constexpr std::int64_t bilinear = 0, border = 1;
    const at::Tensor sampled = at::grid_sampler(texture, position, bilinear, border, false);
    return factor ? at::mul(sampled, *factor) : sampled;
  }
  const at::Tensor texels =
      has_dense_pixels(texture) ? texture : texture.contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor out = empty_channels_last(
      {position.size(0), texture.size(1), position.size(1), position.size(2)}, texture.options());
  with_constant(texture.size(1), [&](auto channels) {
    sample_pixels(texels, position, factor ? &*factor : nullptr, channels, out);
  });
  return out;
}

at::Tensor join_channels(at::TensorList parts, at::ScalarType type) {
  const auto fits = [&](const at::Tensor& part) {
    return is_float_picture(part) && part.size(0) == parts[0].size(0) && part.size(2) == parts[0].size(2) &&
           part.size(3) == parts[0].size(3);
  };
  const bool is_known_type = type == at::kFloat || type == at::kBFloat16;
  if (parts.empty() || !is_known_type || !std::all_of(parts.begin(), parts.end(), fits)) {
    return at::cat(parts, 1).contiguous(at::MemoryFormat::ChannelsLast).to(type);
  }
  std::int64_t channels = 0;
  for (const at::Tensor& part : parts) channels += part.size(1);
  at::Tensor out = empty_channels_last({parts[0].size(0), channels, parts[0].size(2), parts[0].size(3)},
                                       parts[0].options().dtype(type));
  if (type == at::kFloat) {
    join_floats<float>(parts, out);
  } else {
    join_floats<std::uint16_t>(parts, out);
  }
  return out;
}

at::Tensor split_channels(const at::Tensor& values, at::ScalarType type) {
  if (values.dim() != 4 || !values.is_cpu() || values.scalar_type() != at::kBFloat16 || type != at::kFloat ||
      !has_dense_pixels(values)) {
    return values.contiguous(at::MemoryFormat::Contiguous).to(type);
  }
  at::Tensor out =
      at::empty(values.sizes(), values.options().dtype(type).memory_format(at::MemoryFormat::Contiguous));
  const std::int64_t pixels = values.size(2) * values.size(3);
  with_constant(values.size(1), [&](auto channels) {
    for (std::int64_t n = 0; n < values.size(0); ++n) {
      const auto* const from = static_cast<const std::uint16_t*>(values.data_ptr()) + n * values.stride(0);
      float* const to = out.data_ptr<float>() + n * pixels * channels;
      for (std::int64_t start = 0; start < pixels; start += stretch) {
        const std::int64_t end = std::min(start + stretch, pixels);
        for (std::int64_t k = 0; k < channels; ++k) {
          for (std::int64_t i = start; i < end; ++i) to[k * pixels + i] = float_of(from[i * channels + k]);
        }
      }
    }
  });
  return out;
}

at::Tensor spread_pixels(const at::Tensor& values) {
  const bool fits = values.dim() == 4 && values.is_cpu() && values.numel() > 0 && values.size(1) % 4 == 0 &&
                    (values.scalar_type() == at::kFloat || values.scalar_type() == at::kBFloat16);
  const bool is_planar = fits && has_dense_planes(values);
  if (!is_planar && !(fits && values.is_contiguous(at::MemoryFormat::ChannelsLast))) {
    return at::pixel_shuffle(values, 2);
  }
  const at::DimVector shape{values.size(0), values.size(1) / 4, 2 * values.size(2), 2 * values.size(3)};
  at::Tensor out =
      is_planar ? at::empty(shape, values.options()) : empty_channels_last(shape, values.options());
  if (values.scalar_type() == at::kFloat) {
    is_planar ? spread_planes<float>(values, out) : spread_channels<float>(values, out);
  } else {
    is_planar ? spread_planes<std::uint16_t>(values, out) : spread_channels<std::uint16_t>(values, out);
  }
  return out;
}

at::Tensor resize_planes(const at::Tensor& values, at::ArrayRef<double> scales) {
  const bool fits = is_float_picture(values) && has_dense_planes(values);
  const bool halves = fits && scales.equals({0.5, 0.5}) && values.size(2) % 2 == 0 && values.size(3) % 2 == 0;
  const bool doubles = fits && scales.equals({2.0, 2.0});
  if (!halves && !doubles) return at::upsample_bilinear2d(values, c10::nullopt, false, scales);
  const std::int64_t rows = values.size(2), columns = values.size(3);
  const auto scaled = [&](std::int64_t size) { return halves ? size / 2 : size * 2; };
  at::Tensor out =
      at::empty({values.size(0), values.size(1), scaled(rows), scaled(columns)}, values.options());
  const std::int64_t out_plane = scaled(rows) * scaled(columns);
  std::vector<float> wide;
  for (std::int64_t plane = 0; plane < values.size(0) * values.size(1); ++plane) {
    const float* const from = values.data_ptr<float>() + plane / values.size(1) * values.stride(0) +
                              plane % values.size(1) * values.stride(1);
    float* const to = out.data_ptr<float>() + plane * out_plane;
    if (halves) {
      halve_plane(from, rows, columns, to);
    } else {
      double_plane(from, rows, columns, wide, to);
    }
  }
  return out;
}

at::Tensor rectify(const at::Tensor& values) {
  if (!values.is_cpu() || values.scalar_type() != at::kBFloat16 || !values.is_non_overlapping_and_dense()) {
    return at::relu(values);
  }
  at::Tensor out = at::empty_like(values);
  const auto* const from = static_cast<const std::uint16_t*>(values.data_ptr());
  auto* const to = static_cast<std::uint16_t*>(out.data_ptr());
  constexpr std::uint32_t minus_infinity = 0xFF80, sign = 0x8000;
  const std::int64_t count = values.numel();
  for (std::int64_t i = 0; i < count; ++i) {  // what is no number stays none
    const std::uint32_t value = from[i];
    const bool is_negative = value - sign <= minus_infinity - sign;
    to[i] = static_cast<std::uint16_t>(is_negative ? 0 : value);
  }
  return out;
}

at::Tensor rectify_sum(at::Tensor& values, const c10::optional<at::Tensor>& addend, const at::Tensor& slope) {
  const auto fits = [](const at::Tensor& t) {
    return is_float_picture(t) && t.is_contiguous(at::MemoryFormat::ChannelsLast);
  };
  const bool fit = fits(values) && (!addend || (fits(*addend) && addend->sizes() == values.sizes())) &&
                   slope.scalar_type() == at::kFloat && slope.numel() == values.size(1) &&
                   slope.is_contiguous();
  if (!fit) return at::prelu(addend ? at::add(values, *addend) : values, slope);
  with_constant(values.size(1), [&](auto channels) {
    rectify_pixels(values.data_ptr<float>(), addend ? addend->data_ptr<float>() : nullptr,
                   slope.data_ptr<float>(), channels, values.numel() / values.size(1));
  });
  return values;
}

}  // namespace reenact
