#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace reenact {

/// Order of people: runs of digits compare as numbers.
bool natural_less(const std::string& left, const std::string& right);

/// The ending of a name in lower case, with its dot.
std::string ending_of(const std::filesystem::path& path);

/// Whether a name's ending is one that this program reads as a video, as a still picture, as a motion file,
/// as a take of blend shapes.
bool is_video_name(const std::filesystem::path& path);
bool is_picture_name(const std::filesystem::path& path);
bool is_motion_name(const std::filesystem::path& path);
bool is_take_name(const std::filesystem::path& path);

/// Whether a driver of this name is motion without pictures: a motion file or a take.
bool is_recorded_name(const std::filesystem::path& path);

/// Whether it can write a video, a still picture, motion, a mesh of that ending.
bool is_writable_video_name(const std::filesystem::path& path);
bool is_writable_picture_name(const std::filesystem::path& path);
bool is_writable_motion_name(const std::filesystem::path& path);
bool is_mesh_name(const std::filesystem::path& path);

/// Whether what is written under this name can hold alpha: a .mov, a .webm, a .png or a sequence of .png.
bool can_hold_alpha(const std::filesystem::path& output);

/// Whether a name such as frames/%06d.png stands for a folder of numbered pictures or meshes.
bool is_sequence_name(const std::filesystem::path& path);

/// The name of a file of such a sequence, frames/%06d.png and 7 giving 000007.png.
std::filesystem::path file_of_sequence(const std::filesystem::path& pattern, std::int64_t number);

/// What appears when an output of this name is written: the file itself, or the folder of a sequence.
std::filesystem::path written_path(const std::filesystem::path& output);

/// Whether the container of this video is one that browsers know.
bool plays_in_browsers(const std::filesystem::path& video);

/// Entries of a folder whose names do not start with a dot, in natural order of the names.
/// Throws InputError when the folder cannot be read.
std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder);

std::vector<std::filesystem::path> folders_in(const std::filesystem::path& folder);
std::vector<std::filesystem::path> pictures_in(const std::filesystem::path& folder);
std::vector<std::filesystem::path> videos_in(const std::filesystem::path& folder);

}  // namespace reenact
