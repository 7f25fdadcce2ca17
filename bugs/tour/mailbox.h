// SPDX-License-Identifier: Apache-2.0
// Message passing for the measured programs: any number of threads send, one owner receives.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace tour {

/// Hands letters over by the batch, so that the owner locks once for many. send() waits while the
/// box is full: who sends faster than the owner works has to slow down. After close() send() drops.
template <class Letter>
class Mailbox {
 public:
  void send(Letter letter) {
    std::unique_lock lock(mutex_);
    emptied_.wait(lock, [&] { return letters_.size() < kRoom || closed_; });
    letters_.push_back(std::move(letter));
    if (letters_.size() == 1) {
      filled_.notify_one();
    }
  }

  /// All letters that have come, at least one; none when the box has been closed.
  std::vector<Letter> receive() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [&] { return !letters_.empty() || closed_; });
    std::vector<Letter> batch;
    if (!closed_) {
      batch.reserve(kRoom);
      batch.swap(letters_);
    }
    emptied_.notify_all();
    return batch;
  }

  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    filled_.notify_all();
    emptied_.notify_all();
  }

 private:
  static constexpr std::size_t kRoom = 1024;

  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable emptied_;
  std::vector<Letter> letters_;
  bool closed_ = false;
};

/// A thread that does `act(letter)` for every letter that is sent to it.
template <class Letter, class Act>
class Owner {
 public:
  explicit Owner(Act act)
      : thread_([this, act] {
          for (auto batch = box_.receive(); !batch.empty(); batch = box_.receive()) {
            for (const Letter& letter : batch) {
              act(letter);
            }
          }
        }) {}
  ~Owner() { box_.close(); }
  void send(Letter letter) { box_.send(std::move(letter)); }

 private:
  Mailbox<Letter> box_;
  std::jthread thread_;
};

}  // namespace tour
