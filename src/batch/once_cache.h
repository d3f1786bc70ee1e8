#pragma once

#include <exception>
#include <future>
#include <map>
#include <mutex>
#include <utility>

namespace reenact {

/// Values that several threads need and one of them makes. A failure is remembered like a value.
template <typename Key, typename Value>
class OnceCache {
 public:
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
  }

 private:
  std::mutex mutex_;
  std::map<Key, std::shared_future<Value>> futures_;
};

}  // namespace reenact
