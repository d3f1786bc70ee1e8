#pragma once

#include <future>
#include <memory>

#include "reenact/animate/options.h"
#include "reenact/core/face_model.h"
#include "reenact/fit/face_fitter.h"
#include "reenact/infer/generator.h"
#include "reenact/infer/segmenter.h"
#include "reenact/track/landmark_locator.h"

namespace reenact {

/// The models that all runs of a process share. Safe to use from several threads at once.
class Engine {
 public:
  /// Loads face model and landmark networks, and begins to load what makes pictures, if it is wanted: the
  /// generator and, but for `options.layers`, the segmentation network. Throws ModelError.
  Engine(const ReenactOptions& options, bool with_generator);

  const FaceModel& model() const { return model_; }
  const FaceFitter& fitter() const { return fitter_; }
  /// Only with a generator. Waits until it is loaded; throws ModelError when it cannot be.
  const Generator& generator() const { return generator_.get(); }

  /// Null without a generator or layers. Waits and throws likewise.
  const Segmenter* segmenter() const { return segmenter_.valid() ? &segmenter_.get() : nullptr; }

  /// A locator of its own for every caller.
  LandmarkLocator make_locator(const FaceChoice& choice) const;

 private:
  FaceModel model_;
  FaceFitter fitter_;
  std::shared_ptr<const LandmarkNetworks> networks_;  ///< one of the two
  std::shared_ptr<const Dlib68Predictor> predictor_;
  std::shared_future<Generator> generator_;  ///< loaded in a thread of its own, while a driver is looked at
  std::shared_future<Segmenter> segmenter_;
};

}  // namespace reenact
