// unpack_face_detector FILE: writes dlib's frontal face detector, unpacked, as a C++ array
// (unpacked_face_detector.h).
#include <dlib/image_processing/frontal_face_detector.h>

#include <fstream>
#include <iostream>
#include <sstream>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "unpack_face_detector FILE\n";
    return 2;
  }
  std::ostringstream unpacked;
  dlib::serialize(dlib::get_frontal_face_detector(), unpacked);
  std::ofstream source(argv[1]);
  source << "#include \"detect/unpacked_face_detector.h\"\n\nnamespace reenact {\n\n"
            "const unsigned char unpacked_face_detector[] = {";
  constexpr std::size_t bytes_per_line = 32;
  const std::string bytes = unpacked.str();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    source << (i % bytes_per_line == 0 ? "\n    " : "") << int{static_cast<unsigned char>(bytes[i])} << ',';
  }
  source << "\n};\nconst std::size_t unpacked_face_detector_bytes = " << bytes.size()
         << ";\n\n}  // namespace reenact\n";
  source.close();
  return source ? 0 : 1;
}
