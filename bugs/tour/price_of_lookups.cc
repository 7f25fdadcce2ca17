// SPDX-License-Identifier: Apache-2.0
// The price of each fix of a shared table: nine look-ups for each insertion, under one lock, under
// a lock for readers and writers, under a lock for each shard, by messages to an owner; and of a
// snapshot that is only read, with one change in a hundred, which may also be replaced as a whole.
#include <array>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "bugs/tour/mailbox.h"
#include "bugs/tour/measure.h"

namespace tour {
namespace {

constexpr unsigned kKeys = 1024;

/// A key that looks random, and whether to write: the same for every way that is measured.
struct Request {
  unsigned key;
  bool writes;
};

Request next_request(unsigned writes_per_thousand) {
  thread_local std::uint32_t state = 2463534242;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return {state % kKeys, (state >> 10) % 1000 < writes_per_thousand};
}

using Map = std::unordered_map<unsigned, unsigned>;

Map full_map() {
  Map map;
  for (unsigned key = 0; key < kKeys; ++key) {
    map[key] = key;
  }
  return map;
}

void serve(Map& map, const Request& request) {
  if (request.writes) {
    map[request.key] += 1;
  } else {
    keep(map.find(request.key)->second);
  }
}

constexpr unsigned kTableWrites = 100;

double one_lock(unsigned threads, const Settings& settings) {
  std::mutex mutex;
  Map map = full_map();
  return throughput(threads, settings.duration(), [&](unsigned) {
    const Request request = next_request(kTableWrites);
    std::lock_guard lock(mutex);
    serve(map, request);
  });
}

double shared_mutex(unsigned threads, const Settings& settings) {
  std::shared_mutex mutex;
  Map map = full_map();
  return throughput(threads, settings.duration(), [&](unsigned) {
    const Request request = next_request(kTableWrites);
    if (request.writes) {
      std::unique_lock lock(mutex);
      serve(map, request);
    } else {
      std::shared_lock lock(mutex);
      serve(map, request);
    }
  });
}

struct alignas(64) Shard {
  std::mutex mutex;
  Map map = full_map();
};

double sharded(unsigned threads, const Settings& settings) {
  auto shards = std::make_unique<std::array<Shard, 16>>();
  return throughput(threads, settings.duration(), [&](unsigned) {
    const Request request = next_request(kTableWrites);
    Shard& shard = (*shards)[request.key % shards->size()];
    std::lock_guard lock(shard.mutex);
    serve(shard.map, request);
  });
}

double messages(unsigned threads, const Settings& settings) {
  Map map = full_map();
  const auto act = [&](const Request& request) { serve(map, request); };
  Owner<Request, decltype(act)> owner(act);
  return throughput(threads, settings.duration(),
                    [&](unsigned) { owner.send(next_request(kTableWrites)); });
}

/// Two numbers that must be read together.
struct Snapshot {
  unsigned x = 0;
  unsigned y = 0;
};

constexpr unsigned kSnapshotWrites = 10;

double snapshot_mutex(unsigned threads, const Settings& settings) {
  std::mutex mutex;
  Snapshot snapshot;
  return throughput(threads, settings.duration(), [&](unsigned) {
    const Request request = next_request(kSnapshotWrites);
    std::lock_guard lock(mutex);
    snapshot = request.writes ? Snapshot{request.key, request.key} : snapshot;
    keep(snapshot);
  });
}

double snapshot_shared_mutex(unsigned threads, const Settings& settings) {
  std::shared_mutex mutex;
  Snapshot snapshot;
  return throughput(threads, settings.duration(), [&](unsigned) {
    const Request request = next_request(kSnapshotWrites);
    if (request.writes) {
      std::unique_lock lock(mutex);
      snapshot = {request.key, request.key};
    } else {
      std::shared_lock lock(mutex);
      keep(snapshot);
    }
  });
}

/// As in races/torn_snapshot/second_look, for several writers: who makes the sequence odd writes.
class Seqlock {
 public:
  void write(const Snapshot& snapshot) {
    unsigned even = sequence_.load(std::memory_order_relaxed) & ~1u;
    while (!sequence_.compare_exchange_weak(even, even + 1, std::memory_order_acquire)) {
      even &= ~1u;
    }
    std::atomic_thread_fence(std::memory_order_release);
    x_.store(snapshot.x, std::memory_order_relaxed);
    y_.store(snapshot.y, std::memory_order_relaxed);
    sequence_.store(even + 2, std::memory_order_release);
  }
  Snapshot read() const {
    for (;;) {
      const unsigned before = sequence_.load(std::memory_order_acquire);
      const Snapshot copy{x_.load(std::memory_order_relaxed), y_.load(std::memory_order_relaxed)};
      std::atomic_thread_fence(std::memory_order_acquire);
      if (before % 2 == 0 && sequence_.load(std::memory_order_relaxed) == before) {
        return copy;
      }
      std::this_thread::yield();
    }
  }

 private:
  std::atomic<unsigned> sequence_{0};
  std::atomic<unsigned> x_{0};
  std::atomic<unsigned> y_{0};
};

double snapshot_seqlock(unsigned threads, const Settings& settings) {
  Seqlock snapshot;
  return throughput(threads, settings.duration(), [&](unsigned) {
    const Request request = next_request(kSnapshotWrites);
    if (request.writes) {
      snapshot.write({request.key, request.key});
    } else {
      keep(snapshot.read());
    }
  });
}

double snapshot_immutable(unsigned threads, const Settings& settings) {
  std::atomic<std::shared_ptr<const Snapshot>> snapshot{std::make_shared<const Snapshot>()};
  return throughput(threads, settings.duration(), [&](unsigned) {
    const Request request = next_request(kSnapshotWrites);
    if (request.writes) {
      snapshot.store(std::make_shared<const Snapshot>(Snapshot{request.key, request.key}));
    } else {
      keep(*snapshot.load());
    }
  });
}

std::vector<Table> run(const Settings& settings) {
  return {{.title = "a hash table, one write in ten",
           .unit = "million a second",
           .more_is_better = true,
           .columns = thread_columns(),
           .rows = {over_threads("mutex", one_lock, "races/hash_resize/mutex", settings),
                    over_threads("shared_mutex", shared_mutex, "races/torn_snapshot/shared_mutex",
                                 settings),
                    over_threads("16 shards, a mutex each", sharded, "races/hash_resize/sharded",
                                 settings),
                    over_threads("messages to an owner", messages, "races/hash_resize/owner_thread",
                                 settings)}},
          {.title = "two numbers, read together, one write in a hundred",
           .unit = "million a second",
           .more_is_better = true,
           .columns = thread_columns(),
           .rows = {over_threads("mutex", snapshot_mutex, "usecases/sensor_hub/mutex", settings),
                    over_threads("shared_mutex", snapshot_shared_mutex,
                                 "races/torn_snapshot/shared_mutex", settings),
                    over_threads("sequence lock", snapshot_seqlock,
                                 "races/torn_snapshot/second_look", settings),
                    over_threads("immutable snapshot", snapshot_immutable,
                                 "races/torn_snapshot/immutable", settings)}}};
}

const Registration kRegistration{{.name = "price_of_lookups",
                                  .title = "What it costs to look things up in what others change",
                                  .file = __FILE__,
                                  .exhibits = {"races/hash_resize", "races/torn_snapshot"},
                                  .run = run}};

}  // namespace
}  // namespace tour
