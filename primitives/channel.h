// SPDX-License-Identifier: Apache-2.0
// Channels between threads (Hoare, "Communicating sequential processes", CACM 1978; closing and
// select as in Go): of a capacity, or of none, so that sender and receiver meet.
//
//   Channel<int> numbers(8);                     // Channel<int> meet(0);
//   numbers.send(1);                             // false if it is closed
//   while (std::optional<int> n = numbers.receive()) ...   // none: closed, and nothing is left
//   switch (select(Receive(numbers, n), Send(others, 2))) ...
//
// A thread that has to wait hangs a Waiter for each of its cases into the channels' lines and
// sleeps on its Ticket. Whoever comes with the counterpart claims the ticket, moves the value
// between the two threads' own variables, and wakes it. A select locks all its channels at once, in
// the order of their addresses: nobody can claim a thread that is still claiming others.
//
// Contract
//   Thread safety    all members. Destroyed when nobody waits in it or is to come.
//   Invariant        if receivers wait, the buffer is empty and no sender waits; if senders wait,
//                    the buffer is full. (Those that wait elsewhere, too, and were served there
//                    may still hang in a line.)
//   Memory ordering  a send happens-before what follows the receive of its value; the k-th
//                    receive happens-before what follows the (k + capacity)-th send; close()
//                    happens-before what follows a receive that found it closed.
//   Progress         blocking; each line is served in order. Of the cases of a select that are
//                    ready the first one is taken: put rare ones in front.
//   Cost             a mutex and a slot a value. An operation that does not wait is a lock and an
//                    unlock; one that does costs two system calls, one in each of the two
//                    threads.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "primitives/channel_wait.h"
#include "primitives/slot.h"

namespace primitives {

template <class T, class Orders>
class Receive;
template <class T, class Orders>
class Send;

template <class T, class Orders = AsWritten>
class BasicChannel {
 public:
  explicit BasicChannel(std::size_t capacity)
      : capacity_(capacity), slots_(std::make_unique<Slot<T>[]>(capacity)) {}
  ~BasicChannel() {
    while (size_ > 0) {
      take();
    }
  }
  BasicChannel(const BasicChannel&) = delete;
  BasicChannel& operator=(const BasicChannel&) = delete;

  /// Waits for room, or for a receiver. False, if the channel is closed, and `value` is gone.
  bool send(T value) {
    Send<T, Orders> one(*this, std::move(value));
    select(one);
    return one.done();
  }

  /// Waits for a value. None if the channel is closed and nothing is left in it.
  std::optional<T> receive() {
    std::optional<T> value;
    Receive<T, Orders> one(*this, value);
    select(one);
    return value;
  }

  /// Nobody can send any more; what is there can be received. Closing again does nothing.
  void close() {
    std::lock_guard guard(mutex_);
    closed_ = true;
    while (Waiter* const waiter = senders_.claim_first()) {
      waiter->finish(false);
    }
    while (Waiter* const waiter = receivers_.claim_first()) {
      waiter->finish(false);
    }
  }

 private:
  friend class Receive<T, Orders>;
  friend class Send<T, Orders>;

  using Waiter = ChannelWaiter<Orders>;

  void put(T&& value) { slots_[wrapped(first_ + size_++)].put(std::move(value)); }

  T take() {
    T& oldest = slots_[first_].value;
    T value = std::move(oldest);
    std::destroy_at(&oldest);
    first_ = wrapped(first_ + 1);
    --size_;
    return value;
  }

  std::size_t wrapped(std::size_t index) const {
    return index < capacity_ ? index : index - capacity_;
  }

  std::mutex mutex_;  // For all that follows.
  bool closed_ = false;
  const std::size_t capacity_;
  std::size_t first_ = 0;
  std::size_t size_ = 0;
  const std::unique_ptr<Slot<T>[]> slots_;
  ChannelLine<Orders> senders_;
  ChannelLine<Orders> receivers_;
};

/// A case of one select: receive into `into`, which is none if the channel is closed and empty.
template <class T, class Orders = AsWritten>
class Receive {
 public:
  using OrdersOf = Orders;

  Receive(BasicChannel<T, Orders>& channel, std::optional<T>& into)
      : channel_(channel), into_(into) {
    into_.reset();
  }
  Receive(const Receive&) = delete;
  Receive& operator=(const Receive&) = delete;

  std::mutex& mutex() const { return channel_.mutex_; }

  /// True if it is done. With the channel locked.
  bool poll() {
    if (channel_.size_ > 0) {
      into_.emplace(channel_.take());
      if (auto* const sender = channel_.senders_.claim_first()) {
        channel_.put(std::move(*static_cast<T*>(sender->value)));
        sender->finish(true);
      }
      return true;
    }
    if (auto* const sender = channel_.senders_.claim_first()) {
      into_.emplace(std::move(*static_cast<T*>(sender->value)));
      sender->finish(true);
      return true;
    }
    return channel_.closed_;
  }

  void hang_in(ChannelTicket<Orders>& ticket, std::size_t index) {
    channel_.receivers_.hang_in(waiter_, ticket, index, &into_);
  }
  void take_out() { channel_.receivers_.take_out(waiter_); }

 private:
  BasicChannel<T, Orders>& channel_;
  std::optional<T>& into_;
  ChannelWaiter<Orders> waiter_;
};

/// A case of one select: send `value`. done() tells whether it was: not if the channel is closed.
template <class T, class Orders = AsWritten>
class Send {
 public:
  using OrdersOf = Orders;

  Send(BasicChannel<T, Orders>& channel, T value) : channel_(channel), value_(std::move(value)) {}
  Send(const Send&) = delete;
  Send& operator=(const Send&) = delete;

  bool done() const { return waiter_.done; }
  std::mutex& mutex() const { return channel_.mutex_; }

  /// True if it is done, or never will be. With the channel locked.
  bool poll() {
    if (channel_.closed_) {
      return true;
    }
    if (auto* const receiver = channel_.receivers_.claim_first()) {
      static_cast<std::optional<T>*>(receiver->value)->emplace(std::move(value_));
      receiver->finish(true);
    } else if (channel_.size_ < channel_.capacity_) {
      channel_.put(std::move(value_));
    } else {
      return false;
    }
    waiter_.done = true;
    return true;
  }

  void hang_in(ChannelTicket<Orders>& ticket, std::size_t index) {
    channel_.senders_.hang_in(waiter_, ticket, index, &value_);
  }
  void take_out() { channel_.senders_.take_out(waiter_); }

 private:
  BasicChannel<T, Orders>& channel_;
  T value_;
  ChannelWaiter<Orders> waiter_;
};

template <class T, class Orders, class U>
Send(BasicChannel<T, Orders>&, U&&) -> Send<T, Orders>;

template <class T>
using Channel = BasicChannel<T>;

/// Does the first of the cases that can be done without waiting, and returns its number; none if
/// there is none. At most one is done.
template <class... Cases>
std::optional<std::size_t> try_select(Cases&&... cases) {
  ChannelLocks<sizeof...(Cases)> locks({&cases.mutex()...});
  locks.lock();
  const std::size_t ready = first_ready(cases...);
  locks.unlock();
  return ready < sizeof...(Cases) ? std::optional(ready) : std::nullopt;
}

/// Waits until one of the cases can be done, does it, and returns its number.
template <class First, class... Rest>
std::size_t select(First&& first, Rest&&... rest) {
  constexpr std::size_t kCases = 1 + sizeof...(Rest);
  ChannelLocks<kCases> locks({&first.mutex(), &rest.mutex()...});
  locks.lock();
  const std::size_t ready = first_ready(first, rest...);
  if (ready < kCases) {
    locks.unlock();
    return ready;
  }
  ChannelTicket<typename std::remove_reference_t<First>::OrdersOf> ticket;
  std::size_t index = 0;
  first.hang_in(ticket, index);
  (rest.hang_in(ticket, ++index), ...);
  locks.unlock();
  const std::size_t chosen = ticket.wait();
  if constexpr (kCases > 1) {
    locks.lock();
    first.take_out();
    (rest.take_out(), ...);
    locks.unlock();
  }
  return chosen;
}

}  // namespace primitives
