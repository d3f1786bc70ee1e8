#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace reenact {

/// Order of people: runs of digits compare as numbers.
bool natural_less(const std::string& left, const std::string& right);

/// The ending of a name in lower case, with its dot.
std::string ending_of(const std::filesystem::path& path);

/// Whether a name's ending is one that this program reads as a video, as a still picture, as a motion file.
bool is_video_name(const std::filesystem::path& path);
bool is_picture_name(const std::filesystem::path& path);
bool is_motion_name(const std::filesystem::path& path);

/// Whether it can write a video, a still picture of that ending.
bool is_writable_video_name(const std::filesystem::path& path);
bool is_writable_picture_name(const std::filesystem::path& path);

/// Whether the container of this video is one that browsers know.
bool plays_in_browsers(const std::filesystem::path& video);

/// Entries of a folder whose names do not start with a dot, in natural order of the names.
/// Throws InputError when the folder cannot be read.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

std::vector<std::filesystem::path> folders_in(const std::filesystem::path& folder);
std::vector<std::filesystem::path> pictures_in(const std::filesystem::path& folder);
std::vector<std::filesystem::path> videos_in(const std::filesystem::path& folder);

}  // namespace reenact
