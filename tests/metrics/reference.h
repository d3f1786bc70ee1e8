#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>

#include "reenact/core/landmarks.h"

namespace reenact::test {

/// What tests/metrics/write_reference.py has written; CTest runs it before the tests of this module.
inline std::filesystem::path reference_file(const std::string& name) {
  return std::filesystem::path(REENACT_BINARY_DIR) / "metrics_reference" / name;
}

inline nlohmann::json reference(const std::string& field) {
  std::ifstream file(reference_file("reference.json"));
  if (!file) throw std::runtime_error("reference.json is missing; run the tests with ctest");
  return nlohmann::json::parse(file).at(field);
}

inline cv::Mat reference_picture(const std::string& name, int mode = cv::IMREAD_COLOR) {
  cv::Mat picture = cv::imread(reference_file(name).string(), mode);
  EXPECT_FALSE(picture.empty()) << name << " is missing; run the tests with ctest";
  return picture;
}

/// Landmarks of 68 or 468 points from [[x, y], …].
inline Landmarks landmarks_from(const nlohmann::json& points) {
  Landmarks landmarks;
  landmarks.scheme = points.size() == 68 ? LandmarkScheme::dlib68 : LandmarkScheme::mesh468;
  landmarks.points.resize(2, static_cast<Eigen::Index>(points.size()));
  for (Eigen::Index i = 0; i < landmarks.points.cols(); ++i) {
    const nlohmann::json& point = points.at(static_cast<std::size_t>(i));
    landmarks.points.col(i) << point.at(0).get<double>(), point.at(1).get<double>();
  }
  return landmarks;
}

}  // namespace reenact::test
