// SPDX-License-Identifier: Apache-2.0
// A small event loop and C++20 coroutines on it, for the exhibits of class `events`.
//
// One thread runs the handlers, one after the other and each to its end. Which of those that are
// ready comes next is nobody's promise: it is heddle::choose, so that every order is explored (run
// natively, they come in the order in which they were posted). A coroutine is a handler that stops
// at each co_await and is posted again when what it awaits is there. So code between two awaits is
// never interrupted, and across an await everything may have changed.
//
// Not thread-safe: all of it belongs to the thread that calls run().
#pragma once

// clang 14 has the coroutines of C++20 and does not say so to the library.
#if defined(__clang__) && !defined(__cpp_impl_coroutine)
#define __cpp_impl_coroutine 201902L
#endif
#include <coroutine>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>
#include <vector>

#include "heddle/heddle.h"

namespace bugs {

class EventLoop {
 public:
  using Handler = std::function<void()>;
  using Ticket = std::uint64_t;

  /// The handler is ready from now on. The ticket names it for withdraw().
  Ticket post(Handler handler) {
    ready_.push_back({++last_ticket_, std::move(handler)});
    return last_ticket_;
  }

  /// A handler that has not run yet will not. No effect on one that has.
  void withdraw(Ticket ticket) {
    std::erase_if(ready_, [ticket](const Ready& ready) { return ready.ticket == ticket; });
  }

  /// Runs handlers until none is ready.
  void run() {
    while (!ready_.empty()) {
      const auto next = ready_.begin() + static_cast<std::ptrdiff_t>(heddle::choose(ready_.size()));
      const Handler handler = std::move(next->handler);
      ready_.erase(next);
      handler();
    }
  }

  /// What `co_await loop.answer()` waits for: something outside has an answer, and the loop has
  /// come to handle it. Handlers that are ready meanwhile may run first.
  auto answer() {
    struct Awaiter {
      EventLoop& loop;
      bool await_ready() const { return false; }
      void await_suspend(std::coroutine_handle<> waiter) {
        loop.post([waiter] { waiter.resume(); });
      }
      void await_resume() const {}
    };
    return Awaiter{*this};
  }

 private:
  struct Ready {
    Ticket ticket;
    Handler handler;
  };
  std::vector<Ready> ready_;
  Ticket last_ticket_ = 0;
};

/// A coroutine without a result. It begins at once and runs to its first co_await. The Task owns
/// its frame: destroying the Task destroys whatever the coroutine has not done yet. A coroutine may
/// co_await another one's Task.
class [[nodiscard]] Task {
 public:
  struct promise_type;
  using Handle = std::coroutine_handle<promise_type>;

  struct promise_type {
    std::coroutine_handle<> awaiting = std::noop_coroutine();

    struct Final {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(Handle ended) const noexcept {
        return ended.promise().awaiting;
      }
      void await_resume() const noexcept {}
    };
    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    Final final_suspend() const noexcept { return {}; }
    void return_void() const {}
    void unhandled_exception() const { std::terminate(); }
  };

  Task() = default;
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~Task() { destroy(); }

  /// Ends the coroutine where it is: its locals are destroyed, and its frame is freed.
  void destroy() {
    if (frame_) {
      std::exchange(frame_, nullptr).destroy();
    }
  }

  bool await_ready() const { return frame_.done(); }
  void await_suspend(std::coroutine_handle<> waiter) { frame_.promise().awaiting = waiter; }
  void await_resume() const {}

 private:
  explicit Task(Handle frame) : frame_(frame) {}
  Handle frame_ = nullptr;
};

/// Something that happens once. Coroutines may wait for it, before or after.
class Happening {
 public:
  explicit Happening(EventLoop& loop) : loop_(loop) {}

  void happen() {
    happened_ = true;
    for (const std::coroutine_handle<> waiter : std::exchange(waiters_, {})) {
      loop_.post([waiter] { waiter.resume(); });
    }
  }
  bool await_ready() const { return happened_; }
  void await_suspend(std::coroutine_handle<> waiter) { waiters_.push_back(waiter); }
  void await_resume() const {}

 private:
  EventLoop& loop_;
  bool happened_ = false;
  std::vector<std::coroutine_handle<>> waiters_;
};

/// A lock for coroutines: `const AsyncMutex::Lock lock = co_await mutex;`. A coroutine that has to
/// wait lets the loop go on; the lock is handed to those who wait in their order.
class AsyncMutex {
 public:
  explicit AsyncMutex(EventLoop& loop) : loop_(loop) {}

  class [[nodiscard]] Lock {
   public:
    explicit Lock(AsyncMutex& mutex) : mutex_(mutex) {}
    ~Lock() { mutex_.unlock(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    AsyncMutex& mutex_;
  };

  bool await_ready() { return !std::exchange(locked_, true); }
  void await_suspend(std::coroutine_handle<> waiter) { waiters_.push_back(waiter); }
  Lock await_resume() { return Lock(*this); }

 private:
  void unlock() {
    if (waiters_.empty()) {
      locked_ = false;
      return;
    }
    const std::coroutine_handle<> next = waiters_.front();
    waiters_.erase(waiters_.begin());
    loop_.post([next] { next.resume(); });
  }

  EventLoop& loop_;
  bool locked_ = false;
  std::vector<std::coroutine_handle<>> waiters_;
};

}  // namespace bugs
