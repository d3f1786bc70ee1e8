#include "detect/unpacked_face_detector.h"

#include <dlib/image_processing/frontal_face_detector.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace reenact {
namespace {

std::string written(const dlib::frontal_face_detector& detector) {
  std::ostringstream bytes;
  dlib::serialize(detector, bytes);
  return bytes.str();
}

TEST(UnpackedFaceDetector, IsThatOfDlib) {
  const std::string bytes(reinterpret_cast<const char*>(unpacked_face_detector),
                          unpacked_face_detector_bytes);
  EXPECT_TRUE(bytes == written(dlib::get_frontal_face_detector()));
  std::istringstream source(bytes);
  dlib::frontal_face_detector read;
  dlib::deserialize(read, source);
  EXPECT_TRUE(bytes == written(read));
}

}  // namespace
}  // namespace reenact
