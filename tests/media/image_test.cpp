#include "reenact/media/image.h"

#include <gtest/gtest.h>
#include <libheif/heif.h>
#include <sys/resource.h>
#include <zlib.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "reenact/core/error.h"
#include "reenact/files/image_header.h"
#include "reenact/files/whole_file.h"
#include "reenact/media/synthetic_mark.h"
#include "support/media_samples.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

using testing::read_file;
using testing::TemporaryDirectory;
using testing::write_file;

const cv::Vec3b white(255, 255, 255);

std::string encode(const std::string& extension, const cv::Mat& image) {
  std::vector<uchar> bytes;
  cv::imencode(extension, image, bytes, {cv::IMWRITE_JPEG_QUALITY, 100, cv::IMWRITE_TIFF_COMPRESSION, 1});
  return {bytes.begin(), bytes.end()};
}

/// A TIFF-structured EXIF block with nothing but the orientation.
std::string exif_block(int orientation) {
  std::string block("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18);
  block += static_cast<char>(orientation);
  return block + std::string(7, '\0');
}

std::string jpeg_with_orientation(const cv::Mat& image, int orientation) {
  const std::string body = std::string("Exif\0\0", 6) + exif_block(orientation);
  const std::string segment = std::string("\xFF\xE1\0", 3) + static_cast<char>(body.size() + 2) + body;
  return encode(".jpg", image).insert(2, segment);
}

std::string png_with_orientation(const cv::Mat& image, int orientation) {
  const std::string body = exif_block(orientation);
  const std::string chunk =
      std::string(3, '\0') + static_cast<char>(body.size()) + "eXIf" + body + std::string(4, '\0');
  return encode(".png", image).insert(33, chunk);
}

std::string message_of_reading(const std::filesystem::path& path) {
  try {
    read_photo(path);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// The tag goes into a directory that is written behind the file.
std::string tiff_with_tag(const cv::Mat& image, int tag, int value) {
  const std::string tag_bytes = {static_cast<char>(tag & 0xFF), static_cast<char>(tag >> 8)};
  std::string tiff = encode(".tiff", image);
  const auto u16 = [&](std::size_t at) {
    return static_cast<unsigned char>(tiff[at]) | static_cast<unsigned char>(tiff[at + 1]) << 8;
  };
  const std::size_t directory = static_cast<std::size_t>(u16(4)) | static_cast<std::size_t>(u16(6)) << 16;
  const int entries = u16(directory);
  std::string behind = std::string(1, static_cast<char>(entries + 1)) + std::string(1, '\0');
  for (int i = 0; i <= entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * static_cast<std::size_t>(i);
    const bool is_place =
        (i == entries || u16(entry) > tag) && behind.find(tag_bytes, 2) == std::string::npos;
    if (is_place)
      behind +=
          tag_bytes + std::string("\x03\0\x01\0\0\0", 6) + static_cast<char>(value) + std::string(3, '\0');
    if (i < entries) behind += tiff.substr(entry, 12);
  }
  if (tiff.size() % 2 != 0) tiff += '\0';
  for (int i = 0; i < 4; ++i)
    tiff[static_cast<std::size_t>(4 + i)] = static_cast<char>(tiff.size() >> (8 * i) & 0xFF);
  return tiff + behind + std::string(4, '\0');
}

std::string tiff_with_orientation(const cv::Mat& image, int orientation) {
  constexpr int tag = 274;
  return tiff_with_tag(image, tag, orientation);
}

class ReadPhoto : public ::testing::Test {
 protected:
  cv::Mat read(const std::string& bytes) {
    write_file(folder_ / "photo", bytes);
    return read_photo(folder_ / "photo");
  }

  std::string message_of(const std::string& bytes) {
    write_file(folder_ / "photo", bytes);
    return message_of_reading(folder_ / "photo");
  }

  TemporaryDirectory folder_;
};

TEST_F(ReadPhoto, AppliesEveryExifOrientation) {
  // Stored: the first pixel is red, the end of the first row blue. Where the EXIF standard puts them:
  enum Corner { top_left, top_right, bottom_left, bottom_right };
  struct Expected {
    int orientation;
    Corner red;
    Corner blue;
  };
  constexpr std::array<Expected, 8> table = {{{1, top_left, top_right},
                                              {2, top_right, top_left},
                                              {3, bottom_right, bottom_left},
                                              {4, bottom_left, bottom_right},
                                              {5, top_left, bottom_left},
                                              {6, top_right, bottom_right},
                                              {7, bottom_right, top_right},
                                              {8, bottom_left, top_left}}};
  cv::Mat stored(48, 64, CV_8UC3, cv::Scalar::all(0));
  stored(cv::Rect(0, 0, 16, 16)).setTo(cv::Scalar(0, 0, 255));
  stored(cv::Rect(48, 0, 16, 16)).setTo(cv::Scalar(255, 0, 0));
  const auto corner = [](const cv::Mat& image, Corner which) {
    const int x = which == top_left || which == bottom_left ? 4 : image.cols - 5;
    const int y = which == top_left || which == top_right ? 4 : image.rows - 5;
    return image.at<cv::Vec3b>(y, x);
  };
  for (const Expected& expected : table) {
    for (const auto& bytes : {jpeg_with_orientation(stored, expected.orientation),
                              png_with_orientation(stored, expected.orientation),
                              tiff_with_orientation(stored, expected.orientation)}) {
      const cv::Mat photo = read(bytes);
      EXPECT_EQ(photo.size(), expected.orientation < 5 ? cv::Size(64, 48) : cv::Size(48, 64));
      EXPECT_GT(corner(photo, expected.red)[2], 200) << expected.orientation;
      EXPECT_GT(corner(photo, expected.blue)[0], 200) << expected.orientation;
    }
  }
}

TEST_F(ReadPhoto, BlendsAlphaOnWhite) {
  cv::Mat image(40, 40, CV_8UC4, cv::Scalar(0, 0, 200, 0));
  image.row(1).setTo(cv::Scalar(0, 0, 200, 255));
  image.row(2).setTo(cv::Scalar(0, 0, 200, 51));
  const cv::Mat photo = read(encode(".png", image));
  EXPECT_EQ(photo.at<cv::Vec3b>(0, 0), white);
  EXPECT_EQ(photo.at<cv::Vec3b>(1, 0), cv::Vec3b(0, 0, 200));
  EXPECT_EQ(photo.at<cv::Vec3b>(2, 0), cv::Vec3b(204, 204, 244));
}

TEST_F(ReadPhoto, BlendsTheAlphaOfATiffAsItIsStored) {
  constexpr int extra_samples = 338;
  enum Kind { no_alpha, premultiplied, straight };
  const auto pixel = [&](Kind kind, const cv::Scalar& bgra) {
    return read(tiff_with_tag(cv::Mat(40, 40, CV_8UC4, bgra), extra_samples, kind)).at<cv::Vec3b>(3, 3);
  };
  EXPECT_EQ(pixel(no_alpha, {50, 100, 200, 128}), cv::Vec3b(50, 100, 200));
  for (const auto& shown : {pixel(straight, {50, 100, 200, 128}), pixel(premultiplied, {25, 50, 100, 128})}) {
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(shown[c], cv::Vec3b(152, 177, 227)[c], 1);
  }
}

TEST_F(ReadPhoto, Scales16BitAndFloat) {
  const cv::Mat deep(40, 40, CV_16UC3, cv::Scalar(0, 257 * 100, 65535));
  EXPECT_EQ(read(encode(".png", deep)).at<cv::Vec3b>(3, 3), cv::Vec3b(0, 100, 255));
  EXPECT_EQ(read(encode(".tiff", deep)).at<cv::Vec3b>(3, 3), cv::Vec3b(0, 100, 255));
  const cv::Mat real(40, 40, CV_32FC3, cv::Scalar(-1.0, 0.4, 7.0));
  EXPECT_EQ(read(encode(".tiff", real)).at<cv::Vec3b>(3, 3), cv::Vec3b(0, 102, 255));
  std::vector<uchar> logarithms;  // as OpenCV writes floats
  cv::imencode(".tiff", cv::Mat(40, 40, CV_32FC3, cv::Scalar(0.2, 0.4, 0.9)), logarithms);
  const auto pixel = read({logarithms.begin(), logarithms.end()}).at<cv::Vec3b>(3, 3);
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(pixel[c], cv::Vec3b(51, 102, 230)[c], 2);
}

TEST_F(ReadPhoto, ExpandsGreyscale) {
  const cv::Mat grey(40, 40, CV_8UC1, cv::Scalar(77));
  for (const char* extension : {".png", ".jpg", ".bmp", ".tiff"}) {
    EXPECT_EQ(read(encode(extension, grey)).at<cv::Vec3b>(3, 3), cv::Vec3b(77, 77, 77)) << extension;
  }
  const cv::Mat deep(40, 40, CV_16UC1, cv::Scalar(257 * 77));
  EXPECT_EQ(read(encode(".png", deep)).at<cv::Vec3b>(3, 3), cv::Vec3b(77, 77, 77));
}

TEST_F(ReadPhoto, ReadsWebpWithAndWithoutAlpha) {
  const cv::Mat opaque(40, 50, CV_8UC3, cv::Scalar::all(90));
  EXPECT_EQ(read(encode(".webp", opaque)).size(), cv::Size(50, 40));
  const cv::Mat clear(40, 50, CV_8UC4, cv::Scalar(10, 20, 30, 0));
  EXPECT_EQ(read(encode(".webp", clear)).at<cv::Vec3b>(3, 3), white);
}

TEST_F(ReadPhoto, ConvertsCmykJpeg) {
  const auto pixel = read(testing::cmyk_jpeg()).at<cv::Vec3b>(16, 16);
  EXPECT_LE(pixel[0], 3);
  EXPECT_LE(pixel[1], 3);
  EXPECT_GE(pixel[2], 252);
}

/// HEIC or AVIF, by libheif's own encoders.
void write_heif(const std::filesystem::path& path, heif_compression_format format, const cv::Mat& image_bgr) {
  cv::Mat rgb;
  cv::cvtColor(image_bgr, rgb, cv::COLOR_BGR2RGB);
  heif_image* image = nullptr;
  heif_image_create(rgb.cols, rgb.rows, heif_colorspace_RGB, heif_chroma_interleaved_RGB, &image);
  heif_image_add_plane(image, heif_channel_interleaved, rgb.cols, rgb.rows, 8);
  int stride = 0;
  std::uint8_t* pixels = heif_image_get_plane(image, heif_channel_interleaved, &stride);
  rgb.copyTo(cv::Mat(rgb.size(), CV_8UC3, pixels, static_cast<std::size_t>(stride)));
  heif_context* context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  ASSERT_EQ(heif_context_get_encoder_for_format(context, format, &encoder).code, heif_error_Ok);
  heif_encoder_set_lossy_quality(encoder, 95);
  ASSERT_EQ(heif_context_encode_image(context, image, encoder, nullptr, nullptr).code, heif_error_Ok);
  heif_context_write_to_file(context, path.c_str());
  heif_encoder_release(encoder);
  heif_image_release(image);
  heif_context_free(context);
}

TEST_F(ReadPhoto, GivesTheAlphaOfAPhotoThatIsNotOpaque) {
  cv::Mat picture(40, 60, CV_8UC4, cv::Scalar(10, 20, 200, 255));
  picture.colRange(40, 60).setTo(cv::Scalar(10, 20, 200, 0));
  write_file(folder_ / "cut_out.webp", encode(".webp", picture));
  write_file(folder_ / "cut_out.png", encode(".png", picture));
  write_file(folder_ / "turned.png", png_with_orientation(picture, 6));
  for (const char* name : {"cut_out.webp", "cut_out.png", "turned.png"}) {
    cv::Mat alpha;
    const cv::Mat read = read_photo(folder_ / name, nullptr, &alpha);
    ASSERT_EQ(alpha.type(), CV_8UC1) << name;
    ASSERT_EQ(alpha.size(), read.size()) << name;
    const bool is_turned = alpha.rows == 60;
    EXPECT_EQ(is_turned, std::string(name) == "turned.png");
    const cv::Point shown = is_turned ? cv::Point(20, 10) : cv::Point(10, 20);
    const cv::Point hidden = is_turned ? cv::Point(20, 50) : cv::Point(50, 20);
    EXPECT_EQ(alpha.at<uchar>(shown), 255) << name;
    EXPECT_EQ(alpha.at<uchar>(hidden), 0) << name;
    EXPECT_EQ(read.at<cv::Vec3b>(hidden), white) << name;
  }
  cv::Mat alpha = cv::Mat::ones(1, 1, CV_8UC1);
  picture.setTo(cv::Scalar(10, 20, 200, 255));
  write_file(folder_ / "opaque.png", encode(".png", picture));
  read_photo(folder_ / "opaque.png", nullptr, &alpha);
  EXPECT_TRUE(alpha.empty());
}

TEST_F(ReadPhoto, ReadsHeicAvifGifAndJpeg2000) {
  const cv::Mat picture = testing::moving_picture({160, 120}, 0);
  cv::imwrite((folder_ / "picture.png").string(), picture);
  const std::string from_png = "-i '" + (folder_ / "picture.png").string() + "' ";
  write_heif(folder_ / "photo.heic", heif_compression_HEVC, picture);
  write_heif(folder_ / "photo.avif", heif_compression_AV1, picture);
  testing::make_with_ffmpeg(from_png + "-c:v libopenjpeg", folder_ / "photo.jp2");
  testing::make_with_ffmpeg(from_png, folder_ / "photo.gif");
  for (const auto& [name, error] : std::vector<std::pair<std::string, double>>{
           {"photo.heic", 3}, {"photo.avif", 3}, {"photo.jp2", 3}, {"photo.gif", 25}}) {
    const cv::Mat read = read_photo(folder_ / name);
    ASSERT_EQ(read.size(), picture.size()) << name;
    EXPECT_LT(cv::norm(read, picture, cv::NORM_L1) / static_cast<double>(3 * picture.total()), error) << name;
  }
  const std::string heic = read_file(folder_ / "photo.heic");
  EXPECT_NE(message_of(heic.substr(0, heic.size() / 2)).find("cannot be decoded"), std::string::npos);
}

TEST_F(ReadPhoto, TakesTheFirstPictureOfAnAnimation) {
  testing::make_with_ffmpeg("-f lavfi -i testsrc=size=160x120:r=10:d=0.5 -c:v libwebp_anim -lossless 1",
                            folder_ / "moves.webp");
  testing::make_with_ffmpeg("-f lavfi -i testsrc=size=160x120:r=10:d=0.5 -frames:v 1", folder_ / "first.png");
  EXPECT_LE(cv::norm(read_photo(folder_ / "moves.webp"), read_photo(folder_ / "first.png"), cv::NORM_INF), 2);
}

TEST_F(ReadPhoto, NamesAKindThatItCannotRead) {
  EXPECT_NE(message_of("8BPS and more").find("is a Photoshop file"), std::string::npos);
  EXPECT_NE(message_of("\xFF\x0A and more").find("is a JPEG XL picture"), std::string::npos);
}

TEST_F(ReadPhoto, SaysWhatIsWrong) {
  EXPECT_NE(message_of_reading(folder_ / "absent.png").find("there is no file"), std::string::npos);
  EXPECT_NE(message_of_reading(folder_.path()).find("is not a file"), std::string::npos);
  EXPECT_NE(message_of("").find("is not a picture"), std::string::npos);
  EXPECT_NE(message_of("hello, I am a text").find("is not a picture"), std::string::npos);
  EXPECT_NE(message_of(encode(".png", cv::Mat(31, 40, CV_8UC3))).find("at least 32"), std::string::npos);
  const std::string whole = encode(".png", testing::moving_picture({200, 200}, 0));
  EXPECT_NE(message_of(whole.substr(0, 60)).find("cannot be decoded"), std::string::npos);
  EXPECT_NE(message_of(whole.substr(0, whole.size() / 2)).find("cannot be decoded"), std::string::npos);
  const std::string jpeg = jpeg_with_orientation(testing::moving_picture({200, 200}, 0), 1);
  EXPECT_NE(message_of(jpeg.substr(0, jpeg.size() / 2)).find("cut off"), std::string::npos);
}

TEST_F(ReadPhoto, AJpegWithoutItsEndMarkerIsReadAndNoted) {
  for (const auto& extra : {std::vector<int>{}, std::vector<int>{cv::IMWRITE_JPEG_PROGRESSIVE, 1}}) {
    std::vector<uchar> jpeg;
    cv::imencode(".jpg", testing::moving_picture({200, 200}, 0), jpeg, extra);
    const std::string whole(jpeg.begin(), jpeg.end());
    write_file(folder_ / "photo", whole);
    std::vector<std::string> notes;
    const cv::Mat expected = read_photo(folder_ / "photo", &notes);
    EXPECT_TRUE(notes.empty());
    write_file(folder_ / "photo", whole.substr(0, whole.size() - 2));
    EXPECT_EQ(cv::norm(read_photo(folder_ / "photo", &notes), expected, cv::NORM_INF), 0);
    ASSERT_EQ(notes.size(), 1U);
    EXPECT_NE(notes[0].find("lacks its end marker"), std::string::npos);
  }
}

TEST_F(ReadPhoto, CutAnywhereIsRefusedOrNoted) {
  const cv::Mat picture = testing::moving_picture({48, 40}, 0);
  std::vector<std::pair<std::string, std::string>> files;
  for (const char* kind : {".png", ".webp", ".tiff", ".bmp", ".jpg"})
    files.emplace_back(kind, encode(kind, picture));
  std::vector<uchar> progressive;
  cv::imencode(".jpg", picture, progressive, {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  files.emplace_back("progressive", std::string(progressive.begin(), progressive.end()));
  cv::Mat deep;
  picture.convertTo(deep, CV_16U, 257);
  files.emplace_back("16-bit tiff", encode(".tiff", deep));
  picture.convertTo(deep, CV_32F, 1 / 255.0);
  files.emplace_back("float tiff", encode(".tiff", deep));
  files.emplace_back("CMYK tiff", testing::cmyk_tiff(8, 1));
  write_heif(folder_ / "heic", heif_compression_HEVC, picture);
  write_heif(folder_ / "avif", heif_compression_AV1, picture);
  write_file(folder_ / "picture.png", encode(".png", picture));
  const std::string from_png = "-i '" + (folder_ / "picture.png").string() + "' ";
  testing::make_with_ffmpeg(from_png + "-f image2 -c:v libopenjpeg", folder_ / "jp2");
  testing::make_with_ffmpeg(from_png + "-f gif", folder_ / "gif");
  for (const char* name : {"heic", "avif", "jp2", "gif"}) files.emplace_back(name, read_file(folder_ / name));
  for (const auto& [name, whole] : files) {
    ASSERT_EQ(message_of(whole), "") << name;
    for (std::size_t length = 0; length + 2 < whole.size(); length += 64) {
      write_file(folder_ / "photo", whole.substr(0, length));
      std::vector<std::string> notes;
      try {
        read_photo(folder_ / "photo", &notes);
        EXPECT_FALSE(notes.empty()) << name << " cut at " << length << " of " << whole.size();
      } catch (const InputError&) {
      }
    }
  }
}

TEST_F(ReadPhoto, ReadsUpTo100Megapixels) {
  const cv::Mat large(9999, 9999, CV_8UC1, cv::Scalar(0));
  std::vector<uchar> png;
  cv::imencode(".png", large, png, {cv::IMWRITE_PNG_BILEVEL, 1});
  EXPECT_EQ(read({png.begin(), png.end()}).size(), large.size());
}

/// Zeros, packed to a thousandth.
std::string packed_zeros(std::size_t megabytes) {
  z_stream packer{};
  deflateInit(&packer, 9);
  std::string zeros(1'000'000, '\0');
  std::string packed(2'000 * megabytes + 1'000, '\0');
  packer.next_out = reinterpret_cast<Bytef*>(packed.data());
  packer.avail_out = static_cast<uInt>(packed.size());
  for (std::size_t i = 0; i < megabytes; ++i) {
    packer.next_in = reinterpret_cast<Bytef*>(zeros.data());
    packer.avail_in = static_cast<uInt>(zeros.size());
    deflate(&packer, i + 1 < megabytes ? Z_NO_FLUSH : Z_FINISH);
  }
  packed.resize(packer.total_out);
  deflateEnd(&packer);
  return packed;
}

TEST_F(ReadPhoto, RefusesAJpegOfHundredsOfScans) {
  std::vector<uchar> bytes;
  cv::imencode(".jpg", testing::moving_picture({90, 70}, 0), bytes, {cv::IMWRITE_JPEG_PROGRESSIVE, 1});
  std::string jpeg(bytes.begin(), bytes.end());
  const std::size_t last_scan = jpeg.rfind("\xFF\xDA");
  const std::string scan = jpeg.substr(last_scan, jpeg.size() - 2 - last_scan);
  for (int i = 0; i < 600; ++i) jpeg.insert(last_scan, scan);
  EXPECT_NE(message_of(jpeg).find("cannot be decoded"), std::string::npos);
}

TEST_F(ReadPhoto, RefusesATiffOfTensOfThousandsOfChannels) {
  std::vector<uchar> bytes;
  cv::imencode(".tiff", cv::Mat(300, 400, CV_8UC1, cv::Scalar(7)), bytes);
  std::string tiff(bytes.begin(), bytes.end());
  const std::string samples_per_pixel("\x15\x01\x03\0\x01\0\0\0", 8);
  tiff.replace(tiff.find(samples_per_pixel) + 8, 2, "\x60\xEA");
  const auto read_and_weigh = [&] {
    rusage before{};
    rusage after{};
    getrusage(RUSAGE_SELF, &before);
    const bool is_refused = !message_of(tiff).empty();
    getrusage(RUSAGE_SELF, &after);
    constexpr long most_kilobytes = 50'000;
    std::exit(is_refused && after.ru_maxrss - before.ru_maxrss < most_kilobytes ? 0 : 1);
  };
  EXPECT_EXIT(read_and_weigh(), ::testing::ExitedWithCode(0), "");
}

TEST_F(ReadPhoto, DoesNotUnpackTextAndProfilesOfAPngWithoutEnd) {
  const std::string packed = packed_zeros(600);
  for (const std::string kind : {"zTXt", "iCCP"}) {
    const std::string body = kind + std::string("x\0\0", 3) + packed;
    std::string chunk;
    for (int shift = 24; shift >= 0; shift -= 8)
      chunk += static_cast<char>(((body.size() - 4) >> shift) & 0xFF);
    const uLong crc = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    chunk += body;
    for (int shift = 24; shift >= 0; shift -= 8) chunk += static_cast<char>((crc >> shift) & 0xFF);
    std::string png = encode(".png", testing::moving_picture({90, 70}, 0));
    png.insert(33, chunk);
    const auto read_in_little_memory = [&] {
      std::size_t pages = 0;
      std::ifstream("/proc/self/statm") >> pages;
      const rlim_t bytes = pages * 4096 + 300'000'000;
      const rlimit limit{bytes, bytes};
      setrlimit(RLIMIT_AS, &limit);
      std::exit(message_of(png).empty() ? 0 : 1);
    };
    EXPECT_EXIT(read_in_little_memory(), ::testing::ExitedWithCode(0), "") << kind;
  }
}

TEST_F(ReadPhoto, SaysNothingOnTheTerminal) {
  const std::string png = png_with_orientation(testing::moving_picture({200, 200}, 0), 1);
  std::string jpeg = jpeg_with_orientation(testing::moving_picture({200, 200}, 0), 1);
  jpeg.replace(jpeg.size() / 2, 8, std::string("\xFF\xD1\0\0\0\0\0\0", 8));
  ::testing::internal::CaptureStderr();
  read(png);
  read(jpeg);
  for (const char* kind : {".tiff", ".bmp", ".webp"}) {
    const std::string whole = encode(kind, testing::moving_picture({200, 200}, 0));
    EXPECT_NE(message_of(whole.substr(0, whole.size() / 2)), "") << kind;
  }
  message_of(png.substr(0, png.size() / 2));
  message_of(jpeg.substr(0, jpeg.size() / 2));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(ReadPhoto, RefusesHugePicturesBeforeDecoding) {
  // Headers that announce 60000 × 60000 pixels, on files of a few hundred bytes.
  std::string png = encode(".png", cv::Mat(40, 40, CV_8UC3, cv::Scalar::all(5)));
  png.replace(16, 8, std::string("\0\0\xEA\x60\0\0\xEA\x60", 8));
  EXPECT_NE(message_of(png).find("60000x60000"), std::string::npos);

  std::string bmp = encode(".bmp", cv::Mat(40, 40, CV_8UC3, cv::Scalar::all(5)));
  bmp.replace(18, 8, std::string("\x60\xEA\0\0\x60\xEA\0\0", 8));
  EXPECT_NE(message_of(bmp).find("60000x60000"), std::string::npos);

  std::string jpeg = encode(".jpg", cv::Mat(40, 40, CV_8UC3, cv::Scalar::all(5)));
  const std::size_t frame = jpeg.find("\xFF\xC0");
  jpeg.replace(frame + 5, 4, "\xEA\x60\xEA\x60");
  EXPECT_NE(message_of(jpeg).find("60000x60000"), std::string::npos);
}

TEST(ParseImageHeader, KnowsTheSizeOfEveryFormat) {
  const cv::Mat image = testing::moving_picture({70, 50}, 0);
  for (const char* extension : {".jpg", ".png", ".webp", ".tiff", ".bmp"}) {
    const auto header = parse_image_header(encode(extension, image));
    ASSERT_TRUE(header) << extension;
    EXPECT_EQ(header->width, 70) << extension;
    EXPECT_EQ(header->height, 50) << extension;
  }
}

TEST(ParseImageHeader, SurvivesCutAndCorruptedFiles) {
  const cv::Mat image = testing::moving_picture({70, 50}, 0);
  cv::RNG random(7);
  for (const char* extension : {".jpg", ".png", ".webp", ".tiff", ".bmp"}) {
    const std::string whole =
        extension == std::string(".jpg") ? jpeg_with_orientation(image, 6) : encode(extension, image);
    for (std::size_t length = 0; length < 120; ++length) parse_image_header(whole.substr(0, length));
    for (int trial = 0; trial < 500; ++trial) {
      std::string broken = whole;
      for (int change = 0; change < 4; ++change) {
        broken[static_cast<std::size_t>(random.uniform(0, 64))] = static_cast<char>(random.uniform(0, 256));
      }
      const auto header = parse_image_header(broken);
      const int orientation = header ? header->orientation : 1;
      EXPECT_TRUE(orientation >= 1 && orientation <= 8);
    }
  }
}

void write_marked(const std::filesystem::path& path, const cv::Mat& picture, const std::string& tool) {
  reenact::write_file(path, encode_marked_image(path, picture, 95, tool));
}

class WriteMarkedImage : public ::testing::Test {
 protected:
  TemporaryDirectory folder_;
  cv::Mat picture_ = testing::moving_picture({90, 60}, 3);
};

TEST_F(WriteMarkedImage, PngKeepsEveryPixelAndHoldsXmp) {
  const auto path = folder_ / "result.png";
  write_marked(path, picture_, "reenact 9 & <co>");
  EXPECT_EQ(cv::norm(read_photo(path), picture_, cv::NORM_INF), 0);
  const std::string bytes = read_file(path);
  EXPECT_NE(bytes.find(std::string("iTXtXML:com.adobe.xmp") + std::string(5, '\0') +
                       synthetic_xmp_packet("reenact 9 & <co>")),
            std::string::npos);
  // ffmpeg checks every chunk's CRC when told to.
  testing::run_command("ffmpeg -v error -err_detect crccheck+explode -i '" + path.string() + "' -f null -");
}

TEST_F(WriteMarkedImage, JpegHoldsXmp) {
  const auto path = folder_ / "result.jpg";
  write_marked(path, picture_, "reenact 9");
  EXPECT_LT(cv::norm(read_photo(path), picture_, cv::NORM_L1) / static_cast<double>(picture_.total() * 3), 3);
  const std::string bytes = read_file(path);
  const std::size_t packet = bytes.find(synthetic_xmp_packet("reenact 9"));
  ASSERT_NE(packet, std::string::npos);
  const std::string prefix("http://ns.adobe.com/xap/1.0/\0", 29);
  EXPECT_EQ(bytes.substr(packet - prefix.size(), prefix.size()), prefix);
}

TEST_F(WriteMarkedImage, LeavesNoOtherFileAndRefusesBadPlaces) {
  write_marked(folder_ / "result.png", picture_, "reenact");
  EXPECT_THROW(write_marked(folder_ / "absent/result.png", picture_, "reenact"), OutputError);
  EXPECT_THROW(write_marked(folder_ / "result.gif", picture_, "reenact"), OutputError);
  std::filesystem::create_directory(folder_ / "taken.png");
  EXPECT_THROW(write_marked(folder_ / "taken.png", picture_, "reenact"), OutputError);
  const std::filesystem::directory_iterator files(folder_.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 2);
}

TEST(SyntheticMark, XmpIsWellFormedAndEscaped) {
  const std::string packet = synthetic_xmp_packet("a <b> & \"c\"");
  EXPECT_NE(packet.find("xmp:CreatorTool=\"a &lt;b&gt; &amp; &quot;c&quot;\""), std::string::npos);
  EXPECT_NE(packet.find(std::string("Iptc4xmpExt:DigitalSourceType=\"") + digital_source_type + "\""),
            std::string::npos);
}

TEST(SyntheticMark, LabelTouchesOnlyTheLowerRightCorner) {
  for (const cv::Size size : {cv::Size(64, 64), cv::Size(320, 240), cv::Size(1920, 1080)}) {
    const cv::Mat before = testing::moving_picture(size, 0);
    cv::Mat after = before.clone();
    draw_synthetic_label(after);
    cv::Mat difference;
    cv::absdiff(before, after, difference);
    cv::Mat changed;
    cv::inRange(difference, cv::Scalar::all(0), cv::Scalar::all(0), changed);
    const cv::Rect touched = cv::boundingRect(255 - changed);
    EXPECT_GT(touched.area(), 0);
    EXPECT_GE(touched.y, size.height * 3 / 5) << size;
    EXPECT_LT(touched.area(), size.area() / 4) << size;
  }
}

}  // namespace
}  // namespace reenact
