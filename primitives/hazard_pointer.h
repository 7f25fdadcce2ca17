// SPDX-License-Identifier: Apache-2.0
// Hazard pointers (Michael, "Hazard pointers: safe memory reclamation for lock-free objects", TPDS
// 2004): a thread says which object it looks at, and none that is looked at is destroyed. A thread
// takes part through a Seat of its own:
//
//   HazardDomain domain(8);              // shared; at most 8 seats at a time
//   HazardDomain::Seat seat(domain);     // one a thread
//   Node* node = seat.protect(head);     // may be read until clear() or the next protect()
//   seat.clear();
//   seat.retire(unlinked);               // destroyed when nobody looks at it
//   seat.recycle(unlinked);              // the same, or returned by reuse() instead
//
// Contract
//   Thread safety    one thread a Seat. An object is retired once, by who made it unreachable
//                    from the variables that others protect it from.
//   Invariant        what a seat's `hazard` named when the variable still held it stays alive
//                    until that seat names something else.
//   Memory ordering  what was before the store of the pointer that protect() returns
//                    happens-before what follows it, if that store released. What a seat did with
//                    an object happens-before its destruction.
//   Progress         protect() is lock-free, clear() wait-free; retire() is wait-free but for
//                    memory: every kBatch calls it looks at all seats. At most kBatch + seats
//                    objects wait in a seat; they wait for the next taker of its place if it is
//                    destroyed. At most kBatch objects are kept for reuse(), by the seat.
//   Cost             a cache line or two a seat. protect() is two loads and a seq_cst store; a
//                    retired object costs seats / kBatch loads on average. reuse() and recycle()
//                    of a seat that is warm allocate nothing.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <vector>

#include "primitives/places.h"
#include "primitives/policies.h"

namespace primitives {

template <std::size_t kBatch = 64, class Orders = AsWritten>
class BasicHazardDomain {
 public:
  enum Site { kName, kFind, kClear, kUnlinked, kLook, kTake, kLeave, kSites };

  explicit BasicHazardDomain(std::size_t seats) : places_(seats) {}

 private:
  struct alignas(kCacheLine) Record {
    std::atomic<const void*> hazard{nullptr};
    std::atomic<bool> taken{false};
    std::vector<Retired> waiting;
    std::vector<const void*> seen;  ///< By its owner, when it looked last.
  };

 public:
  class Seat {
   public:
    explicit Seat(BasicHazardDomain& domain) : domain_(domain), record_(domain.places_.take()) {}
    ~Seat() {
      clear();
      domain_.places_.leave(record_);
      for (const Retired& object : ready_) {
        object.destroy(object.object);
      }
    }
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;

    /// What `source` points to, protected; the object before it no longer.
    template <class T>
    T* protect(const std::atomic<T*>& source) {
      // relaxed: a guess.
      T* guess = source.load(std::memory_order_relaxed);
      while (true) {
        // seq_cst: named before `source` is read again; pairs with the fence in let_go_unseen().
        // So it releases, too: what was done with the object before; pairs with acquire in look().
        record_.hazard.store(guess, Orders::at(kName, std::memory_order_seq_cst));
        // seq_cst: the other half. So it acquires the object, if who published it released it.
        T* const found = source.load(Orders::at(kFind, std::memory_order_seq_cst));
        if (found == guess) {
          return found;
        }
        guess = found;
      }
    }

    void clear() {
      // release: what was done with the object; pairs with acquire in look().
      record_.hazard.store(nullptr, Orders::at(kClear, std::memory_order_release));
    }

    template <class T>
    void retire(T* object) {
      wait(retired(object));
    }

    /// As retire(); but reuse() of this seat may return it when nobody looks at it.
    template <class T>
    void recycle(T* object) {
      Retired spent = retired(object);
      spent.again = true;
      wait(spent);
    }

    /// An object that was recycled in this seat, as it was then, and that nobody looks at. Null if
    /// there is none at hand. A seat that recycles several types keeps few: what it meets of
    /// another type is destroyed.
    template <class T>
    T* reuse() {
      while (!ready_.empty()) {
        const Retired object = ready_.back();
        ready_.pop_back();
        if (object.destroy == retired(static_cast<T*>(nullptr)).destroy) {
          return static_cast<T*>(object.object);
        }
        object.destroy(object.object);
      }
      return nullptr;
    }

    /// How many objects wait in this place.
    std::size_t waiting() const { return record_.waiting.size(); }

   private:
    void wait(const Retired& object) {
      record_.waiting.push_back(object);
      if (record_.waiting.size() >= kBatch) {
        domain_.let_go_unseen(record_, ready_);
      }
    }

    BasicHazardDomain& domain_;
    Record& record_;
    std::vector<Retired> ready_;  // For reuse(): nobody looks at them.
  };

 private:
  /// Destroys what `own` need not keep, or puts it in `ready`.
  void let_go_unseen(Record& own, std::vector<Retired>& ready) {
    // seq_cst: made unreachable before the hazards are read; pairs with seq_cst in protect().
    fence(Orders::at(kUnlinked, std::memory_order_seq_cst));
    look(own.seen);
    const auto kept =
        std::partition(own.waiting.begin(), own.waiting.end(), [&](const Retired& object) {
          return std::find(own.seen.begin(), own.seen.end(), object.object) != own.seen.end();
        });
    for (auto object = kept; object != own.waiting.end(); ++object) {
      if (object->again && ready.size() < kBatch) {
        ready.push_back(*object);
      } else {
        object->destroy(object->object);
      }
    }
    own.waiting.erase(kept, own.waiting.end());
  }

  void look(std::vector<const void*>& seen) {
    seen.clear();
    for (Record& record : places_) {
      // acquire: what its owner did with objects before; pairs with release in protect(), clear().
      const void* const hazard = record.hazard.load(Orders::at(kLook, std::memory_order_acquire));
      if (hazard != nullptr) {
        seen.push_back(hazard);
      }
    }
  }

  Places<Record, Orders, kTake, kLeave> places_;
};

using HazardDomain = BasicHazardDomain<>;

}  // namespace primitives
