#include <pybind11/eigen.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>

#include "reenact/core/crop.h"
#include "reenact/core/error.h"
#include "reenact/core/face_model.h"
#include "reenact/core/pose.h"
#include "reenact/fit/face_fitter.h"
#include "reenact/render/conditioning.h"
#include "reenact/render/rasterizer.h"

namespace py = pybind11;
using namespace reenact;

/// The windows around mouth and eyes (windows.cpp, which needs OpenCV): without it only their check is
/// missing.
void bind_windows(py::module_& module);

namespace {

template <typename Scalar>
using Array = py::array_t<Scalar, py::array::c_style | py::array::forcecast>;

template <typename Scalar>
Eigen::Map<const Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> rows(
    const Array<Scalar>& array, const char* name, Eigen::Index columns) {
  if (array.ndim() != 2 || (columns > 0 && array.shape(1) != columns)) {
    throw ModelError(std::string(name) + " must be a matrix of " + std::to_string(columns) + " columns");
  }
  return {array.data(), array.shape(0), array.shape(1)};
}

/// A basis stored as (modes, V, 3) becomes 3V×modes.
Eigen::MatrixXf basis(const Array<float>& array, const char* name) {
  if (array.ndim() != 3 || array.shape(2) != 3)
    throw ModelError(std::string(name) + " must be (modes, V, 3)");
  return Eigen::Map<const Eigen::MatrixXf>(array.data(), array.shape(1) * 3, array.shape(0));
}

/// Arrays as in face_model.safetensors.
FaceModel face_model_from_arrays(const std::string& name, const py::dict& arrays,
                                 const std::vector<std::string>& expression_names) {
  const auto floats = [&](const char* key) { return arrays[key].cast<Array<float>>(); };
  const auto ints = [&](const char* key) { return arrays[key].cast<Array<int>>(); };
  const auto int_vector = [&](const char* key) {
    const Array<int> array = ints(key);
    return Eigen::VectorXi(Eigen::Map<const Eigen::VectorXi>(array.data(), array.size()));
  };
  FaceModel model;
  model.name = name;
  model.mean = rows(floats("mean"), "mean", 3).transpose();
  model.identity = basis(floats("identity"), "identity");
  model.expression = basis(floats("expression"), "expression");
  model.expression_names = expression_names;
  model.triangles = rows(ints("triangles"), "triangles", 3).transpose();
  const Eigen::VectorXi regions = int_vector("region");
  for (const int region : regions) model.region.push_back(static_cast<Region>(region));
  const Array<float> head_weight = floats("head_weight");
  model.head_weight = Eigen::Map<const Eigen::VectorXf>(head_weight.data(), head_weight.size());
  model.mirror = int_vector("mirror");
  model.neutral_coordinates = rows(floats("neutral_coordinates"), "neutral_coordinates", 3).transpose();
  model.landmarks68 = int_vector("landmarks68");
  if (arrays.contains("landmarks468_triangle")) {
    model.landmarks468.triangle = int_vector("landmarks468_triangle");
    model.landmarks468.barycentric =
        rows(floats("landmarks468_barycentric"), "landmarks468_barycentric", 3).transpose();
  }
  model.validate();
  return model;
}

Landmarks landmarks_from_arrays(const Eigen::MatrixX2d& points, const Eigen::MatrixX2d& iris) {
  Landmarks landmarks;
  landmarks.scheme = points.rows() == 68 ? LandmarkScheme::dlib68 : LandmarkScheme::mesh468;
  landmarks.points = points.transpose();
  landmarks.iris = iris.transpose();
  return landmarks;
}

constexpr std::uint8_t no_region = 255;

/// The Region of the frontmost surface at each pixel, no_region off the mesh. A triangle between two regions
/// belongs to the one that comes first, so that the lips' inner edge is skin.
py::array_t<std::uint8_t> region_map(const FaceModel& model, const Array<float>& vertices, int size) {
  if (size < 16 || size > 4096) throw UsageError("size must be from 16 to 4096");
  const Eigen::Matrix3Xf points = rows(vertices, "vertices", 3).transpose();
  if (points.cols() != model.mean.cols()) throw ModelError("vertices must be those of the face model");
  Raster raster;
  rasterize(points, model.triangles, size, false, raster);
  py::array_t<std::uint8_t> array({size, size});
  std::transform(raster.triangle.begin(), raster.triangle.end(), array.mutable_data(),
                 [&](std::int32_t triangle) {
                   if (triangle < 0) return no_region;
                   const auto region = [&](int corner) {
                     return model.region[static_cast<std::size_t>(model.triangles(corner, triangle))];
                   };
                   return static_cast<std::uint8_t>(std::min({region(0), region(1), region(2)}));
                 });
  return array;
}

py::array_t<float> to_array(const ConditioningMaps& maps) {
  py::array_t<float> array({conditioning::channels, maps.size, maps.size});
  std::copy(maps.planes.begin(), maps.planes.end(), array.mutable_data());
  return array;
}

}  // namespace

PYBIND11_MODULE(reenact_native, module) {
  module.doc() = "The face model fit and the conditioning maps of reenact.";
  py::register_exception<Error>(module, "Error");

  py::class_<FaceModel>(module, "FaceModel")
      .def(py::init(&face_model_from_arrays), py::arg("name"), py::arg("arrays"), py::arg("expression_names"))
      .def_readonly("expression_names", &FaceModel::expression_names);

  py::class_<Pose>(module, "Pose")
      .def(py::init([](const Eigen::Vector4d& wxyz, double scale, const Eigen::Vector2d& translation) {
             return Pose{Eigen::Quaterniond(wxyz(0), wxyz(1), wxyz(2), wxyz(3)).normalized(), scale,
                         translation};
           }),
           py::arg("rotation_wxyz"), py::arg("scale"), py::arg("translation"))
      .def_property_readonly("rotation_wxyz",
                             [](const Pose& pose) {
                               const auto& q = pose.rotation;
                               return Eigen::Vector4d(q.w(), q.x(), q.y(), q.z());
                             })
      .def_readonly("scale", &Pose::scale)
      .def_readonly("translation", &Pose::translation)
      .def_property_readonly("angles_deg", [](const Pose& pose) {
        const HeadAngles angles = head_angles(pose.rotation);
        return Eigen::Vector3d(angles.yaw_deg, angles.pitch_deg, angles.roll_deg);
      });

  py::class_<Gaze>(module, "Gaze")
      .def(py::init([](const Eigen::Vector2d& right, const Eigen::Vector2d& left) {
             return Gaze{right, left};
           }),
           py::arg("right"), py::arg("left"))
      .def_readonly("right", &Gaze::right)
      .def_readonly("left", &Gaze::left);

  py::class_<FaceFit>(module, "FaceFit")
      .def_readonly("pose", &FaceFit::pose)
      .def_readonly("identity", &FaceFit::identity)
      .def_readonly("expression", &FaceFit::expression)
      .def_readonly("gaze", &FaceFit::gaze)
      .def_readonly("mean_error_px", &FaceFit::mean_error_px)
      .def_readonly("interocular_px", &FaceFit::interocular_px);

  py::class_<FaceFitter>(module, "FaceFitter")
      .def(py::init([](const FaceModel& model, int points) {
             return FaceFitter(model, points == 68 ? LandmarkScheme::dlib68 : LandmarkScheme::mesh468);
           }),
           py::arg("model"), py::arg("points"), "points: 68 or 468", py::keep_alive<1, 2>())
      .def(
          "fit_photo",
          [](const FaceFitter& fitter, const Eigen::MatrixX2d& points, const Eigen::MatrixX2d& iris) {
            return fitter.fit_photo(landmarks_from_arrays(points, iris));
          },
          py::arg("points"), py::arg("iris") = Eigen::MatrixX2d(0, 2))
      .def(
          "calibrate_identity",
          [](const FaceFitter& fitter, const std::vector<Eigen::MatrixX2d>& frames) {
            std::vector<Landmarks> landmarks;
            for (const Eigen::MatrixX2d& points : frames) {
              landmarks.push_back(landmarks_from_arrays(points, Eigen::MatrixX2d(0, 2)));
            }
            return fitter.calibrate_identity(landmarks);
          },
          py::arg("frames"))
      .def(
          "fit_frame",
          [](const FaceFitter& fitter, const Eigen::MatrixX2d& points, const Eigen::MatrixX2d& iris,
             const Eigen::VectorXd& identity, const FaceFit* previous) {
            return fitter.fit_frame(landmarks_from_arrays(points, iris), identity, previous);
          },
          py::arg("points"), py::arg("iris"), py::arg("identity"), py::arg("previous") = nullptr);

  py::class_<FaceState>(module, "FaceState")
      .def(py::init([](const Eigen::VectorXd& identity, const Eigen::VectorXd& expression, const Gaze& gaze,
                       const Pose& pose) {
             return FaceState{identity, expression, gaze, pose};
           }),
           py::arg("identity"), py::arg("expression"), py::arg("gaze"), py::arg("pose"));

  py::class_<ConditioningRenderer>(module, "ConditioningRenderer")
      .def(py::init<const FaceModel&, const FaceState&, int>(), py::arg("model"), py::arg("source"),
           py::arg("size"), py::keep_alive<1, 2>())
      .def(
          "source_maps",
          [](const ConditioningRenderer& renderer) { return to_array(renderer.source_maps()); },
          "float32 [10, size, size]")
      .def(
          "render",
          [](ConditioningRenderer& renderer, const FaceState& driver) {
            return to_array(renderer.render(driver));
          },
          py::arg("driver"), "float32 [10, size, size]");

#ifndef REENACT_WITHOUT_WINDOWS
  bind_windows(module);
#endif

  module.def(
      "head_crop",
      [](const FaceModel& model, const Eigen::VectorXd& identity, const Pose& pose) {
        const CropSquare crop = head_crop(model, identity, pose);
        return std::make_tuple(crop.left, crop.top, crop.side);
      },
      py::arg("model"), py::arg("identity"), py::arg("pose"), "Square around the head: left, top, side");

  module.def(
      "region_map", &region_map, py::arg("model"), py::arg("vertices"), py::arg("size"),
      "uint8 [size, size]: region of the frontmost surface of vertices [V, 3] in pixels, 255 off the mesh");

  module.def(
      "project_face",
      [](const FaceModel& model, const Eigen::VectorXd& identity, const Eigen::VectorXd& expression,
         const Gaze& gaze, const Pose& pose) {
        return Eigen::Matrix<float, Eigen::Dynamic, 3, Eigen::RowMajor>(
            project(pose, shape_face(model, identity, expression, gaze)).transpose());
      },
      py::arg("model"), py::arg("identity"), py::arg("expression"), py::arg("gaze"), py::arg("pose"),
      "Vertices in pixels: float32 [V, 3], depth larger is nearer");
}
