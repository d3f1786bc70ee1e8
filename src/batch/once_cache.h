#pragma once

#include <cstddef>
#include <exception>
#include <future>
#include <limits>
#include <list>
#include <map>
#include <mutex>
#include <utility>

namespace reenact {

/// Values that several threads need and one of them makes. A failure is remembered like a value. At most
/// `capacity` of them are kept: the one that was asked for longest ago is forgotten first.
template <typename Key, typename Value>
class OnceCache {
 public:
  explicit OnceCache(std::size_t capacity = std::numeric_limits<std::size_t>::max()) : capacity_(capacity) {}

  /// The value of `key`: made by the first caller, awaited by the others. Throws what `make` threw.
  template <typename Make>
  Value get(const Key& key, Make&& make) {
    std::promise<Value> promise;
    std::shared_future<Value> future;
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      const auto [entry, inserted] = futures_.try_emplace(key);
      if (inserted) entry->second = promise.get_future().share();
      future = entry->second;
      first = inserted;
      recent_.remove(key);
      recent_.push_back(key);
      while (recent_.size() > capacity_) {
        futures_.erase(recent_.front());
        recent_.pop_front();
      }
    }
    if (first) {
      try {
        promise.set_value(make());
      } catch (...) {
        promise.set_exception(std::current_exception());
      }
    }
    return future.get();
  }

  void forget(const Key& key) {
    const std::lock_guard lock(mutex_);
    futures_.erase(key);
    recent_.remove(key);
  }

 private:
  std::size_t capacity_;
  std::mutex mutex_;
  std::map<Key, std::shared_future<Value>> futures_;
  std::list<Key> recent_;  ///< the keys of futures_, the last one asked for at the end
};

}  // namespace reenact
