# Every find_package of the project. All of them come from Debian's packages (scripts/setup.sh);
# another LibTorch is chosen with -DCMAKE_PREFIX_PATH=/path/to/libtorch.
find_package(Threads REQUIRED)
find_package(Eigen3 3.4 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenCV 4.5 REQUIRED COMPONENTS core imgproc imgcodecs photo video videoio)
find_package(Torch REQUIRED)
find_package(dlib REQUIRED)
find_package(CLI11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBAV REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil libswresample libswscale)
pkg_check_modules(LCMS REQUIRED IMPORTED_TARGET lcms2)
pkg_check_modules(PICTURES REQUIRED IMPORTED_TARGET libturbojpeg libheif libwebpdemux libtiff-4 zlib)
find_library(TIFFXX_LIBRARY tiffxx REQUIRED)
if(REENACT_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()

# LibTorch as one target whose headers count as system headers, so that our warnings stay ours.
add_library(reenact_torch INTERFACE)
target_include_directories(reenact_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
target_link_libraries(reenact_torch INTERFACE ${TORCH_LIBRARIES})
