#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "reenact/infer/device.h"
#include "reenact/render/conditioning.h"
#include "reenact/render/generated_frame.h"
#include "reenact/render/landmark_conditioning.h"
#include "reenact/render/window_planes.h"

namespace reenact {

/// Facts from a bundle's manifest.json and from the module itself.
struct GeneratorInfo {
  std::string name;
  std::string conditioning;  ///< mesh-v1 or landmarks-v1 (docs/model_format.md)
  int format_version = 0;
  int image_size = 0;
  bool learned = false;
  std::vector<std::string> windows;  ///< WindowKind::name of those that it paints (format version 2)
  std::string sha256;
  std::string device;
  Precision precision = Precision::float32;  ///< of forward(): float32 or bfloat16
  /// Whether it draws persons from landmarks (landmarks-v1), or corrects how the mesh moves a photo
  /// (mesh-v1).
  bool draws_portraits() const { return conditioning == landmark_conditioning::name; }
  bool paints(const WindowKind& kind) const;
};

/// What a generator knows of one source. Cheap to copy; never changes.
class SourceState {
 public:
  SourceState() = default;

 private:
  friend class Generator;
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

/// What a generator knows of one source's windows of one kind. Cheap to copy; never changes.
class WindowsState {
 public:
  WindowsState() = default;

 private:
  friend class Generator;
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

/// A bi-layer generator bundle (models/<name>/generator.pt + manifest.json).
/// Checks everything the contract in docs/model_format.md asks for at load, by a dry run, and
/// throws ModelError with a sentence that names what is wrong: first of all for a bundle that the program
/// does not ship, unless the options trust it. Safe to use from several threads at once.
class Generator {
 public:
  Generator(const std::filesystem::path& bundle_directory, const InferOptions& options);
  ~Generator();
  Generator(Generator&&) noexcept;
  Generator& operator=(Generator&&) noexcept;

  const GeneratorInfo& info() const;

  /// Heavy, once per source. `source_rgb` is 3 planes R, G, B of image_size² floats in [0,1]; the maps are of
  /// the bundle's conditioning.
  SourceState initialize(const std::vector<float>& source_rgb, const ConditioningMaps& source_maps) const;
  SourceState initialize(const std::vector<float>& source_rgb, const LandmarkMaps& source_maps) const;

  /// Light, once per frame; the geometric flow of `driver_maps` is added to the residual.
  /// `source` is of this generator. Throws ModelError when an output is not finite.
  GeneratedFrame forward(const SourceState& source, const ConditioningMaps& driver_maps) const;
  /// The same for a bundle that draws portraits; GeneratedFrame::square is left to the caller.
  GeneratedFrame forward(const SourceState& source, const LandmarkPoints& driver) const;

  /// Of a bundle that paints windows of this kind (GeneratorInfo::paints), once per source. `source` holds
  /// their squares, 3 planes R, G, B in [0,1], and `source_maps` the window_maps of the source itself in
  /// them.
  WindowsState initialize_windows(const WindowKind& kind, const WindowPlanes& source,
                                  const WindowPlanes& source_maps) const;
  /// These windows in a frame. `warped` is the source's picture where the flow of `driver_maps` reads it, 3
  /// planes in [0,1]; both are of the window, the flow is in grid units of the square. `source` is of this
  /// generator. Throws ModelError when an output is not finite or out of range.
  PaintedWindows paint_windows(const WindowsState& source, const WindowPlanes& warped,
                               const WindowPlanes& driver_maps) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace reenact
