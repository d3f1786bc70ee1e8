#include "reenact/study/datasets.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <system_error>

#include "reenact/core/error.h"
#include "reenact/files/csv.h"
#include "reenact/files/media_files.h"
#include "reenact/files/whole_file.h"

namespace reenact {

namespace fs = std::filesystem;

namespace {

using Visit = std::function<void(const DatasetItem&)>;

constexpr std::uintmax_t largest_list = 256U << 20U;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

void require_split(const std::string& split, std::initializer_list<const char*> known,
                   const std::string& dataset) {
  std::string names;
  for (const char* name : known) {
    if (split == name) return;
    names += names.empty() ? name : std::string(", ") + name;
  }
  throw UsageError(dataset + " has no split '" + split + "'; it has " + names);
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

std::string line_of(const fs::path& file, int line) {
  return file.string() + " line " + std::to_string(line);
}

[[noreturn]] void refuse(const std::string& dataset, const fs::path& where, const std::string& expected) {
  throw InputError(where.string() + " is not laid out as " + dataset + " is published: " + expected);
}

// VoxCeleb2 -----------------------------------------------------------------------------------------

bool is_voxceleb2_id(const std::string& name) {
  return name.size() == 7 && name.rfind("id", 0) == 0 && is_number(name.substr(2));
}

/// "dev" or "test" of each id, from vox2_meta.csv, whose fields are followed by a space. Empty without the
/// file.
std::map<std::string, std::string> voxceleb2_splits(const fs::path& root) {
  const fs::path path = root / "vox2_meta.csv";
  std::map<std::string, std::string> splits;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return splits;
  const std::vector<CsvRow> rows = parse_csv(read_file(path, largest_list), path);
  std::vector<std::string> header;
  if (!rows.empty())
    std::transform(rows[0].fields.begin(), rows[0].fields.end(), std::back_inserter(header), trimmed);
  if (header != std::vector<std::string>{"VoxCeleb2 ID", "VGGFace2 ID", "Gender", "Set"}) {
    throw InputError(path.string() +
                     " does not start with the columns VoxCeleb2 ID, VGGFace2 ID, Gender, Set");
  }
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const std::vector<std::string>& fields = rows[i].fields;
    const std::string set = fields.size() == header.size() ? trimmed(fields[3]) : "";
    if (set != "dev" && set != "test") {
      throw InputError(line_of(path, rows[i].line) + " does not end with dev or test");
    }
    splits[trimmed(fields[0])] = set;
  }
  return splits;
}

/// Clips of one person: <youtube id>/<nnnnn>.mp4, with sound in <audio>/<youtube id>/<nnnnn>.m4a.
void add_voxceleb2_person(const fs::path& folder, const fs::path& audio, const std::string& split,
                          const Visit& visit) {
  const std::string person = folder.filename().string();
  for (const fs::path& recording : folders_in(folder)) {
    for (const fs::path& video : videos_in(recording)) {
      if (video.extension() != ".mp4") refuse("VoxCeleb2", video, "clips are named <number>.mp4");
      DatasetItem item;
      item.name = person + "/" + recording.filename().string() + "/" + video.stem().string();
      item.person = person;
      item.split = split;
      item.video = video;
      const fs::path sound = audio / recording.filename() / (video.stem().string() + ".m4a");
      if (is_file(sound)) item.audio = sound;
      visit(item);
    }
  }
}

void visit_voxceleb2(const fs::path& root, const std::string& split, const Visit& visit) {
  require_split(split, {"dev", "test", "all"}, "VoxCeleb2");
  const std::map<std::string, std::string> splits = voxceleb2_splits(root);
  bool any_folder = false;
  for (const std::string part : {"dev", "test", ""}) {
    const fs::path videos = root / part / "mp4";
    if (!is_folder(videos)) continue;
    any_folder = true;
    for (const fs::path& folder : folders_in(videos)) {
      const std::string person = folder.filename().string();
      if (!is_voxceleb2_id(person)) refuse("VoxCeleb2", folder, "folders in mp4 are named like id00012");
      const auto listed = splits.find(person);
      if (listed == splits.end() && (!splits.empty() || (part.empty() && split != "all"))) {
        refuse("VoxCeleb2", folder,
               "vox2_meta.csv beside mp4 must say whether " + person + " is dev or test");
      }
      const std::string person_split = listed == splits.end() ? part : listed->second;
      if (split == "all" || split == person_split) {
        add_voxceleb2_person(folder, root / part / "aac" / person, person_split, visit);
      }
    }
  }
  if (!any_folder)
    refuse("VoxCeleb2", root, "a folder dev/mp4, test/mp4 or mp4 with <id>/<video>/<number>.mp4 is expected");
}

// HQ-VoxCeleb ---------------------------------------------------------------------------------------

/// Split of each name in the part ("vox1", "vox2"), from split.json as its authors' code makes it.
std::map<std::string, std::string> hq_voxceleb_splits(const fs::path& path, const std::string& part) {
  std::map<std::string, std::string> splits;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return splits;
  try {
    const nlohmann::json table = nlohmann::json::parse(read_file(path, largest_list));
    for (const char* split : {"train", "val", "test"}) {
      for (const nlohmann::json& name : table.at(part).at(split)) splits[name.get<std::string>()] = split;
    }
  } catch (const nlohmann::json::exception&) {
    throw InputError(
        path.string() +
        " is not a split list: {\"vox1\": {\"train\": [names], \"val\": …, \"test\": …}, \"vox2\": …}");
  }
  return splits;
}

void visit_identities(const fs::path& folder, const std::string& prefix, const Visit& visit) {
  for (const fs::path& identity : folders_in(folder)) {
    DatasetItem item;
    item.person = identity.filename().string();
    item.name = prefix + item.person;
    item.images = pictures_in(identity);
    if (!item.images.empty()) visit(item);
  }
}

void visit_hq_voxceleb(const fs::path& root, const std::string& split, const Visit& visit) {
  require_split(split, {"train", "val", "test", "all"}, "HQ-VoxCeleb");
  if (split != "all" && !is_file(root / "split.json")) {
    refuse("HQ-VoxCeleb", root,
           "split.json is needed to choose " + split + "; without it there is only the split all");
  }
  for (const std::string part : {"vox1", "vox2"}) {
    if (!is_folder(root / part)) continue;
    const fs::path faces = root / part / "origin_faces";
    if (!is_folder(faces))
      refuse("HQ-VoxCeleb", root / part, "a folder origin_faces with <name>/<number>.jpg is expected");
    const auto splits = hq_voxceleb_splits(root / "split.json", part);
    visit_identities(faces, part + "/", [&](DatasetItem item) {
      const auto listed = splits.find(item.person);
      if (listed != splits.end()) item.split = listed->second;
      if (split == "all" || item.split == split) visit(item);
    });
  }
  if (!is_folder(root / "vox1") && !is_folder(root / "vox2")) visit_identities(root, "", visit);
}

// CelebV --------------------------------------------------------------------------------------------

/// Pictures in the order of a list such as all_98pt.txt: per line 98 points and, last, the name in Image/.
std::vector<fs::path> celebv_pictures(const fs::path& list, const fs::path& images) {
  std::istringstream lines(read_file(list, largest_list));
  std::vector<fs::path> pictures;
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    line = trimmed(line);
    if (line.empty()) continue;
    const std::string name = line.substr(line.find_last_of(" \t") + 1);
    if (name.find('/') != std::string::npos || !is_picture_name(name)) {
      throw InputError(line_of(list, number) + " does not end with the name of a picture");
    }
    if (!is_file(images / name)) {
      throw InputError(line_of(list, number) + " names " + name + ", which is not in " + images.string());
    }
    pictures.push_back(images / name);
  }
  return pictures;
}

void visit_celebv(const fs::path& root, const std::string& split, const Visit& visit) {
  require_split(split, {"train", "test", "all"}, "CelebV");
  for (const fs::path& folder : folders_in(root)) {
    const fs::path images = folder / "Image";
    if (!is_folder(images)) refuse("CelebV", folder, "a folder Image is expected in each person's folder");
    const fs::path list = folder / (split + "_98pt.txt");
    if (split != "all" && !is_file(list)) {
      refuse("CelebV", folder,
             list.filename().string() + " with the names of the pictures is expected for the split " + split);
    }
    DatasetItem item;
    item.name = folder.filename().string();
    item.person = item.name;
    item.split = split;
    item.images = is_file(list) ? celebv_pictures(list, images) : pictures_in(images);
    item.in_order = true;
    if (!item.images.empty()) visit(item);
  }
}

// UvA-NEMO ------------------------------------------------------------------------------------------

struct SmileName {
  std::string number;
  std::string kind;
};

/// Takes "001_deliberate_smile_2" apart.
std::optional<SmileName> parse_smile_name(const std::string& stem) {
  for (const char* kind : {"deliberate", "spontaneous"}) {
    const std::string middle = "_" + std::string(kind) + "_smile_";
    const std::size_t at = stem.find(middle);
    if (at != std::string::npos && is_number(stem.substr(0, at)) &&
        is_number(stem.substr(at + middle.size()))) {
      return SmileName{stem.substr(0, at), kind};
    }
  }
  return std::nullopt;
}

/// Subject code of each video, from the tab-separated list of the data set: file, subject, gender, age, kind.
std::map<std::string, std::string> uva_nemo_subjects(const fs::path& path) {
  std::map<std::string, std::string> subjects;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return subjects;
  std::istringstream lines(read_file(path, largest_list));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos || !is_video_name(trimmed(line.substr(0, tab)))) continue;
    subjects[trimmed(line.substr(0, tab))] =
        trimmed(line.substr(tab + 1, line.find('\t', tab + 1) - tab - 1));
  }
  if (subjects.empty())
    throw InputError(path.string() + " lists no videos; lines of file name, tab, subject code are expected");
  return subjects;
}

void visit_uva_nemo(const fs::path& root, const std::string& split, const Visit& visit) {
  require_split(split, {"deliberate", "spontaneous", "all"}, "UvA-NEMO");
  const fs::path folder = root / "videos";
  if (!is_folder(folder))
    refuse("UvA-NEMO", root, "a folder videos with files like 001_deliberate_smile_2.mp4 is expected");
  const fs::path list = root / "UvA-NEMO_Smile_Database_File_Details.txt";
  const std::map<std::string, std::string> subjects = uva_nemo_subjects(list);
  for (const fs::path& video : videos_in(folder)) {
    const std::string file = video.filename().string();
    const std::optional<SmileName> name = parse_smile_name(video.stem().string());
    if (!name) refuse("UvA-NEMO", video, "videos are named like 001_deliberate_smile_2.mp4");
    const auto listed = subjects.find(file);
    if (!subjects.empty() && listed == subjects.end())
      throw InputError(video.string() + " is not listed in " + list.string());
    DatasetItem item;
    item.name = video.stem().string();
    item.person = listed == subjects.end() ? name->number : listed->second;
    item.split = name->kind;
    item.video = video;
    if (split == "all" || split == item.split) visit(item);
  }
}

void visit_items(DatasetKind kind, const fs::path& root, const std::string& split, const Visit& visit) {
  switch (kind) {
    case DatasetKind::voxceleb2:
      return visit_voxceleb2(root, split, visit);
    case DatasetKind::hq_voxceleb:
      return visit_hq_voxceleb(root, split, visit);
    case DatasetKind::celebv:
      return visit_celebv(root, split, visit);
    case DatasetKind::uva_nemo:
      return visit_uva_nemo(root, split, visit);
  }
}

}  // namespace

DatasetKind parse_dataset_kind(const std::string& name) {
  if (name == "voxceleb2") return DatasetKind::voxceleb2;
  if (name == "hq-voxceleb") return DatasetKind::hq_voxceleb;
  if (name == "celebv") return DatasetKind::celebv;
  if (name == "uva-nemo") return DatasetKind::uva_nemo;
  throw UsageError("no data set is called '" + name +
                   "'; voxceleb2, hq-voxceleb, celebv and uva-nemo are known");
}

void visit_dataset(DatasetKind kind, const fs::path& root, const std::string& split, const Visit& visit) {
  if (!is_folder(root)) throw InputError("the data set's folder " + root.string() + " does not exist");
  bool is_empty = true;
  visit_items(kind, root, split, [&](const DatasetItem& item) {
    is_empty = false;
    visit(item);
  });
  if (is_empty) throw InputError(root.string() + " has no items of the split " + split);
}

std::vector<DatasetItem> list_dataset(DatasetKind kind, const fs::path& root, const std::string& split) {
  std::vector<DatasetItem> items;
  visit_dataset(kind, root, split, [&](const DatasetItem& item) { items.push_back(item); });
  std::sort(items.begin(), items.end(),
            [](const DatasetItem& a, const DatasetItem& b) { return natural_less(a.name, b.name); });
  return items;
}

}  // namespace reenact
