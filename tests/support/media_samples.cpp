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

std::string cmyk_tiff(int bits, int orientation) {
  constexpr int width = 64;
  constexpr int height = 40;
  const auto little_endian = [](std::uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>((value >> (8 * i)) & 0xFF);
    return text;
  };
  std::string pixels;
  for (int i = 0; i < width * height; ++i) {
    for (const int ink : {0, 255, 255, 0}) {
      pixels +=
          std::string(static_cast<std::size_t>(bits / 8), static_cast<char>(i % width < width / 2 ? ink : 0));
    }
  }
  constexpr std::uint32_t pixels_at = 8 + 8;
  const auto directory_at = static_cast<std::uint32_t>(pixels_at + pixels.size());
  struct Entry {
    std::uint32_t tag, type, count, value;
  };
  constexpr std::uint32_t type_short = 3;
  constexpr std::uint32_t type_long = 4;
  const auto bits_of_sample = static_cast<std::uint32_t>(bits);
  const std::vector<Entry> entries = {{256, type_short, 1, width},
                                      {257, type_short, 1, height},
                                      {258, type_short, 4, 8},
                                      {259, type_short, 1, 1},
                                      {262, type_short, 1, 5},
                                      {273, type_long, 1, pixels_at},
                                      {274, type_short, 1, static_cast<std::uint32_t>(orientation)},
                                      {277, type_short, 1, 4},
                                      {278, type_short, 1, height},
                                      {279, type_long, 1, static_cast<std::uint32_t>(pixels.size())},
                                      {284, type_short, 1, 1}};
  std::string file = std::string("II*\0", 4) + little_endian(directory_at, 4);
  for (int i = 0; i < 4; ++i) file += little_endian(bits_of_sample, 2);
  file += pixels + little_endian(static_cast<std::uint32_t>(entries.size()), 2);
  for (const Entry& entry : entries) {
    file += little_endian(entry.tag, 2) + little_endian(entry.type, 2) + little_endian(entry.count, 4) +
            little_endian(entry.value, 4);
  }
  return file + little_endian(0, 4);
}

std::string cmyk_jpeg() {
  return std::string(
      "\xff\xd8\xff\xee\x00\x0e\x41\x64\x6f\x62\x65\x00\x64\x00\x00\x00\x00\x00\xff\xdb\x00\x43\x00\x03\x02"
      "\x02\x03\x02\x02\x03\x03\x03\x03\x04\x03\x03\x04\x05\x08\x05\x05\x04\x04\x05\x0a\x07\x07\x06\x08\x0c"
      "\x0a\x0c\x0c\x0b\x0a\x0b\x0b\x0d\x0e\x12\x10\x0d\x0e\x11\x0e\x0b\x0b\x10\x16\x10\x11\x13\x14\x15\x15"
      "\x15\x0c\x0f\x17\x18\x16\x14\x18\x12\x14\x15\x14\xff\xc0\x00\x14\x08\x00\x20\x00\x20\x04\x43\x11\x00"
      "\x4d\x11\x00\x59\x11\x00\x4b\x11\x00\xff\xc4\x00\x15\x00\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x00\x00\x00\x00\x00\x09\xff\xc4\x00\x14\x10\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
      "\x00\x00\x00\x00\xff\xda\x00\x0e\x04\x43\x00\x4d\x00\x59\x00\x4b\x00\x00\x3f\x00\xaa\x69\x54\x95\x4a"
      "\xa6\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xd9",
      193);
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
