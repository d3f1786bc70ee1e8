#pragma once

#include <cstdint>
#include <istream>
#include <optional>

namespace reenact {

inline constexpr int most_jobs = 256;

/// Items worked on at once where the user names no number: one a core, which gives more items an hour than
/// one item on all cores, as far as `memory_bytes` goes (nothing: it is not known), at least 1 and at most
/// most_jobs.
int automatic_jobs(int cores, std::optional<std::int64_t> memory_bytes);

/// The same for this machine: the cores that the process may use and the memory that is free or can be freed.
int automatic_jobs();

/// The memory in bytes that programs can still have, from the text of Linux's /proc/meminfo; nothing when it
/// does not tell.
std::optional<std::int64_t> available_memory(std::istream& meminfo);

/// Threads of one network when `jobs` items share `cores`: half of an item's share, since its stages run side
/// by side.
int threads_for_jobs(int cores, int jobs);

}  // namespace reenact
