#include "reenact/animate/settings_json.h"

#include "reenact/animate/option_names.h"
#include "reenact/files/sha256.h"

namespace reenact {
namespace {

using nlohmann::json;

std::string name_of(const FaceChoice& choice) {
  switch (choice.kind) {
    case FaceChoice::Kind::largest:
      return "largest";
    case FaceChoice::Kind::center:
      return "center";
    case FaceChoice::Kind::index:
      return std::to_string(choice.index);
  }
  return "";
}

}  // namespace

json settings_json(const ReenactOptions& options) {
  return {{"generator", options.generator},
          {"landmarks", name_of(landmark_scheme_names, options.landmarks)},
          {"face", name_of(options.driver_face)},
          {"source_face", name_of(options.source_face)},
          {"motion", name_of(motion_mode_names, options.motion)},
          {"reference_frame", options.reference_frame ? json(*options.reference_frame) : json("auto")},
          {"strength",
           {{"mouth", options.strength.mouth},
            {"eyes", options.strength.eyes},
            {"brows", options.strength.brows},
            {"pose", options.strength.pose}}},
          {"on_lost", name_of(on_lost_names, options.on_lost)},
          {"detail", options.detail},
          {"mouth", name_of(mouth_inside_names, options.mouth)},
          {"layers", options.layers},
          {"background", text_of(options.background)},
          {"crop", options.view.crop_only},
          {"size", options.view.size ? json(*options.view.size) : json("auto")},
          {"side_by_side", options.side_by_side},
          {"label", options.label},
          {"audio", options.audio},
          {"crf", options.crf},
          {"preset", options.preset},
          {"fps", options.frame_rate ? json{options.frame_rate->num, options.frame_rate->den} : json("auto")},
          {"refinement", options.tracking.refine},
          {"smoothing",
           {{"enabled", options.tracking.smoothing.enabled},
            {"min_cutoff_hz", options.tracking.smoothing.min_cutoff_hz},
            {"beta", options.tracking.smoothing.beta}}},
          {"look_ahead_frames", options.tracking.look_ahead_frames}};
}

json model_hashes(const ReenactOptions& options, const std::string& generator_sha256) {
  json models = {{"face_model", sha256_of_file(face_model_directory(options) / "face_model.safetensors")}};
  if (!generator_sha256.empty()) models["generator"] = generator_sha256;
  if (options.layers && !generator_sha256.empty()) {
    models["segmentation"] = sha256_of_file(options.models / "segmentation" / "selfie.pt");
  }
  if (options.landmarks == LandmarkScheme::dlib68) {
    models["shape_predictor"] = sha256_of_file(options.shape_predictor);
  } else {
    models["facemesh"] = sha256_of_file(options.models / "landmarks" / "facemesh.pt");
    models["iris"] = sha256_of_file(options.models / "landmarks" / "iris.pt");
  }
  return models;
}

}  // namespace reenact
