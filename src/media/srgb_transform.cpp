#include "media/srgb_transform.h"

#include <lcms2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <vector>

namespace reenact {
namespace {

struct ProfileCloser {
  void operator()(void* profile) const { cmsCloseProfile(profile); }
};
struct CurveFreer {
  void operator()(cmsToneCurve* curve) const { cmsFreeToneCurve(curve); }
};
using Profile = std::unique_ptr<void, ProfileCloser>;
using Curve = std::unique_ptr<cmsToneCurve, CurveFreer>;

struct Layout {
  cmsUInt32Number format;
  cmsColorSpaceSignature space;
};

Layout layout_of(SrgbTransform::Pixels pixels) {
  switch (pixels) {
    case SrgbTransform::Pixels::bgr_8:
      return {TYPE_BGR_8, cmsSigRgbData};
    case SrgbTransform::Pixels::grey_8:
      return {TYPE_GRAY_8, cmsSigGrayData};
    case SrgbTransform::Pixels::cmyk_8:
      return {TYPE_CMYK_8_REV, cmsSigCmykData};
  }
  return {};
}

/// Null when LittleCMS finds no way from one profile to the other.
void* to_srgb(const Profile& from, cmsUInt32Number format) {
  const Profile srgb(cmsCreate_sRGBProfile());
  if (!srgb) throw std::bad_alloc();
  return cmsCreateTransform(from.get(), format, srgb.get(), TYPE_BGR_8, INTENT_RELATIVE_COLORIMETRIC,
                            cmsFLAGS_NOCACHE | cmsFLAGS_BLACKPOINTCOMPENSATION);
}

/// Light of a screen in cd/m² for a signal in [0, 1] (BT.2100, tables 4 and 5; HLG at a peak of 1000 cd/m²).
double light(double signal, SrgbTransform::HighDynamicRange transfer) {
  if (transfer == SrgbTransform::HighDynamicRange::pq) {
    constexpr double m1 = 2610.0 / 16384;
    constexpr double m2 = 2523.0 / 4096 * 128;
    constexpr double c1 = 3424.0 / 4096;
    constexpr double c2 = 2413.0 / 4096 * 32;
    constexpr double c3 = 2392.0 / 4096 * 32;
    const double root = std::pow(signal, 1 / m2);
    return 10000 * std::pow(std::max(root - c1, 0.0) / (c2 - c3 * root), 1 / m1);
  }
  constexpr double a = 0.17883277;
  constexpr double b = 1 - 4 * a;
  const double c = 0.5 - a * std::log(4 * a);
  const double scene = signal <= 0.5 ? signal * signal / 3 : (std::exp((signal - c) / a) + b) / 12;
  return 1000 * std::pow(scene, 1.2);
}

/// Light of an ordinary screen, 1 at its white.
double compressed(double cd_per_m2) {
  constexpr double reference_white = 203;
  constexpr double knee = 0.6;
  const double relative = cd_per_m2 / reference_white;
  return relative <= knee ? relative : 1 - (1 - knee) * std::exp((knee - relative) / (1 - knee));
}

}  // namespace

void SrgbTransform::Deleter::operator()(void* transform) const { cmsDeleteTransform(transform); }

SrgbTransform::SrgbTransform(void* transform) : transform_(transform) {}

std::optional<SrgbTransform> SrgbTransform::from_icc(const std::string& profile, Pixels pixels) {
  const Profile opened(cmsOpenProfileFromMem(profile.data(), static_cast<cmsUInt32Number>(profile.size())));
  const Layout layout = layout_of(pixels);
  if (!opened || cmsGetColorSpace(opened.get()) != layout.space) return std::nullopt;
  void* transform = to_srgb(opened, layout.format);
  if (transform == nullptr) return std::nullopt;
  return SrgbTransform(transform);
}

SrgbTransform SrgbTransform::from_bt2100(HighDynamicRange transfer) {
  constexpr std::size_t steps = 4096;
  std::vector<float> values(steps);
  for (std::size_t i = 0; i < steps; ++i) {
    values[i] = static_cast<float>(compressed(light(static_cast<double>(i) / (steps - 1), transfer)));
  }
  const Curve curve(cmsBuildTabulatedToneCurveFloat(nullptr, steps, values.data()));
  constexpr cmsCIExyY d65 = {0.3127, 0.3290, 1};
  constexpr cmsCIExyYTRIPLE bt2020 = {{0.708, 0.292, 1}, {0.170, 0.797, 1}, {0.131, 0.046, 1}};
  const std::array<cmsToneCurve*, 3> curves = {curve.get(), curve.get(), curve.get()};
  const Profile profile(curve ? cmsCreateRGBProfile(&d65, &bt2020, curves.data()) : nullptr);
  void* transform = profile ? to_srgb(profile, TYPE_BGR_16) : nullptr;
  if (transform == nullptr) throw std::bad_alloc();
  return SrgbTransform(transform);
}

cv::Mat SrgbTransform::apply(const cv::Mat& picture) const {
  cv::Mat result(picture.size(), CV_8UC3);
  cmsDoTransformLineStride(
      transform_.get(), picture.data, result.data, static_cast<cmsUInt32Number>(picture.cols),
      static_cast<cmsUInt32Number>(picture.rows), static_cast<cmsUInt32Number>(picture.step[0]),
      static_cast<cmsUInt32Number>(result.step[0]), 0, 0);
  return result;
}

}  // namespace reenact
