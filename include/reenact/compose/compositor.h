#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "reenact/compose/chroma_range.h"
#include "reenact/core/crop.h"
#include "reenact/layers/photo_layers.h"
#include "reenact/render/generated_frame.h"

namespace reenact {

/// Warps the photo and blends, at the photo's own resolution.
///
/// Flow, weight and colour are interpolated bilinearly between the centres of the network's pixels
/// (PyTorch: align_corners=False). The photo is sampled bicubically to 1/32 pixel, its edge repeated
/// beyond it. Where the flow shrinks the photo by more than about two, fine texture may alias: the photo is
/// not filtered before, so that it stays byte for byte where nothing moves.
/// Where places of neighbouring pixels lie more than 1.5 of the network's pixels farther apart than they are,
/// the colours there are interpolated instead of the places: what lies between them belongs to neither. The
/// colour is held to the chroma that the photo has in the crop, so that a grey or sepia photo stays so.
///
/// With the photo's layers only the person moves: it is sampled with its alpha A and put before the plate, or
/// before another background, which rests. The colour shows as far as the person covers a pixel, or as the
/// frame says that a face is there: max(A, face).
class Compositor {
 public:
  /// `photo` is 8-bit BGR at output resolution, less than 32767 pixels in width and height; `crop` is in its
  /// pixels and may reach beyond it. Throws InputError when either is not usable.
  /// Layers, if given, must be of this photo; they are copied. InputError when they do not match.
  Compositor(const cv::Mat& photo, const CropSquare& crop, const PhotoLayers* layers = nullptr);

  /// w·sample(photo, flow) + (1−w)·colour inside the crop, pasted into the photo. Over the outermost
  /// 1/25 of the crop the weight goes to 1 and the flow to 0, so there is no seam.
  /// The photo gets lighter or darker by (1 + depth · light) before; see set_light_depth().
  /// The result has the photo's size and is valid until the next call. Throws ModelError when `frame`
  /// has planes of the wrong size or a number that is not finite.
  /// The caller may draw on it inside region().
  cv::Mat& compose(const GeneratedFrame& frame);

  /// How far light changes blue, green and red; 1 each at first.
  void set_light_depth(const std::array<float, 3>& depth) { light_depth_ = depth; }

  /// What is behind the person from now on, 8-bit BGR of the photo's size, instead of the plate. The picture
  /// shows the photo at rest before it until the next compose(). Throws InputError unless there are layers of
  /// all of the photo.
  const cv::Mat& put_behind(const cv::Mat& background);

  /// How much the person covers each pixel of the picture, CV_8UC1; empty without layers.
  const cv::Mat& alpha() const { return alpha_; }

  /// Pixels of the photo that lie in the crop, and in the layers' region: compose() writes all of them and no
  /// others.
  const cv::Rect& region() const { return region_; }

 private:
  /// How the rows or the columns of the region read the network's pixels; an entry for each.
  struct Taps {
    std::vector<int> near;        ///< the network's pixel before, clamped
    std::vector<int> far;         ///< the network's pixel after, clamped
    std::vector<float> fraction;  ///< weight of `far`
    std::vector<float> ramp;      ///< 0 on the crop's border, 1 inside
  };
  void take_layers(const cv::Mat& photo, const PhotoLayers& layers);
  static Taps make_taps(int first, int count, double crop_start, double crop_side, int size);
  void place_taps(int size);
  /// Fills `tears_` for a frame's flow, two planes of size_².
  void find_tears(const std::vector<float>& flow);
  /// Planes of size_² by what they hold; nothing stands for zeros.
  using Planes = std::array<const float*, 8>;
  void interpolate_line(const Planes& planes, std::size_t y, const cv::Range& across,
                        std::vector<float>& line) const;
  cv::Range moving_columns(int y, double moved, const cv::Rect& face) const;
  cv::Rect face_box(const GeneratedFrame& frame) const;
  Planes planes_of(const GeneratedFrame& frame) const;
  /// Writes B, G, R of the columns `across` of row `y` of the region, and one byte more; with layers also how
  /// much the person covers, unless `alphas` is null.
  void compose_row(std::size_t y, const cv::Range& across, const std::vector<float>& flow,
                   const std::vector<float>& line, std::uint8_t* pixels, std::uint8_t* alphas) const;

  /// The photo, or its person, with a fourth channel (alpha) and a margin that repeats its edge.
  cv::Mat padded_;
  cv::Point padded_from_;    ///< the photo's pixel that it begins with
  PhotoLayers layers_;       ///< empty without
  cv::Mat person_distance_;  ///< CV_32FC1, of the stretches of the region's rows; empty without layers
  cv::Mat behind_;           ///< of the photo's size; empty without layers
  cv::Mat alpha_;
  cv::Mat output_;
  std::array<float, 3> light_depth_ = {1, 1, 1};
  CropSquare crop_;
  cv::Rect region_;                    ///< pixels of the photo whose centres lie in the crop
  std::optional<ChromaRange> chroma_;  ///< of the region; nothing when it is empty
  std::vector<float> colour_;          ///< the frame's, held to that range
  std::vector<std::uint8_t> tears_;    ///< size_²: 1 where places of four neighbours are torn
  int size_ = 0;                       ///< of the frames the taps are for
  Taps columns_;
  Taps rows_;
};

}  // namespace reenact
