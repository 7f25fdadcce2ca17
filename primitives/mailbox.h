// SPDX-License-Identifier: Apache-2.0
// The mailbox of an actor (Hewitt, Bishop and Steiger, IJCAI 1973): anybody sends, one thread, the
// owner, receives and sleeps while there is nothing. An MPSC queue with an eventcount.
//
//   Mailbox<Message> mailbox;
//   std::thread actor([&] { mailbox.run([&](Message message) { ... }); });
//   mailbox.send(...);   mailbox.close();   actor.join();
//
// Contract
//   Thread safety    send() and close() by anybody, the rest by the owner. Destroyed when all are
//                    done.
//   Invariant        as of the queue; an owner that sleeps has announced itself before it looked
//                    at the queue for the last time.
//   Memory ordering  a send happens-before what follows the receive of its message; close()
//                    happens-before what follows a receive() that returned none.
//   Progress         sending never waits, but for memory. Messages of one sender come in their
//                    order.
//   Cost             a heap block a message; sending to an owner that is awake costs a push, a
//                    fence and a load.
#pragma once

#include <atomic>
#include <optional>
#include <utility>

#include "primitives/eventcount.h"
#include "primitives/mpsc_queue.h"
#include "primitives/policies.h"

namespace primitives {

template <class T, class Orders = AsWritten>
class BasicMailbox {
 public:
  enum Site { kClose, kClosed, kSites };

  template <class U>
  void send(U&& message) {
    messages_.push(std::forward<U>(message));
    events_.notify_one();
  }

  /// No messages follow. Those that are sent before it are received; of those that others send at
  /// the same time, some may not be.
  void close() {
    // release: all that was sent before; pairs with acquire in receive().
    closed_.store(true, Orders::at(kClose, std::memory_order_release));
    events_.notify_one();
  }

  /// Waits for a message. None if the mailbox is closed and empty.
  std::optional<T> receive() {
    T message;
    bool got = false;
    events_.await([&] {
      // acquire: all that was sent before; pairs with release in close().
      const bool closed = closed_.load(Orders::at(kClosed, std::memory_order_acquire));
      got = messages_.try_pop(message);
      return got || closed;
    });
    return got ? std::optional<T>(std::move(message)) : std::nullopt;
  }

  /// `handle` gets each message, until the mailbox is closed and empty.
  template <class Handle>
  void run(const Handle& handle) {
    while (std::optional<T> message = receive()) {
      handle(std::move(*message));
    }
  }

 private:
  BasicMpscQueue<T> messages_;
  EventCount events_;
  std::atomic<bool> closed_{false};
};

template <class T>
using Mailbox = BasicMailbox<T>;

}  // namespace primitives
