#include <pybind11/eigen.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>

#include "reenact/core/error.h"
#include "reenact/windows/window_renderer.h"

namespace py = pybind11;
using namespace reenact;

void bind_windows(py::module_& module);

namespace {

using Picture = py::array_t<std::uint8_t, py::array::c_style | py::array::forcecast>;

py::array_t<float> to_array(const WindowPlanes& planes) {
  const std::size_t window_size = static_cast<std::size_t>(planes.channels) * planes.plane_size();
  const auto count = static_cast<int>(planes.values.size() / window_size);
  py::array_t<float> array({count, planes.channels, planes.height, planes.width});
  std::copy(planes.values.begin(), planes.values.end(), array.mutable_data());
  return array;
}

/// Throws UsageError for a name of no WindowKind.
const WindowKind& window_kind(const std::string& name) {
  for (const WindowKind* kind : window_kinds) {
    if (name == kind->name) return *kind;
  }
  throw UsageError("windows are those of eyes or mouth, not of " + name);
}

/// `picture` (H, W, 3), R, G, B, as 8-bit BGR.
cv::Mat bgr_picture(const Picture& picture) {
  if (picture.ndim() != 3 || picture.shape(2) != 3) throw InputError("a picture must be (H, W, 3)");
  cv::Mat bgr(static_cast<int>(picture.shape(0)), static_cast<int>(picture.shape(1)), CV_8UC3);
  const std::uint8_t* from = picture.data();
  for (auto pixel = bgr.begin<cv::Vec3b>(); pixel != bgr.end<cv::Vec3b>(); ++pixel, from += 3) {
    *pixel = {from[2], from[1], from[0]};
  }
  return bgr;
}

}  // namespace

void bind_windows(py::module_& module) {
  py::class_<WindowRenderer>(module, "WindowRenderer")
      .def(
          py::init([](const FaceModel& model, const std::string& kind, const FaceState& source,
                      const Picture& picture) {
            return WindowRenderer(model, window_kind(kind), source, bgr_picture(picture));
          }),
          py::arg("model"), py::arg("kind"), py::arg("source"), py::arg("picture"), py::keep_alive<1, 2>(),
          "kind: eyes (right, then left mirrored) or mouth; picture: uint8 [H, W, 3], R, G, B; source in its "
          "pixels")
      .def(
          "source", [](const WindowRenderer& renderer) { return to_array(renderer.source()); },
          "float32 [windows, 3, side, side] in [0, 1]")
      .def(
          "source_maps", [](const WindowRenderer& renderer) { return to_array(renderer.source_maps()); },
          "float32 [windows, 12, side, side]")
      .def(
          "render",
          [](WindowRenderer& renderer, const FaceState& driver) {
            const RenderedWindows windows = renderer.render(driver);
            return std::make_tuple(to_array(windows.warped), to_array(windows.maps), windows.places);
          },
          py::arg("driver"),
          "Warped photo float32 [windows, 3, height, width], maps [windows, 12, height, width], and of each "
          "[2, 3]: window pixels from the picture's");
}
