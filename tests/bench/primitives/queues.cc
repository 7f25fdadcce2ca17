// SPDX-License-Identifier: Apache-2.0
// Queues, stacks, channels and pools. Each operation is a push and a pop by the same thread, unless
// it says otherwise.
#include <tbb/concurrent_queue.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#include <boost/lockfree/stack.hpp>
#include <deque>
#include <mutex>
#include <thread>

#include "primitives/channel.h"
#include "primitives/epoch.h"
#include "primitives/hazard_pointer.h"
#include "primitives/mailbox.h"
#include "primitives/mpmc_ring.h"
#include "primitives/mpsc_queue.h"
#include "primitives/spsc_ring.h"
#include "primitives/thread_pool.h"
#include "primitives/treiber_stack.h"
#include "primitives/work_stealing_deque.h"
#include "tests/bench/primitives/contest.h"

namespace primitives_bench {
namespace {

using namespace primitives;

constexpr std::size_t kCapacity = 1024;

template <class Queue>
void push_and_pop(benchmark::State& state) {
  auto& queue = shared<Queue>();
  long value = 0;
  for (auto _ : state) {
    queue.push(value);
    queue.pop(value);
    benchmark::DoNotOptimize(value);
  }
}

/// From the first thread to the second; alone, a push and a pop.
template <class Queue>
void one_to_other(benchmark::State& state) {
  auto& queue = shared<Queue>();
  long value = 0;
  if (state.threads() == 1) {
    push_and_pop<Queue>(state);
  } else if (state.thread_index() == 0) {
    for (auto _ : state) {
      while (!queue.push(value)) {
        std::this_thread::yield();
      }
    }
  } else {
    for (auto _ : state) {
      while (!queue.pop(value)) {
        std::this_thread::yield();
      }
    }
  }
}

template <class Ring>
struct OurRing {
  bool push(long value) { return ring.try_push(value); }
  bool pop(long& value) { return ring.try_pop(value); }
  Ring ring{kCapacity};
};
struct OurMpscQueue {
  void push(long value) { queue.push(value); }
  bool pop(long& value) { return queue.try_pop(value); }
  MpscQueue<long> queue;
};
struct OurStack {
  HazardDomain domain{8};
  TreiberStack<long> stack;
};
struct OurDeque {
  void push(long value) { deque.push(value); }
  bool pop(long& value) { return deque.try_pop(value); }
  WorkStealingDeque<long> deque;
};
struct OurChannel {
  void push(long value) { channel.send(value); }
  void pop(long& value) { value = *channel.receive(); }
  Channel<long> channel{kCapacity};
};
struct OurMailbox {
  void push(long value) { mailbox.send(value); }
  void pop(long& value) { value = *mailbox.receive(); }
  Mailbox<long> mailbox;
};

struct BoostSpsc {
  bool push(long value) { return queue.push(value); }
  bool pop(long& value) { return queue.pop(value); }
  boost::lockfree::spsc_queue<long, boost::lockfree::capacity<kCapacity>> queue;
};
struct BoostBounded {
  bool push(long value) { return queue.bounded_push(value); }
  bool pop(long& value) { return queue.pop(value); }
  boost::lockfree::queue<long, boost::lockfree::capacity<kCapacity>> queue;
};
struct BoostQueue {
  void push(long value) { queue.push(value); }
  bool pop(long& value) { return queue.pop(value); }
  boost::lockfree::queue<long> queue{kCapacity};
};
struct BoostStack {
  void push(long value) { stack.push(value); }
  bool pop(long& value) { return stack.pop(value); }
  boost::lockfree::stack<long> stack{kCapacity};
};
struct TbbQueue {
  void push(long value) { queue.push(value); }
  bool pop(long& value) { return queue.try_pop(value); }
  tbb::concurrent_queue<long> queue;
};
struct TbbBounded {
  TbbBounded() { queue.set_capacity(kCapacity); }
  void push(long value) { queue.push(value); }
  void pop(long& value) { queue.pop(value); }
  tbb::concurrent_bounded_queue<long> queue;
};
/// The simplest thing that works.
template <class Container>
struct Locked {
  void push(long value) {
    std::lock_guard guard(mutex);
    container.push_back(value);
  }
  bool pop(long& value) {
    std::lock_guard guard(mutex);
    if (container.empty()) {
      return false;
    }
    value = container.front();
    container.pop_front();
    return true;
  }
  std::mutex mutex;
  Container container;
};

void push_and_pop_stack(benchmark::State& state) {
  auto& with_domain = shared<OurStack>();
  HazardDomain::Seat seat(with_domain.domain);
  long value = 0;
  for (auto _ : state) {
    with_domain.stack.push(seat, value);
    with_domain.stack.try_pop(seat, value);
    benchmark::DoNotOptimize(value);
  }
}

constexpr int kTasks = 100;

/// Threads beside the one that waits, and works, too: as many as TBB has.
std::size_t helpers() { return std::max(std::thread::hardware_concurrency(), 2U) - 1; }

void post_to_pool(benchmark::State& state) {
  static auto* const pool = new ThreadPool(helpers());
  std::atomic<int> done{0};
  for (auto _ : state) {
    for (int i = 0; i < kTasks; ++i) {
      pool->post([&] { done.fetch_add(1, std::memory_order_relaxed); });
    }
    pool->wait_idle();
  }
}

void post_to_tbb(benchmark::State& state) {
  std::atomic<int> done{0};
  for (auto _ : state) {
    tbb::task_group group;
    for (int i = 0; i < kTasks; ++i) {
      group.run([&] { done.fetch_add(1, std::memory_order_relaxed); });
    }
    group.wait();
  }
}

void protect(benchmark::State& state) {
  auto& domain = shared<HazardDomain, std::size_t{8}>();
  static std::atomic<long*> source{new long(1)};
  HazardDomain::Seat seat(domain);
  for (auto _ : state) {
    benchmark::DoNotOptimize(*seat.protect(source));
  }
}

void pin(benchmark::State& state) {
  auto& domain = shared<EpochDomain, std::size_t{8}>();
  static std::atomic<long*> source{new long(1)};
  EpochDomain::Seat seat(domain);
  for (auto _ : state) {
    EpochDomain::Pin pinned(seat);
    benchmark::DoNotOptimize(*source.load(std::memory_order_acquire));
  }
}

void enter_containers() {
  enter("SPSC queue", Side::kOurs, "SpscRing", &one_to_other<OurRing<SpscRing<long>>>, 2);
  enter("SPSC queue", Side::kTheirs, "boost::lockfree::spsc_queue", &one_to_other<BoostSpsc>, 2);
  enter("MPMC queue, bounded", Side::kOurs, "MpmcRing", &push_and_pop<OurRing<MpmcRing<long>>>);
  enter("MPMC queue, bounded", Side::kTheirs, "boost::lockfree::queue",
        &push_and_pop<BoostBounded>);
  enter("MPMC queue, bounded", Side::kTheirs, "tbb::concurrent_bounded_queue",
        &push_and_pop<TbbBounded>);
  enter("queue to one thread", Side::kOurs, "MpscQueue", &push_and_pop<OurMpscQueue>, 1);
  enter("queue to one thread", Side::kTheirs, "boost::lockfree::queue", &push_and_pop<BoostQueue>,
        1);
  enter("queue to one thread", Side::kTheirs, "tbb::concurrent_queue", &push_and_pop<TbbQueue>, 1);
  enter("stack", Side::kOurs, "TreiberStack", &push_and_pop_stack);
  enter("stack", Side::kTheirs, "boost::lockfree::stack", &push_and_pop<BoostStack>);
  enter("work-stealing deque, its owner", Side::kOurs, "WorkStealingDeque", &push_and_pop<OurDeque>,
        1);
  enter("work-stealing deque, its owner", Side::kTheirs, "std::mutex, std::deque",
        &push_and_pop<Locked<std::deque<long>>>, 1);
}

}  // namespace

void enter_queues() {
  enter_containers();
  enter("channel", Side::kOurs, "Channel", &push_and_pop<OurChannel>);
  enter("channel", Side::kTheirs, "tbb::concurrent_bounded_queue", &push_and_pop<TbbBounded>);
  enter("mailbox", Side::kOurs, "Mailbox", &push_and_pop<OurMailbox>, 1);
  enter("mailbox", Side::kTheirs, "tbb::concurrent_bounded_queue", &push_and_pop<TbbBounded>, 1);
  enter("pool, 100 tasks", Side::kOurs, "ThreadPool", &post_to_pool, 1);
  enter("pool, 100 tasks", Side::kTheirs, "tbb::task_group", &post_to_tbb, 1);
  enter("protected read", Side::kOurs, "HazardDomain", &protect);
  enter("protected read", Side::kOurs, "EpochDomain", &pin);
}

}  // namespace primitives_bench
