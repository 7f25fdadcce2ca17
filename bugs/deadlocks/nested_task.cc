// SPDX-License-Identifier: Apache-2.0
// Nested task. A task that runs on a pool submits a smaller one to the same pool and waits for it.
// The pool's only worker is busy: with the waiting.
//
//   worker                              queue
//   -----------------------------------------
//   takes the task                      empty
//   submits the part                    part
//   waits until the part is done        part, and nobody to take it
#include <array>
#include <cassert>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"

namespace {

// Jobs by number, done in order of submission.
class Queue {
 public:
  static constexpr int kTask = 1;
  static constexpr int kPart = 2;
  static constexpr int kEnd = 3;

  void submit(int job) {
    std::lock_guard lock(mutex_);
    jobs_[submitted_++] = job;
    submitted_one_.notify_one();
  }
  int take() {
    std::unique_lock lock(mutex_);
    submitted_one_.wait(lock, [&] { return taken_ < submitted_; });
    return jobs_[taken_++];
  }
  void mark_part_done() {
    std::lock_guard lock(mutex_);
    part_done_ = true;
    finished_.notify_all();
  }
  void wait_for_part() {
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [&] { return part_done_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable submitted_one_;
  std::condition_variable finished_;
  std::array<int, 4> jobs_{};
  int submitted_ = 0;
  int taken_ = 0;
  bool part_done_ = false;
};

namespace buggy {
void body() {
  Queue queue;
  std::thread worker([&] {
    for (int job = queue.take(); job != Queue::kEnd; job = queue.take()) {
      if (job == Queue::kTask) {
        queue.submit(Queue::kPart);
        queue.wait_for_part();
      } else {
        queue.mark_part_done();
      }
    }
  });
  queue.submit(Queue::kTask);
  queue.wait_for_part();
  queue.submit(Queue::kEnd);
  worker.join();
}
}  // namespace buggy

// Fix: who waits helps. It does jobs of the queue until its part is done.
namespace helping_wait {
void body() {
  Queue queue;
  std::thread worker([&] {
    for (int job = queue.take(); job != Queue::kEnd; job = queue.take()) {
      if (job == Queue::kTask) {
        queue.submit(Queue::kPart);
        while (queue.take() != Queue::kPart) {
        }
        queue.mark_part_done();
      } else {
        queue.mark_part_done();
      }
    }
  });
  queue.submit(Queue::kTask);
  queue.wait_for_part();
  queue.submit(Queue::kEnd);
  worker.join();
}
}  // namespace helping_wait

// Fix: the task does not wait. What is to be done after the part belongs to the part.
namespace continuation {
void body() {
  Queue queue;
  std::thread worker([&] {
    for (int job = queue.take(); job != Queue::kEnd; job = queue.take()) {
      if (job == Queue::kTask) {
        queue.submit(Queue::kPart);
      } else {
        queue.mark_part_done();
      }
    }
  });
  queue.submit(Queue::kTask);
  queue.wait_for_part();
  queue.submit(Queue::kEnd);
  worker.join();
}
}  // namespace continuation

// Fix: parts go to a pool of their own, whose workers never wait for each other.
namespace own_pool {
void body() {
  Queue queue;
  Queue parts;
  std::thread worker([&] {
    for (int job = queue.take(); job != Queue::kEnd; job = queue.take()) {
      if (job == Queue::kTask) {
        parts.submit(Queue::kPart);
        queue.wait_for_part();
      }
    }
  });
  std::thread part_worker([&] {
    if (parts.take() == Queue::kPart) {
      queue.mark_part_done();
    }
  });
  queue.submit(Queue::kTask);
  queue.submit(Queue::kEnd);
  worker.join();
  part_worker.join();
}
}  // namespace own_pool

// Fix: more workers than tasks that wait. It holds as long as there are not more of those.
namespace more_workers {
void body() {
  Queue queue;
  auto work = [&] {  // One job for each of the two workers.
    const int job = queue.take();
    if (job == Queue::kTask) {
      queue.submit(Queue::kPart);
      queue.wait_for_part();
    } else {
      queue.mark_part_done();
    }
  };
  std::thread worker(work);
  std::thread another(work);
  queue.submit(Queue::kTask);
  queue.wait_for_part();
  worker.join();
  another.join();
}
}  // namespace more_workers

using enum heddle::DeadlockCause;
using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "deadlocks",
    .name = "nested_task",
    .title = "A task waits for a part that only its own worker could do",
    .story = "A task on a pool splits off a part, submits it to the same pool and waits for it. "
             "With as many such tasks as workers, here one, all workers wait and none is left to "
             "do the parts. With more workers it takes more tasks.",
    .kind = "thread pool starvation deadlock",
    .cwe = "833,410",
    .threads = 2,
    .tsan_reason = "Waiting for ever is not something that it looks for: every run hangs without a "
                   "report.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDeadlock},
             .causes = {kMissingSignal},
             .tsan = {"hang"}},
            {.name = "helping_wait",
             .body = helping_wait::body,
             .adds = "progress: the waiting worker does the job it waits for",
             .primitive = "a wait that takes jobs"},
            {.name = "continuation",
             .body = continuation::body,
             .adds = "no hold and wait: no worker waits while it has a job",
             .primitive = "a continuation"},
            {.name = "own_pool",
             .body = own_pool::body,
             .adds = "order: tasks wait for parts, and parts for nobody",
             .primitive = "a second pool"},
            {.name = "more_workers",
             .body = more_workers::body,
             .adds = "room: one worker is left for the part",
             .primitive = "a second worker"},
        },
}};

}  // namespace
