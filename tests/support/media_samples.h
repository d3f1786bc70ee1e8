#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace reenact::testing {

/// Standard output of a shell command. Throws std::runtime_error when it fails.
std::string run_command(const std::string& command);

/// Runs ffmpeg with `arguments` and the file as its output.
void make_with_ffmpeg(const std::string& arguments, const std::filesystem::path& output);

/// Lines of `ffprobe -of csv=p=0 <arguments> file`, empty ones left out.
std::vector<std::string> probe(const std::string& arguments, const std::filesystem::path& file);

/// Presentation times of a video's decoded frames in ticks, as ffprobe sees them.
std::vector<std::int64_t> probe_frame_times(const std::filesystem::path& file);

/// Smooth, colourful 8-bit BGR picture that moves with `index`.
cv::Mat moving_picture(cv::Size size, int index);

/// A TIFF of 64×40 pixels of cyan 0, magenta 1, yellow 1, black 0 on the left half and no ink on the right
/// one.
std::string cmyk_tiff(int bits = 8, int orientation = 1);

/// A JPEG of 32×32 pixels of cyan 0, magenta 1, yellow 1, black 0, stored inverted as Adobe's programs do.
std::string cmyk_jpeg();

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& bytes);

/// A file of the real faces that scripts/setup fetches, in the folder that the environment variable
/// REENACT_TEST_MEDIA names. Throws std::runtime_error with what to do when it is missing.
std::filesystem::path real_media(const std::string& name);

}  // namespace reenact::testing
