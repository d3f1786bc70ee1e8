#include "support/media_samples.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace reenact::testing {

std::string run_command(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run: " + command);
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), count);
  }
  if (pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  return output;
}

void make_with_ffmpeg(const std::string& arguments, const std::filesystem::path& output) {
  run_command("ffmpeg -nostdin -v error -y " + arguments + " '" + output.string() + "'");
}

std::vector<std::string> probe(const std::string& arguments, const std::filesystem::path& file) {
  std::istringstream output(
      run_command("ffprobe -v error -of csv=p=0 " + arguments + " '" + file.string() + "'"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(output, line);) {
    const std::size_t first = line.find_first_not_of(',');  // commas at the ends stand for nested sections
    if (first != std::string::npos)
      lines.push_back(line.substr(first, line.find_last_not_of(',') + 1 - first));
  }
  return lines;
}

std::vector<std::int64_t> probe_frame_times(const std::filesystem::path& file) {
  std::vector<std::int64_t> times;
  for (const std::string& line : probe("-select_streams v -show_entries frame=best_effort_timestamp", file)) {
    times.push_back(std::stoll(line));
  }
  return times;
}

cv::Mat moving_picture(cv::Size size, int index) {
  cv::Mat image(size, CV_8UC3);
  image.forEach<cv::Vec3b>([&](cv::Vec3b& pixel, const int* position) {
    const double phase = 0.2 * index;
    pixel[0] = static_cast<uchar>(127.5 + 100 * std::sin(position[1] * 0.05 + phase));
    pixel[1] = static_cast<uchar>(127.5 + 100 * std::sin(position[0] * 0.06 - phase));
    pixel[2] = static_cast<uchar>(127.5 + 100 * std::sin((position[0] + position[1]) * 0.03 + phase));
  });
  return image;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

std::filesystem::path real_media(const std::string& name) {
  const char* folder = std::getenv("REENACT_TEST_MEDIA");
  if (folder == nullptr) {
    throw std::runtime_error("set REENACT_TEST_MEDIA to the folder of test media that scripts/setup fetches");
  }
  const std::filesystem::path path = std::filesystem::path(folder) / name;
  if (!std::filesystem::exists(path)) throw std::runtime_error("run scripts/setup: no " + path.string());
  return path;
}

}  // namespace reenact::testing
