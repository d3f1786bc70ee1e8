#pragma once

#include <optional>

#include "reenact/animate/options.h"
#include "reenact/core/names.h"

namespace reenact {

inline const Names<OnLost> on_lost_names = {
    {"hold", OnLost::hold}, {"skip", OnLost::skip}, {"fail", OnLost::fail}};

inline const Names<MouthInside> mouth_inside_names = {{"driver", MouthInside::driver},
                                                      {"generated", MouthInside::generated}};

/// No mode is the one that suits the driver.
inline const Names<std::optional<MotionMode>> motion_mode_names = {
    {"auto", std::nullopt}, {"relative", MotionMode::relative}, {"absolute", MotionMode::absolute}};

inline const Names<LandmarkScheme> landmark_scheme_names = {{"dense", LandmarkScheme::mesh468},
                                                            {"dlib68", LandmarkScheme::dlib68}};

}  // namespace reenact
