#include "reenact/mouth/mouth_tone.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "reenact/core/error.h"
#include "reenact/core/smoothstep.h"

namespace reenact {
namespace {

// Chosen by looking at paintings, grey and coloured photos (docs/experiments.md).
constexpr double brightness_exponent = 0.75;
constexpr double least_gain = 0.5;
constexpr double greatest_gain = 1.6;
constexpr double teeth_over_skin_gain =
    1.15;  ///< that a photo's own teeth may ask for, over the skins' ratio
/// Teeth's L over the skin's that the driver may bring along, and what is added. Above the greatest it is
/// that of darker skin and says the less of the photo's.
constexpr double least_teeth_over_skin = 1.05;
constexpr double greatest_teeth_over_skin = 1.15;
constexpr double teeth_above_skin = 4;
constexpr double darkest_teeth = 50;
constexpr double lightest_teeth = 93;
/// Of what the driver's teeth are lighter than the photo's skin lets expect.
constexpr double excess_kept = 0.1;
constexpr double teeth_of_skin_without_teeth = 1.12;  ///< L of teeth over skin where none were seen
constexpr double room_above_teeth = 7;
constexpr float knee_share = 0.88F;
constexpr double black_share = 0.6;
constexpr double lightest_black = 12;
/// L over the skin's below which nothing in a mouth lies: deep inside, and on a tongue.
constexpr float darkest_over_skin = 0.04F;
constexpr float tongue_over_skin = 0.2F;
constexpr double black_quantile = 0.005;
constexpr double light_quantile = 0.97;
constexpr double least_saturation = 0.75;
constexpr double greatest_saturation = 1.15;
constexpr double greatest_hue_turn = 40 * CV_PI / 180;
/// Shares of the skin's a and b over L that teeth have (docs/experiments.md).
const Eigen::Array2d warmth = {0.37, 0.47};
constexpr double greatest_shift = 0.32;
constexpr double greatest_shift_without_teeth = 0.03;
constexpr double chroma_over_photo = 1.1;
constexpr double monochrome_spread = 2.5;
constexpr double coloured_spread = 5;
constexpr double grey_chroma = 3;  ///< of the skin and lips of a driver without colours
constexpr double coloured_chroma = 6;
constexpr double greatest_lips_over_teeth =
    0.8;  ///< L of such a driver's lips over that of its teeth, at most
/// L of a driver's teeth from where on, and wholly from where, its camera shows them without shading, and
/// what they are then darker by at the corners of the mouth.
constexpr double still_shaded = 76;
constexpr double without_shading = 88;
constexpr double darker_at_corners = 0.35;
constexpr double side_light_share = 0.5;
constexpr double greatest_side_light = 0.35;
constexpr int sample_side = 128;
/// Of the tint that the photo lets expect: half of what a driver's mouth differs from it is the driver's
/// camera and light.
constexpr float expected_share = 0.5F;

/// (a, b) over L inside of opened mouths at an L over the teeth's, as shares of the skin's and of the lips':
/// least squares over 60 persons, made stronger so that mouths carried over are as red as true ones
/// (docs/experiments.md).
struct ExpectedTint {
  float over_teeth;
  cv::Vec2f of_skin;
  cv::Vec2f of_lips;
};
const std::array<ExpectedTint, MouthTone::tints> expected_tints = {{{0.20F, {1.40F, 1.45F}, {1.60F, 0.77F}},
                                                                    {0.40F, {1.10F, 0.47F}, {0.68F, 0.78F}},
                                                                    {0.60F, {0.82F, 0.46F}, {0.41F, 0.40F}},
                                                                    {0.77F, {0.67F, 0.40F}, {0.22F, 0.24F}},
                                                                    {0.91F, {0.41F, 0.35F}, {0.19F, 0.20F}},
                                                                    {1.03F, {0.24F, 0.33F}, {0.18F, 0.15F}}}};

double chroma(const Eigen::Vector3d& lab) { return lab.tail<2>().norm(); }
/// (a, b) over L.
Eigen::Array2d tint_at(const Eigen::Vector3d& lab) { return lab.tail<2>().array() / std::max(lab[0], 1.0); }
cv::Vec2f to_vec(const Eigen::Array2d& tint) {
  return {static_cast<float>(tint[0]), static_cast<float>(tint[1])};
}
double hue(const Eigen::Vector3d& lab) { return std::atan2(lab[2], lab[1]); }

double median_of(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double quantile_of(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

int tint_step(double lightness) {
  return std::clamp(static_cast<int>(lightness * PhotoColours::tint_steps / 100), 0,
                    PhotoColours::tint_steps - 1);
}

/// Neither greener nor bluer than white in the photo's light: nothing in a mouth is.
cv::Vec2f no_greener(const cv::Vec2f& colour, const cv::Vec2f& white) {
  return {std::max(colour[0], white[0] - 2.0F), std::max(colour[1], white[1] - 6.0F)};
}

/// Median (a, b) at each L; steps that hardly occur take their neighbours'.
std::array<Eigen::Vector2d, PhotoColours::tint_steps> tint_of(const std::vector<Eigen::Vector3d>& pixels) {
  constexpr std::size_t least_count = 30;
  std::array<std::vector<double>, PhotoColours::tint_steps> a;
  std::array<std::vector<double>, PhotoColours::tint_steps> b;
  for (const Eigen::Vector3d& lab : pixels) {
    const auto step = static_cast<std::size_t>(tint_step(lab[0]));
    a[step].push_back(lab[1]);
    b[step].push_back(lab[2]);
  }
  std::array<Eigen::Vector2d, PhotoColours::tint_steps> tint{};
  std::vector<std::size_t> known;
  for (std::size_t i = 0; i < tint.size(); ++i) {
    if (a[i].size() < least_count) continue;
    tint[i] = {median_of(a[i]), median_of(b[i])};
    known.push_back(i);
  }
  if (known.empty()) {
    tint.fill(Eigen::Vector2d::Zero());
    return tint;
  }
  for (std::size_t i = 0; i < tint.size(); ++i) {
    const auto after = std::lower_bound(known.begin(), known.end(), i);
    if (after == known.end()) {
      tint[i] = tint[known.back()];
    } else if (after == known.begin()) {
      tint[i] = tint[known.front()];
    } else if (*after != i) {
      const std::size_t low = *(after - 1);
      const double share = static_cast<double>(i - low) / static_cast<double>(*after - low);
      tint[i] = (1 - share) * tint[low] + share * tint[*after];
    }
  }
  return tint;
}

}  // namespace

PhotoColours photo_colours(const cv::Mat& photo, const ColourPlaces& places) {
  const std::optional<MouthColours> face = face_colours(photo, places);
  if (!face) throw InputError("the mouth lies outside the photo; use one that shows the whole face");
  PhotoColours colours;
  colours.skin = face->skin;
  colours.lips = face->lips;
  colours.side_light = face->side_light;

  Eigen::AlignedBox2d box;
  for (Eigen::Index i = 0; i < places.skin.cols(); ++i) box.extend(places.skin.col(i));
  const Eigen::Vector2d reach = 0.6 * box.sizes();
  const cv::Rect head =
      cv::Rect(cv::Point(cvFloor(box.min().x() - reach.x()), cvFloor(box.min().y() - reach.y())),
               cv::Point(cvCeil(box.max().x() + reach.x()), cvCeil(box.max().y() + reach.y()))) &
      cv::Rect(0, 0, photo.cols, photo.rows);
  cv::Mat lab;
  cv::resize(photo(head), lab, {sample_side, sample_side}, 0, 0, cv::INTER_NEAREST);
  lab.convertTo(lab, CV_32FC3, 1.0 / 255.0);
  cv::cvtColor(lab, lab, cv::COLOR_BGR2Lab);
  std::vector<Eigen::Vector3d> pixels;
  std::vector<double> lightness;
  for (const cv::Vec3f& pixel : cv::Mat_<cv::Vec3f>(lab)) {
    pixels.emplace_back(pixel[0], pixel[1], pixel[2]);
    lightness.push_back(static_cast<double>(pixel[0]));
  }
  std::sort(lightness.begin(), lightness.end());
  colours.black = quantile_of(lightness, black_quantile);
  colours.light = quantile_of(lightness, light_quantile);
  colours.tint = tint_of(pixels);
  double sum = 0;
  for (const Eigen::Vector3d& pixel : pixels) {
    sum += (pixel.tail<2>() - colours.tint[static_cast<std::size_t>(tint_step(pixel[0]))]).squaredNorm();
  }
  colours.spread = std::sqrt(sum / static_cast<double>(pixels.size()));
  return colours;
}

Eigen::Vector3d expected_teeth(const Eigen::Vector3d& skin) {
  const double lightness = teeth_of_skin_without_teeth * skin[0];
  const Eigen::Array2d tint = lightness * warmth * tint_at(skin);
  return {lightness, tint[0], tint[1]};
}

MouthTone::MouthTone(const MouthColours& driver, const PhotoColours& photo) {
  const Eigen::Vector3d usual_teeth = driver.teeth.value_or(expected_teeth(driver.skin));
  const double driver_teeth = std::max(usual_teeth[0], 1.0);
  const double by_skin =
      std::clamp(std::pow(photo.skin[0] / std::max(driver.skin[0], 1.0), brightness_exponent), least_gain,
                 greatest_gain);
  const double ratio = driver_teeth / std::max(driver.skin[0], 1.0);
  const double over_skin =
      std::max(std::min(ratio, 2 * greatest_teeth_over_skin - ratio), least_teeth_over_skin);
  const double by_photo = over_skin * photo.skin[0] + teeth_above_skin;
  const double expected = std::min(std::clamp(by_photo, darkest_teeth, lightest_teeth),
                                   std::max(photo.light, least_teeth_over_skin * photo.skin[0]));
  const double excess = std::max(by_skin * driver_teeth - expected, 0.0);
  const double teeth =
      std::min(photo.teeth ? (*photo.teeth)[0] : expected + excess_kept * excess, lightest_teeth);
  const double most = photo.teeth ? teeth_over_skin_gain * by_skin : by_skin;
  gain_ = static_cast<float>(std::min(most, teeth / driver_teeth));
  top_ = static_cast<float>(std::min(99.0, teeth + room_above_teeth));
  black_ = static_cast<float>(std::min(black_share * photo.black, lightest_black));
  skin_lightness_ = static_cast<float>(photo.skin[0]);
  side_gain_ = static_cast<float>(std::clamp(side_light_share * (photo.side_light - driver.side_light),
                                             -greatest_side_light, greatest_side_light));

  if (driver.teeth) {
    corner_shade_ = static_cast<float>(darker_at_corners * smoothstep(((*driver.teeth)[0] - still_shaded) /
                                                                      (without_shading - still_shaded)));
  }

  const auto red_share = [](const Eigen::Vector3d& lips) { return chroma(lips) / std::max(lips[0], 10.0); };
  const double saturation = std::clamp(red_share(photo.lips) / std::max(red_share(driver.lips), 0.05),
                                       least_saturation, greatest_saturation);
  const double difference = std::remainder(hue(photo.lips) - hue(driver.lips), 2 * CV_PI);
  const double coloured_lips = std::clamp((chroma(photo.lips) - 4) / 6, 0.0, 1.0);
  const double turn = std::clamp(difference, -greatest_hue_turn, greatest_hue_turn) * coloured_lips;
  saturation_ = static_cast<float>(saturation);
  hue_turn_ = cv::Matx22d(std::cos(turn), -std::sin(turn), std::sin(turn), std::cos(turn));

  const bool shows_white = photo.teeth && (*photo.teeth)[0] < lightest_teeth;
  const Eigen::Array2d white = shows_white ? tint_at(*photo.teeth) : warmth * tint_at(photo.skin);
  const Eigen::Array2d driver_white = tint_at(usual_teeth);
  const double limit = driver.teeth ? greatest_shift : greatest_shift_without_teeth;
  white_tint_ = to_vec(white);
  shift_ = to_vec((white - saturation * driver_white).max(-limit).min(limit));
  const double strongest = std::max(chroma(driver.skin), chroma(driver.lips));
  grey_driver_ = static_cast<float>(
      std::clamp((coloured_chroma - strongest) / (coloured_chroma - grey_chroma), 0.0, 1.0));
  lips_lightness_ = static_cast<float>(
      std::min(static_cast<double>(gain_) * driver.lips[0], greatest_lips_over_teeth * teeth));
  teeth_lightness_ = static_cast<float>(teeth);
  lip_tint_ = to_vec(tint_at(photo.lips));
  for (std::size_t i = 0; i < tints; ++i) {
    expected_[i] =
        expected_tints[i].of_skin.mul(to_vec(tint_at(photo.skin))) + expected_tints[i].of_lips.mul(lip_tint_);
  }
  if (shows_white) {
    expected_[tints - 2] += 0.5F * (white_tint_ - expected_[tints - 2]);
    expected_[tints - 1] = white_tint_;
  }
  largest_chroma_ =
      static_cast<float>(chroma_over_photo * std::max({chroma(photo.lips), chroma(photo.skin), 1.0}));
  monochrome_ = static_cast<float>(
      std::clamp((coloured_spread - photo.spread) / (coloured_spread - monochrome_spread), 0.0, 1.0));
  for (std::size_t i = 0; i < tint_.size(); ++i) {
    tint_[i] = {static_cast<float>(photo.tint[i][0]), static_cast<float>(photo.tint[i][1])};
  }
}

cv::Vec2f MouthTone::expected_tint(float lightness) const {
  const float over_teeth = lightness / teeth_lightness_;
  std::size_t i = 1;
  while (i + 1 < tints && over_teeth > expected_tints[i].over_teeth) ++i;
  const float low = expected_tints[i - 1].over_teeth;
  const float share = std::clamp((over_teeth - low) / (expected_tints[i].over_teeth - low), 0.0F, 1.0F);
  return expected_[i - 1] + share * (expected_[i] - expected_[i - 1]);
}

cv::Vec3f MouthTone::map(const cv::Vec3f& lab, float brightness, float tongue) const {
  float lightness = lab[0] * gain_ * brightness;
  const float knee = knee_share * top_;
  if (lightness > knee) lightness = knee + (top_ - knee) * std::tanh((lightness - knee) / (top_ - knee));
  cv::Vec2f colour = saturation_ * lightness / std::max(lab[0], 1.0F) * cv::Vec2f(lab[1], lab[2]);
  lightness = std::hypot(lightness, black_);
  const float least =
      std::max(skin_lightness_ * (darkest_over_skin + tongue * (tongue_over_skin - darkest_over_skin)), 0.1F);
  const float square = lightness / least * (lightness / least);
  const float fourth_power = square * square;
  const float made_up = 1 / (1 + fourth_power);
  lightness = least * std::sqrt(std::sqrt(1 + fourth_power));

  const float red = std::clamp((colour[0] - 0.5F * std::max(colour[1], 0.0F)) / 6.0F, 0.0F, 1.0F);
  colour += red * (hue_turn_ * colour - colour) + (1 - 0.6F * red) * lightness * shift_;
  colour +=
      (expected_share + (1 - expected_share) * made_up) * (lightness * expected_tint(lightness) - colour);
  const float white =
      std::clamp((lightness - lips_lightness_) / (teeth_lightness_ - lips_lightness_), 0.0F, 1.0F);
  colour += grey_driver_ * (lightness * (lip_tint_ + white * (white_tint_ - lip_tint_)) - colour);
  colour = no_greener(colour, lightness * white_tint_);
  const float strength = std::hypot(colour[0], colour[1]);
  const float free = 0.7F * largest_chroma_;
  if (strength > free) {
    const float room = largest_chroma_ - free;
    colour *= (free + room * std::tanh((strength - free) / room)) / strength;
  }
  const float place = std::clamp(lightness / 10.0F - 0.5F, 0.0F, PhotoColours::tint_steps - 1.001F);
  const auto step = static_cast<std::size_t>(place);
  const cv::Vec2f tint = tint_[step] + (place - static_cast<float>(step)) * (tint_[step + 1] - tint_[step]);
  colour += monochrome_ * (tint - colour);
  return {lightness, colour[0], colour[1]};
}

void MouthTone::apply(cv::Mat_<cv::Vec3f>& bgr, const std::vector<float>& across,
                      const cv::Mat_<float>& tongue) const {
  bgr *= 1.0 / 255.0;
  cv::cvtColor(bgr, bgr, cv::COLOR_BGR2Lab);
  std::vector<float> brightness;
  brightness.reserve(across.size());
  for (const float place : across) {
    const float u = std::clamp(place, -1.0F, 1.0F);
    brightness.push_back(std::exp(side_gain_ * u) * (1 - corner_shade_ * u * u));
  }
  for (int y = 0; y < bgr.rows; ++y) {
    cv::Vec3f* row = bgr[y];
    for (int x = 0; x < bgr.cols; ++x)
      row[x] = map(row[x], brightness[static_cast<std::size_t>(x)], tongue(y, x));
  }
  cv::cvtColor(bgr, bgr, cv::COLOR_Lab2BGR);
  bgr *= 255.0;
}

}  // namespace reenact
