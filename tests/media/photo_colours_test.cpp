// Photos with ICC profiles, as a viewer shows them.
#include <gtest/gtest.h>
#include <lcms2.h>

#include <array>
#include <cmath>
#include <memory>
#include <opencv2/imgcodecs.hpp>

#include "reenact/core/error.h"
#include "reenact/media/image.h"
#include "support/media_samples.h"
#include "support/temporary_directory.h"

namespace reenact {
namespace {

using testing::TemporaryDirectory;
using testing::write_file;

const cv::Size size(64, 48);

std::string encode(const std::string& extension, const cv::Mat& image) {
  std::vector<uchar> bytes;
  cv::imencode(
      extension, image, bytes,
      {cv::IMWRITE_JPEG_QUALITY, 100, cv::IMWRITE_TIFF_COMPRESSION, 1, cv::IMWRITE_WEBP_QUALITY, 101});
  return {bytes.begin(), bytes.end()};
}

std::string number(std::uint32_t value, int count, bool big_endian) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    bytes += static_cast<char>(value >> (8 * (big_endian ? count - 1 - i : i)) & 0xFF);
  }
  return bytes;
}

std::string big(std::size_t value, int count) {
  return number(static_cast<std::uint32_t>(value), count, true);
}
std::string little(std::size_t value, int count) {
  return number(static_cast<std::uint32_t>(value), count, false);
}

/// In as many segments as `part_size` makes necessary.
std::string jpeg_with_profile(std::string jpeg, const std::string& profile, std::size_t part_size = 60000) {
  const std::size_t count = (profile.size() + part_size - 1) / part_size;
  std::string segments;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string part = profile.substr(i * part_size, part_size);
    segments += "\xFF\xE2" + big(part.size() + 16, 2) + std::string("ICC_PROFILE\0", 12) + big(i + 1, 1) +
                big(count, 1) + part;
  }
  return jpeg.insert(2, segments);
}

std::string png_with_profile(std::string png, const std::string& profile) {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char byte : profile) {
    a = (a + static_cast<unsigned char>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  // One block of zlib's that is stored as it is.
  const std::string stored = std::string("\x78\x01\x01", 3) + little(profile.size(), 2) +
                             little(~profile.size(), 2) + profile + big(b << 16 | a, 4);
  const std::string body = std::string("profile\0\0", 9) + stored;
  return png.insert(33, big(body.size(), 4) + "iCCP" + body + std::string(4, '\0'));
}

std::string webp_with_profile(const std::string& webp, const std::string& profile) {
  const std::string even = profile + std::string(profile.size() % 2, '\0');
  const std::string body = "WEBPVP8X" + little(10, 4) + std::string("\x20\0\0\0", 4) +
                           little(size.width - 1, 3) + little(size.height - 1, 3) + "ICCP" +
                           little(profile.size(), 4) + even + webp.substr(12);
  return "RIFF" + little(body.size(), 4) + body;
}

/// The tag goes at the end of a directory that is written behind the file.
std::string tiff_with_profile(std::string tiff, const std::string& profile) {
  const auto u16 = [&](std::size_t at) {
    return static_cast<unsigned char>(tiff[at]) | static_cast<unsigned char>(tiff[at + 1]) << 8;
  };
  const std::size_t directory = static_cast<std::size_t>(u16(4)) | static_cast<std::size_t>(u16(6)) << 16;
  const int entries = u16(directory);
  const std::string old_entries = tiff.substr(directory + 2, 12 * static_cast<std::size_t>(entries));
  const std::size_t profile_at = tiff.size();
  tiff += profile + std::string(profile.size() % 2, '\0');
  tiff.replace(4, 4, little(tiff.size(), 4));
  return tiff + little(entries + 1, 2) + old_entries + little(34675, 2) + little(7, 2) +
         little(profile.size(), 4) + little(profile_at, 4) + std::string(4, '\0');
}

std::string bytes_of(cmsHPROFILE profile) {
  cmsUInt32Number length = 0;
  cmsSaveProfileToMem(profile, nullptr, &length);
  std::string bytes(length, '\0');
  cmsSaveProfileToMem(profile, bytes.data(), &length);
  cmsCloseProfile(profile);
  return bytes;
}

std::string rgb_profile(cmsCIExyY white, cmsCIExyYTRIPLE primaries, double gamma) {
  cmsToneCurve* curve = cmsBuildGamma(nullptr, gamma);
  std::array<cmsToneCurve*, 3> curves = {curve, curve, curve};
  std::string bytes = bytes_of(cmsCreateRGBProfile(&white, &primaries, curves.data()));
  cmsFreeToneCurve(curve);
  return bytes;
}

constexpr cmsCIExyY d65 = {0.3127, 0.3290, 1};
constexpr cmsCIExyY d50 = {0.3457, 0.3585, 1};

std::string adobe_rgb() {
  return rgb_profile(d65, {{0.64, 0.33, 1}, {0.21, 0.71, 1}, {0.15, 0.06, 1}}, 563.0 / 256);
}

std::string display_p3() {
  return rgb_profile(d65, {{0.68, 0.32, 1}, {0.265, 0.69, 1}, {0.15, 0.06, 1}}, 2.2);
}

std::string pro_photo() {
  return rgb_profile(d50, {{0.7347, 0.2653, 1}, {0.1596, 0.8404, 1}, {0.0366, 0.0001, 1}}, 1.8);
}

std::string grey_profile(double gamma) {
  cmsToneCurve* curve = cmsBuildGamma(nullptr, gamma);
  std::string bytes = bytes_of(cmsCreateGrayProfile(&d50, curve));
  cmsFreeToneCurve(curve);
  return bytes;
}

/// A press whose paper is white and whose inks, all alike, only darken: lightness is 100 less 25 for each
/// full ink.
std::string press_profile() {
  cmsHPROFILE profile = cmsCreateProfilePlaceholder(nullptr);
  cmsSetProfileVersion(profile, 2.4);
  cmsSetDeviceClass(profile, cmsSigOutputClass);
  cmsSetColorSpace(profile, cmsSigCmykData);
  cmsSetPCS(profile, cmsSigLabData);
  cmsPipeline* pipeline = cmsPipelineAlloc(nullptr, 4, 3);
  cmsStage* table = cmsStageAllocCLut16bit(nullptr, 5, 4, 3, nullptr);
  cmsStageSampleCLut16bit(
      table,
      [](const cmsUInt16Number* ink, cmsUInt16Number* lab, void*) -> cmsInt32Number {
        const double sum = (ink[0] + ink[1] + ink[2] + ink[3]) / 65535.0;
        const cmsCIELab colour = {100 - 25 * sum, 0, 0};
        cmsFloat2LabEncodedV2(lab, &colour);
        return TRUE;
      },
      nullptr, 0);
  cmsPipelineInsertStage(pipeline, cmsAT_END, table);
  cmsWriteTag(profile, cmsSigAToB0Tag, pipeline);
  cmsPipelineFree(pipeline);
  return bytes_of(profile);
}

void expect_colour(const cv::Vec3b& bgr, int blue, int green, int red, int tolerance,
                   const std::string& what) {
  EXPECT_NEAR(bgr[0], blue, tolerance) << what;
  EXPECT_NEAR(bgr[1], green, tolerance) << what;
  EXPECT_NEAR(bgr[2], red, tolerance) << what;
}

class PhotoColours : public ::testing::Test {
 protected:
  cv::Vec3b shown(const std::string& bytes) {
    write_file(folder_ / "photo", bytes);
    return read_photo(folder_ / "photo").at<cv::Vec3b>(20, 20);
  }
  TemporaryDirectory folder_;
};

// Expected values come from the matrices between the primaries, worked out apart from LittleCMS.
const cv::Mat skin(size, CV_8UC3, cv::Scalar(90, 120, 180));

TEST_F(PhotoColours, OfEveryFormatThatHoldsAProfile) {
  const std::string profile = adobe_rgb();
  expect_colour(shown(encode(".png", skin)), 90, 120, 180, 0, "no profile");
  expect_colour(shown(png_with_profile(encode(".png", skin), profile)), 88, 121, 199, 2, "PNG");
  expect_colour(shown(jpeg_with_profile(encode(".jpg", skin), profile)), 88, 121, 199, 3, "JPEG");
  expect_colour(shown(jpeg_with_profile(encode(".jpg", skin), profile, 100)), 88, 121, 199, 3,
                "JPEG in parts");
  expect_colour(shown(tiff_with_profile(encode(".tiff", skin), profile)), 88, 121, 199, 2, "TIFF");
  expect_colour(shown(webp_with_profile(encode(".webp", skin), profile)), 88, 121, 199, 2, "WebP");
}

TEST_F(PhotoColours, OfWideSpaces) {
  const cv::Mat grey(size, CV_8UC3, cv::Scalar::all(128));
  expect_colour(shown(png_with_profile(encode(".png", skin), display_p3())), 83, 117, 192, 2, "Display P3");
  expect_colour(shown(png_with_profile(encode(".png", grey), pro_photo())), 146, 146, 146, 2, "ProPhoto");
  const cv::Mat deep(size, CV_16UC3, cv::Scalar(257 * 90, 257 * 120, 257 * 180));
  expect_colour(shown(png_with_profile(encode(".png", deep), adobe_rgb())), 88, 121, 199, 2, "16 bits");
}

TEST_F(PhotoColours, OfGrey) {
  const cv::Mat grey(size, CV_8UC1, cv::Scalar(128));
  expect_colour(shown(png_with_profile(encode(".png", grey), grey_profile(1.8))), 146, 146, 146, 2, "PNG");
  expect_colour(shown(jpeg_with_profile(encode(".jpg", grey), grey_profile(1.8))), 146, 146, 146, 2, "JPEG");
}

TEST_F(PhotoColours, OfCmykWithItsProfile) {
  // Cyan 0, magenta 1, yellow 1, black 0: two full inks, lightness 50, 119 of sRGB.
  expect_colour(shown(jpeg_with_profile(testing::cmyk_jpeg(), press_profile())), 119, 119, 119, 3, "CMYK");
}

TEST_F(PhotoColours, OfCmykTiff) {
  for (const int bits : {8, 16}) {
    const std::string tiff = testing::cmyk_tiff(bits);
    expect_colour(shown(tiff), 0, 0, 255, 0, "without a profile");
    expect_colour(shown(tiff_with_profile(tiff, press_profile())), 119, 119, 119, 3, "with its profile");
  }
  write_file(folder_ / "turned", testing::cmyk_tiff(8, 6));
  const cv::Mat turned = read_photo(folder_ / "turned");
  EXPECT_EQ(turned.size(), cv::Size(40, 64));
  EXPECT_EQ(turned.at<cv::Vec3b>(10, 20), cv::Vec3b(0, 0, 255));
  EXPECT_EQ(turned.at<cv::Vec3b>(50, 20), cv::Vec3b(255, 255, 255));
  const std::string whole = testing::cmyk_tiff();
  for (const std::size_t missing : {std::size_t{20}, whole.size() / 2}) {
    std::string cut = whole;
    cut.erase(16, missing);
    write_file(folder_ / "cut", cut);
    EXPECT_THROW(read_photo(folder_ / "cut"), InputError) << missing;
  }
}

TEST_F(PhotoColours, ADamagedProfileOrOneForOtherPixelsIsAsNone) {
  const std::string png = encode(".png", skin);
  expect_colour(shown(png_with_profile(png, "no profile")), 90, 120, 180, 0, "damaged");
  expect_colour(shown(png_with_profile(png, press_profile())), 90, 120, 180, 0, "CMYK for RGB");
  expect_colour(shown(jpeg_with_profile(testing::cmyk_jpeg(), adobe_rgb())), 0, 0, 255, 3, "RGB for CMYK");
  std::string cut = adobe_rgb();
  cut.resize(cut.size() / 2);
  expect_colour(shown(png_with_profile(png, cut)), 90, 120, 180, 0, "cut");
}

}  // namespace
}  // namespace reenact
