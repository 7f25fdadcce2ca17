// SPDX-License-Identifier: Apache-2.0
// Epoch-based reclamation (Fraser, "Practical lock-freedom", 2004, section 5.2.3): a thread says
// that it is looking, not at what. An object is destroyed two epochs after it was made unreachable;
// the epoch moves on when all that look have seen it. Where the fences must stand, and no second
// look at the epoch when pinning: as in crossbeam-epoch (2015 on).
//
//   EpochDomain domain(8);                     // shared; at most 8 seats at a time
//   EpochDomain::Seat seat(domain);            // one a thread
//   {
//     EpochDomain::Pin pin(seat);              // what is reachable now, stays until the pin goes
//     read(*shared.load(std::memory_order_acquire));
//   }
//   seat.retire(unlinked);                     // pinned or not
//
// Contract
//   Thread safety    one thread a Seat, and at most one Pin of it at a time. An object is retired
//                    once, by who made it unreachable.
//   Invariant        while a seat is pinned, epoch_ is at most one more than what it was pinned
//                    at. An object retired at e is destroyed when epoch_ has come to e + 2.
//   Memory ordering  what a thread did while pinned, with an object that was reachable,
//                    happens-before the object's destruction.
//   Progress         pinning and unpinning are wait-free, retire() is so but for memory. One
//                    thread that stays pinned keeps everything from being destroyed.
//   Cost             a cache line or two a seat. A pin is a load, two stores and a fence, however
//                    many objects are read. Every kBatch retired objects, a look at all seats.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "primitives/places.h"
#include "primitives/policies.h"

namespace primitives {

template <std::size_t kBatch = 64, class Orders = AsWritten>
class BasicEpochDomain {
 public:
  enum Site {
    kPin,
    kPinned,
    kUnpin,
    kUnlinked,
    kCheck,
    kSeen,
    kAdvance,
    kAdvanced,
    kTake,
    kLeave,
    kSites
  };

  explicit BasicEpochDomain(std::size_t seats) : places_(seats) {}

 private:
  struct alignas(kCacheLine) Record {
    /// kIdle, or the epoch that its owner is pinned at.
    std::atomic<std::uint64_t> pinned{kIdle};
    std::atomic<bool> taken{false};
    std::vector<Retired> waiting;
  };

 public:
  class Seat {
   public:
    explicit Seat(BasicEpochDomain& domain) : domain_(domain), record_(domain.places_.take()) {}
    ~Seat() { domain_.places_.leave(record_); }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

    template <class T>
    void retire(T* object) {
      // seq_cst: made unreachable before the epoch is read; pairs with the fences of Pin and
      // advance().
      fence(Orders::at(kUnlinked, std::memory_order_seq_cst));
      // relaxed: by the fence.
      const std::uint64_t epoch = domain_.epoch_.load(std::memory_order_relaxed);
      record_.waiting.push_back(retired(object, epoch));
      if (record_.waiting.size() >= kBatch) {
        domain_.advance();
        domain_.destroy_old(record_.waiting);
      }
    }

    /// Tries to move the epoch on and destroys what this seat has retired long enough ago.
    void collect() {
      domain_.advance();
      domain_.destroy_old(record_.waiting);
    }

    /// How many objects wait in this place.
    std::size_t waiting() const { return record_.waiting.size(); }

   private:
    friend class BasicEpochDomain;

    BasicEpochDomain& domain_;
    Record& record_;
  };

  class Pin {
   public:
    explicit Pin(Seat& seat) : record_(seat.record_) {
      // relaxed: an old epoch keeps more alive than need be.
      const std::uint64_t epoch = seat.domain_.epoch_.load(std::memory_order_relaxed);
      // release: the last pin, which this hides; pairs with acquire in advance().
      record_.pinned.store(epoch, Orders::at(kPin, std::memory_order_release));
      // seq_cst: pinned before anything is read; pairs with the fences in retire() and advance().
      fence(Orders::at(kPinned, std::memory_order_seq_cst));
    }
    ~Pin() {
      // release: what was done while pinned; pairs with acquire in advance().
      record_.pinned.store(kIdle, Orders::at(kUnpin, std::memory_order_release));
    }
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;

   private:
    Record& record_;
  };

 private:
  static constexpr std::uint64_t kIdle = ~std::uint64_t{0};

  void advance() {
    // relaxed: the exchange makes sure.
    std::uint64_t epoch = epoch_.load(std::memory_order_relaxed);
    // seq_cst: the epoch before the seats; pairs with the fences of Pin and retire().
    fence(Orders::at(kCheck, std::memory_order_seq_cst));
    for (Record& record : places_) {
      // acquire: what was done while pinned; pairs with release in Pin.
      const std::uint64_t pinned = record.pinned.load(Orders::at(kSeen, std::memory_order_acquire));
      if (pinned != kIdle && pinned != epoch) {
        return;
      }
    }
    // release: what was acquired from all seats; pairs with acquire in destroy_old(). All advances
    // are one release sequence.
    epoch_.compare_exchange_strong(epoch, epoch + 1,
                                   Orders::at(kAdvance, std::memory_order_release),
                                   std::memory_order_relaxed);
  }

  void destroy_old(std::vector<Retired>& waiting) {
    // acquire: what was done with the objects; pairs with release in advance().
    const std::uint64_t epoch = epoch_.load(Orders::at(kAdvanced, std::memory_order_acquire));
    const auto old = std::partition(waiting.begin(), waiting.end(), [&](const Retired& object) {
      return object.since + 2 > epoch;
    });
    for (auto object = old; object != waiting.end(); ++object) {
      object->destroy(object->object);
    }
    waiting.erase(old, waiting.end());
  }

  std::atomic<std::uint64_t> epoch_{0};
  Places<Record, Orders, kTake, kLeave> places_;
};

using EpochDomain = BasicEpochDomain<>;

}  // namespace primitives
