// SPDX-License-Identifier: Apache-2.0
// The chapters' texts.
#include "bugs/tour/chapters.h"

namespace tour {
namespace {

using enum Kind;

std::vector<Chapter> first_chapters() {
  return {
      {"concurrency",
       "Concurrency and parallelism",
       "Concurrent is what is under way at the same time: one cashier who turns to the next "
       "customer while the last one looks for the purse. Parallel is what is done at the same "
       "time: "
       "several cashiers, on several processors. The one helps with waiting, the other with work.",
       {{kMeasure,
         "cashiers",
         "A shop with one cashier, and with several",
         "In the first column customers wait for themselves: a cashier who switches is as good as "
         "several, on one core as on many. In the second all is work: switching wins nothing, "
         "several cashiers on one core win nothing either, and only more cores do.",
         {}},
        {kMeasure,
         "waiting_or_computing",
         "I/O-bound and CPU-bound work: threads, coroutines, processes",
         "Waiting can be shared out in any way, also to coroutines in a single thread. Computing "
         "needs threads or processes, and gains as much as there are cores; coroutines in one "
         "thread take turns.",
         {"usecases/download_manager", "usecases/matrix_multiply"}}}},
      {"units",
       "Task, thread, process, event, coroutine",
       "A task is a piece of work; who does it is another question. A thread does one thing after "
       "the other and shares memory with its siblings; a process does not share. An event is "
       "something that happened, for which a handler is called; a coroutine is a function that "
       "can stop in the middle, so that a single thread goes on with another one.",
       {{kMeasure,
         "units",
         "What each costs",
         "What stays inside the program, down to the coroutine, takes some nanoseconds; a thread "
         "and "
         "a process are made by the operating system and take thousands of times as much. Hence "
         "pools of threads, and event loops.",
         {"usecases/thread_pool", "deadlocks/nested_task"}},
        {kExplore,
         "events/await_between/buggy",
         "One thread, and still two at once",
         "A single thread runs two coroutines. Nothing interrupts them but their own co_await: "
         "between the look and the change stands one, and there the other comes in.",
         {"events/event_order", "events/cancelled_waiter", "events/lock_across_await"}}}},
      {"races",
       "Race",
       "Two threads use the same data, one of them writes, and nothing orders the two. Which comes "
       "first is open, and with it the result.",
       {{kExplore,
         "races/lost_update/buggy",
         "Two clerks count visitors",
         "Follow the two columns: both read before either writes. The first finding is the race "
         "itself; the other shows what it leads to, the wrong number.",
         {"races/null_check", "races/unsafe_publication", "races/iterator_invalidated"}},
        {kExplore,
         "races/split_lock/buggy",
         "No data race, and still wrong",
         "Every access holds the lock, so there is no data race to be found by any tool that looks "
         "for those. What has to be one step is two.",
         {"races/table_and_log", "usecases/interpreter_lock"}},
        {kExplore,
         "races/relaxed_message/buggy",
         "Not an interleaving at all",
         "The reader sees the flag and not the data that was written before it. No order of the "
         "steps explains that: the memory model allows a load to return an old value.",
         {"races/dekker_entry", "races/observers_disagree"}}}},
      {"deadlocks",
       "Deadlock",
       "Each waits for something that another one has, in a ring; or all wait for a call that has "
       "already been.",
       {{kExplore,
         "deadlocks/opposite_order/buggy",
         "Two locks, two orders",
         "Each thread gets its first lock; then each waits for the other's. The last line names "
         "the "
         "ring.",
         {"deadlocks/dining_philosophers", "deadlocks/three_modules", "usecases/bank_transfer"}},
        {kExplore,
         "deadlocks/lost_wakeup/buggy",
         "The call that nobody heard",
         "The flag is set and the call is made between the look at the flag and the sleep.",
         {"deadlocks/if_wait", "deadlocks/one_condvar", "usecases/sensor_hub"}}}},
      {"livelocks",
       "Livelock",
       "Nobody is blocked, everybody is busy, and nothing gets done: a cycle of steps that can "
       "repeat for ever. No finite run shows that; here the states of the program are searched.",
       {{kExplore,
         "livelocks/polite_dining/buggy",
         "After you",
         "The schedule leads to a cycle, and the cycle is shown. It has been run a hundred times.",
         {"livelocks/after_you", "livelocks/abort_storm", "livelocks/lock_all"}},
        {kCompare,
         "livelocks/polite_dining",
         "Ways out",
         "`ok` is a proof here: all states were seen, and no cycle among them goes without "
         "progress.",
         {}}}},
      {"starvation",
       "Starvation",
       "Some make progress, and one waits for ever, though nobody holds on to anything.",
       {{kExplore,
         "starvation/test_and_set/buggy",
         "The same thread again and again",
         "In the cycle one thread takes the lock and gives it back, and the other one looks only "
         "while it is taken. Behind the cycle: who waits for the lock is passed by without end.",
         {"starvation/writer", "starvation/semaphore_barging", "starvation/priority_inversion"}},
        {kCompare,
         "starvation/test_and_set",
         "Standing in line",
         "The ticket lock and the queue have a bound: each other thread goes first once, at most.",
         {}}}},
  };
}

std::vector<Chapter> later_chapters() {
  return {
      {"nondeterminism",
       "Nondeterminism",
       "The same program with the same input may end in different ways. Run it a thousand times, "
       "and you know what happened a thousand times. Here every execution is run once.",
       {{kOutcomes,
         "races/rare_order/buggy",
         "One program, all its outcomes",
         "Each line is a result that some schedule leads to, and in how many executions. Those in "
         "which debit and credit differ are the bug. How often one of them comes up in a test has "
         "nothing to do with how many there are.",
         {"races/torn_pair"}},
        {kOutcomes,
         "races/rare_order/mutex",
         "The same under a lock",
         "Still nondeterministic, and correct: nobody can say whether the checker comes first, but "
         "whatever it sees fits together.",
         {}}}},
      {"debugging",
       "Debugging",
       "A bug that comes up once in a thousand runs is gone when you look for it. A failing "
       "execution that was found here has a token, and the token runs it again, step by step the "
       "same.",
       {{kReplay,
         "usecases/logger/buggy",
         "The same failure, as often as you like",
         "Every replay ends in the same finding after the same steps. `heddle replay --gdb` does "
         "so "
         "under gdb for whole programs, and stops at the finding.",
         {"usecases/connection_pool", "usecases/lru_cache"}}}},
      {"overhead",
       "Overhead and contention",
       "A fix has a price, and the price depends on how many want the same thing at once. What "
       "nobody shares costs nothing to share out.",
       {{kMeasure,
         "price_of_counting",
         "A counter",
         "With one thread all are fast. With more the locks get slower, not faster: threads spend "
         "their time on handing the lock, and its cache line, to each other. The ticket lock, "
         "which "
         "is fair, pays most once there are more threads than cores: whose turn it is may be "
         "asleep. A counter for each thread scales with the cores, unless the counters lie on one "
         "cache line.",
         {"races/lost_update", "starvation/test_and_set"}},
        {kMeasure,
         "price_of_handing_over",
         "A queue of sleepers",
         "A fair lock that is handed to a sleeper is of no use to anybody before that one is "
         "awake, so once a convoy has begun each operation takes a wake-up. When it begins is "
         "luck, more so if waiting threads look first. A lock that is free until somebody is "
         "inside costs hardly more with eight threads than with one, and owes nobody a turn.",
         {"starvation/lock_convoy", "starvation/long_critical_section"}},
        {kMeasure,
         "price_of_lookups",
         "A table, and a snapshot",
         "Shards keep threads out of each other's way. A lock for readers is itself written by "
         "every reader; a sequence lock and a snapshot are not, or less.",
         {"races/hash_resize", "races/torn_snapshot"}},
        {kMeasure,
         "price_of_transfers",
         "A bank, and its log",
         "Two locks cost more than one as long as nobody waits. A message costs a lock, too, and a "
         "copy; what it buys is that the owner needs none.",
         {"usecases/bank_transfer", "usecases/logger"}}}},
      {"global_lock",
       "A global interpreter lock, and the ways around it",
       "An interpreter with one lock for everything has no data races of its own. Programs that it "
       "runs may still be wrong, and cannot use a second processor.",
       {{kExplore,
         "usecases/interpreter_lock/buggy",
         "Why it does not make += atomic",
         "Each bytecode is atomic. An addition is three of them.",
         {"races/split_lock"}},
        {kCompare,
         "usecases/interpreter_lock",
         "What does",
         "In the fixes the wrong outcome is not among those that any execution has.",
         {}},
        {kMeasure,
         "global_lock",
         "Ways around it",
         "Under the global lock twice the threads need at least twice the time. Native functions "
         "that give it free, an interpreter for each thread or process, or no global lock: these "
         "use the cores that there are.",
         {}}}},
  };
}

std::vector<Chapter> tools_chapters() {
  const std::string removed =
      "Compare the outcomes: what fails in the bug is in no execution of a fix. Nothing that was "
      "right needs to be among those of every fix.";
  return {
      {"locks",
       "Locks",
       "A lock makes several steps one, for all who take the same lock.",
       {{kCompare, "races/lost_update", "The failing schedules go", removed, {"races/wrong_lock"}},
        {kCompare,
         "deadlocks/opposite_order",
         "Several locks want an order",
         "The executions that end in a deadlock are counted behind those that were explored.",
         {"deadlocks/missing_unlock", "deadlocks/self_lock"}}}},
      {"semaphores",
       "Semaphores",
       "A semaphore counts permits, and remembers a call that comes before somebody waits for it.",
       {{kCompare,
         "deadlocks/lost_wakeup",
         "A call that is counted is not lost",
         "The variant `semaphore` has no deadlock left: the permit is there, whoever comes first.",
         {"deadlocks/semaphore_order", "usecases/game_loop"}}}},
      {"barriers",
       "Barriers",
       "A barrier ends a phase for all: nobody goes on until everybody has come.",
       {{kCompare,
         "usecases/matrix_multiply",
         "Phase two needs all of phase one",
         removed,
         {"deadlocks/barrier_early_exit", "usecases/game_loop"}}}},
      {"immutable",
       "Immutable data",
       "What does not change needs no lock. A change is a new value, put in the place of the old "
       "one in one step.",
       {{kCompare,
         "races/append_shrinking",
         "A string that does not shrink while it is read",
         "The variant `immutable` has no moment in which length and letters do not fit.",
         {"races/torn_snapshot", "usecases/sensor_hub"}}}},
      {"messages",
       "Message passing",
       "Do not share: give each thing to one thread, and send it messages.",
       {{kCompare,
         "usecases/bank_transfer",
         "A ledger with one writer",
         "The variant `ledger_thread` has neither two locks nor money between two accounts.",
         {"races/log_rotation", "usecases/download_manager"}},
        {kExplore,
         "deadlocks/full_channels/buggy",
         "Messages have deadlocks of their own",
         "Both wait for room, and neither for a message.",
         {"deadlocks/send_under_lock", "usecases/compressor_pipeline"}}}},
  };
}

}  // namespace

const std::vector<Chapter>& chapters() {
  static const std::vector<Chapter> all = [] {
    std::vector<Chapter> all = first_chapters();
    for (auto&& part : {later_chapters(), tools_chapters()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return all;
}

std::string name_of(Kind kind) {
  switch (kind) {
    case kMeasure:
      return "measure";
    case kExplore:
      return "explore";
    case kOutcomes:
      return "outcomes";
    case kReplay:
      return "replay";
    case kCompare:
      break;
  }
  return "compare";
}

}  // namespace tour
