#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "reenact/animate/run.h"
#include "reenact/study/scores.h"

namespace reenact {

/// What is compared with what.
enum class EvaluationMode {
  self,   ///< a clip with its own reenactment from its first frame
  cross,  ///< a result with its source (identity) and its driver (motion)
  pair,   ///< any video with a reference video, frame by frame
};

/// One clip or pair to score.
struct EvaluationItem {
  std::string name;
  std::string person;            ///< who is shown
  std::filesystem::path source;  ///< cross: the photo
  std::filesystem::path driver;  ///< self: the clip; cross: the driver; pair: the reference
  std::filesystem::path result;  ///< cross: made on the fly when empty; pair: the video to score
};

struct EvaluationOptions {
  /// Models, landmarks and device; the generator that makes results.
  ReenactOptions run;
  EvaluationMode mode = EvaluationMode::self;
  int size = 224;                     ///< pictures are compared with their longer side scaled to this
  int identity_every = 5;             ///< CSIM and LPIPS on every n-th frame: their networks are heavy
  std::int64_t max_frames = 0;        ///< frames of each item; 0 = all
  int worst_frames = 3;               ///< pictures per item in the report
  std::filesystem::path lpips_model;  ///< TorchScript; empty = LPIPS is not measured
  std::filesystem::path face_recognition_dat;  ///< dlib's .dat instead of the converted network
  void validate() const;
};

/// Scores items one after the other. An item that fails, whatever the reason, is recorded with it and the
/// rest goes on. A result that exists is refused when it has another number of frames than its driver or,
/// where it has a target, another shape. docs/metrics.md says how each measure is taken. Throws only for bad
/// options, and for models that cannot be loaded.
Evaluation evaluate(const std::vector<EvaluationItem>& items, const EvaluationOptions& options,
                    const RunObserver& observer);

}  // namespace reenact
