#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "reenact/core/motion_features.h"

namespace reenact {

/// What `reenact evaluate` measures, per frame where that makes sense.
enum class Measure : std::size_t {
  psnr,         ///< dB against the target frame
  ssim,         ///< Wang et al. 2004
  masked_psnr,  ///< the same over the face mask rendered from the fit
  masked_ssim,
  lpips,            ///< Zhang et al. 2018
  csim,             ///< cosine of face-recognition embeddings, result against source
  nme,              ///< landmark error over inter-ocular distance, result against driver or target
  pose_rmse,        ///< root mean square of yaw, pitch and roll differences, degrees
  expression_rmse,  ///< root mean square difference of the named expression weights
  warping_error,    ///< mean absolute difference to the last frame warped by the geometric flow, 0–255
  jitter_ratio,     ///< landmark jitter of the result over the driver's
};
inline constexpr std::size_t measure_count = 11;

struct MeasureInfo {
  const char* key;    ///< column name in CSV and JSON
  const char* title;  ///< for people
  const char* unit;   ///< "" when it has none
  bool higher_is_better;
  int decimals;
};
const MeasureInfo& measure_info(Measure measure);

/// Not measured (no model, no face, no previous frame).
inline constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// One value per Measure, `not_measured` where there is none.
struct Scores {
  std::array<double, measure_count> values;
  Scores() { values.fill(not_measured); }
  double& operator[](Measure measure) { return values[static_cast<std::size_t>(measure)]; }
  double operator[](Measure measure) const { return values[static_cast<std::size_t>(measure)]; }
};

struct FrameScores {
  std::int64_t frame = 0;
  double time_s = 0;
  Scores scores;
};

/// A picture of a bad frame: source | target or driver | result, as PNG or JPEG bytes.
struct WorstFrame {
  std::int64_t frame = 0;
  std::string why;  ///< measure key and value
  std::vector<unsigned char> picture;
  std::string mime_type;
};

/// One evaluated clip or pair.
struct ItemScores {
  std::string name;
  std::string person;  ///< who is shown; items of one person are not independent
  std::string source;  ///< paths, for the reader
  std::string driver;
  std::string result;
  std::vector<FrameScores> frames;
  Scores mean;  ///< over frames; root mean squares for pose_rmse and expression_rmse
  PerFeature<FeatureFidelity> fidelity;
  std::vector<WorstFrame> worst;
  std::vector<std::string> notes;  ///< what the reader should know, e.g. why a measure is missing here
  std::string failure;             ///< empty, or why this item has no scores
};

/// Mean with a 95 % bootstrap interval.
struct Summary {
  double mean = not_measured;
  double low = not_measured;
  double high = not_measured;
  int count = 0;  ///< persons, or items, that it is taken over
};

/// One feature of motion, over the items whose driver moves it.
struct FidelitySummary {
  Summary correlation;
  Summary amplitude;
};

/// Cost of the generator's methods, counted from its TorchScript graph.
struct GeneratorCost {
  std::string generator;
  std::string precision;  ///< that forward() computed in: float32 or bfloat16
  double initialize_macs = 0;
  double forward_macs = 0;
  std::int64_t initialize_parameters = 0;
  std::int64_t forward_parameters = 0;
};

struct Evaluation {
  std::string title;
  std::string mode;  ///< self, cross or pair
  std::vector<ItemScores> items;
  std::array<Summary, measure_count> summary;  ///< over persons
  PerFeature<FidelitySummary> fidelity;        ///< over items
  std::map<std::string, std::string> missing;  ///< measure key -> why it was not measured
  std::vector<GeneratorCost> cost;             ///< empty when no generator was run
  std::map<std::string, std::string> versions;
  std::map<std::string, std::string> model_sha256;  ///< role -> hash of each network that was used
};

/// Fills Evaluation::summary: mean of each person's mean, percentile bootstrap over persons
/// (`resamples` draws, fixed seed, so that the same items give the same interval); and Evaluation::fidelity
/// likewise over items, because what moves is the driver's and not that of the person shown. Values that were
/// not measured are left out; an item that names no person counts as a person of its own; fewer than two
/// persons, or items, have no interval (`not_measured`).
void summarize(Evaluation& evaluation, int resamples = 2000);

}  // namespace reenact
