#include "reenact/animate/engine.h"

#include "reenact/core/threads.h"
#include "reenact/io/face_model_file.h"

namespace reenact {

Engine::Engine(const ReenactOptions& options, bool with_generator)
    : model_(load_face_model(face_model_directory(options))),
      fitter_(model_, options.landmarks, options.fit) {
  if (with_generator) {
    generator_ = start_for_later([directory = generator_directory(options), infer = options.infer] {
                   return Generator(directory, infer);
                 }).share();
    if (options.layers) {
      segmenter_ = start_for_later([directory = options.models / "segmentation", infer = options.infer] {
                     return Segmenter(directory, infer);
                   }).share();
    }
  }
  if (options.landmarks == LandmarkScheme::dlib68) {
    predictor_ = std::make_shared<Dlib68Predictor>(options.shape_predictor);
  } else {
    networks_ = std::make_shared<LandmarkNetworks>(options.models / "landmarks", options.infer);
  }
}

LandmarkLocator Engine::make_locator(const FaceChoice& choice) const {
  return predictor_ ? LandmarkLocator(predictor_, choice) : LandmarkLocator(networks_, choice);
}

}  // namespace reenact
