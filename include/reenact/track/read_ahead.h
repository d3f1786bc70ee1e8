#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "reenact/core/threads.h"

namespace reenact {

/// A stage of a pipeline: produces items in a thread of its own, at most `capacity` of them ahead of its
/// consumer. A capacity of 0 makes no thread: items are then produced when they are asked for.
template <typename Item>
class ReadAhead {
 public:
  /// `produce` gives the next item, or nothing at the end; what it uses must outlive this object. Throws
  /// Error when the system refuses a thread.
  ReadAhead(std::size_t capacity, std::function<std::optional<Item>()> produce)
      : capacity_(capacity), produce_(std::move(produce)) {
    if (capacity_ > 0) thread_ = start_thread([this] { run(); });
  }

  /// Waits for the item that is being produced, and drops it.
  ~ReadAhead() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    space_.notify_one();
    thread_.join();
  }

  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// The next item, or nothing at the end. Throws what `produce` threw, after the items before it.
  std::optional<Item> next() {
    if (capacity_ == 0) return produce_();
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return ended_ || !items_.empty(); });
    if (items_.empty()) {
      if (failure_) std::rethrow_exception(failure_);
      return std::nullopt;
    }
    std::optional<Item> item = std::move(items_.front());
    items_.pop_front();
    lock.unlock();
    space_.notify_one();
    return item;
  }

 private:
  void run() {
    std::exception_ptr failure;
    try {
      while (std::optional<Item> item = produce_()) {
        std::unique_lock lock(mutex_);
        space_.wait(lock, [this] { return stopped_ || items_.size() < capacity_; });
        if (stopped_) return;
        items_.push_back(std::move(*item));
        lock.unlock();
        filled_.notify_one();
      }
    } catch (...) {
      failure = std::current_exception();
    }
    {
      const std::lock_guard lock(mutex_);
      failure_ = failure;
      ended_ = true;
    }
    filled_.notify_one();
  }

  std::size_t capacity_;
  std::function<std::optional<Item>()> produce_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable space_;
  std::deque<Item> items_;
  bool ended_ = false;
  bool stopped_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace reenact
