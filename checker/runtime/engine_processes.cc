// SPDX-License-Identifier: Apache-2.0
// Forked processes: model threads whose memory, but for what is shared, is a copy of their
// parent's.
//
// A child has one thread, and ends by _exit. What it does to memory that it has inherited nobody
// else can see: those accesses are no events and cannot race. What it shares is as between threads.
// A lock in inherited memory is an object of the child's own, which begins in the state that the
// parent's had (SyncOp::kInherit).
//
// If the parent has other threads, its memory is copied in the middle of what they do. What was
// written by them, and is ordered by nothing with the fork, is a race with the fork where the child
// reads it. Locks that only other threads have used before the fork are not known to it: if the
// child takes one, the execution is one of an incomplete search.
#include <algorithm>
#include <cerrno>

#include "checker/base/check.h"
#include "checker/graph/evaluate.h"
#include "checker/runtime/checkpoint.h"
#include "checker/runtime/engine.h"
#include "checker/runtime/kernel_objects.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/signal_delivery.h"

namespace heddle::runtime {

using graph::OpKind;

namespace {

constexpr unsigned kProcessShift = 48;
/// Tells a process's lock from a futex queue at the same address.
constexpr std::uintptr_t kLockBit = std::uintptr_t{1} << 54;

/// The address that stands for an object in private memory of the process.
std::uintptr_t private_name(std::uint32_t process, std::uintptr_t address) {
  const std::uintptr_t lock = (address & kObjectBit) == 0 ? kLockBit : 0;
  return address | kObjectBit | lock | std::uintptr_t{process} << kProcessShift;
}

/// Pipes and signals lie nowhere in memory.
bool is_kernel_object(std::uintptr_t address) {
  return (address & kObjectBit) != 0 && (address & kAddressMask) < kKernelObjectsEnd;
}

}  // namespace

void Engine::begin_processes() {
  process_ = 0;
  process_count_ = 1;
  images_.clear();
  forks_.clear();
  process_state().shared_memory.reset();
}

/// Whether `address` is in memory that the running process has a copy of its own of.
bool Engine::is_inherited(const ModelThread& thread, std::uintptr_t address) const {
  if (SharedMemory::contains(address) || is_kernel_object(address)) {
    return false;
  }
  const std::uintptr_t plain = address & kAddressMask;
  return !Arena::owns(plain) ||
         (plain - Arena::kBase) >> Arena::kThreadBits != std::uintptr_t{thread.id};
}

void* Engine::map_shared(std::size_t size) {
  ModelThread& thread = *running_;
  if (explores_states()) {
    stop(FindingKind::kUnsupported, "shared mappings are not supported by the search of cycles");
  }
  note_lasting_effect();
  ++thread.effects;
  return process_state().shared_memory.map(thread.id, size);
}

/// Locks of the process that the fork comes after a use of, by address.
std::vector<std::uintptr_t> Engine::objects_before(ModelThread& thread) {
  const graph::ExecutionGraph& graph = search_->graph();
  std::array<std::uint32_t, base::kMaxThreads> clock{};
  graph.thread_clock(thread.id, thread.cursor, clock.data());
  std::vector<std::uintptr_t> found;
  locations_.for_each_object([&](base::LocationId id, std::uintptr_t address) {
    if ((address & kObjectBit) != 0 || SharedMemory::contains(address)) {
      return;
    }
    for (const auto& other : threads_) {
      base::EventId x = other->state == ThreadState::kAbsent ? base::EventId::none()
                                                             : graph.last_access(id, other->id);
      while (x.is_event() && x.index() >= clock[other->id]) {
        x = graph.event(x).previous_same_location;
      }
      if (x.is_event()) {
        found.push_back(address);
        return;
      }
    }
  });
  std::sort(found.begin(), found.end());
  return found;
}

void Engine::inherit_objects(ModelThread& parent, base::ThreadId child, Fork* fork) {
  for (const std::uintptr_t address : objects_before(parent)) {
    Request request;
    request.operation.kind = OpKind::kSync;
    request.operation.order = graph::MemoryOrder::kAcqRel;
    request.operation.sync = graph::SyncOp::kInherit;
    request.operation.operand = child;
    request.address = reinterpret_cast<const volatile void*>(address);
    request.name = "fork";
    fork->objects[address] = perform_once(request);
  }
}

base::ThreadId Engine::fork_process(std::uintptr_t site) {
  heddle_modelling = false;
  settle(*running_);
  if (g_signals.on) {
    stop(FindingKind::kUnsupported, "fork by a program with signal handlers is not supported",
         site);
  }
  if (explores_states() || running_->process != 0 || process_count_ == kMostProcesses) {
    stop(FindingKind::kUnsupported,
         explores_states()        ? "fork is not supported by the search of cycles"
         : running_->process != 0 ? "fork in a forked process is not supported"
                                  : "more than 31 forked processes are not supported",
         site);
  }
  note_lasting_effect();
  watchful_ = every_step_ = has_forked_ = true;
  const base::ThreadId id = begin_child(site);
  if (id >= kMostProcesses) {
    stop(FindingKind::kUnsupported, "a forked process behind 31 threads is not supported", site);
  }
  Fork fork;
  fork.parent = running_->id;
  fork.child = id;
  fork.from = running_->cursor;
  inherit_objects(*running_, id, &fork);
  Request request;
  request.operation.kind = OpKind::kThreadCreate;
  request.operation.operand = id;
  request.site = site;
  request.name = "fork";
  perform_once(request);
  fork.at = running_->cursor;
  forks_.push_back(std::move(fork));
  running_->forked = id;
  running_->state = ThreadState::kForks;
  switch_to_scheduler();
  return after_fork();
}

/// In both processes: whichever thread runs now is the one that returns from fork.
base::ThreadId Engine::after_fork() {
  ModelThread& thread = *running_;
  base::ThreadId result = thread.forked;
  if (thread.process != 0) {
    Request start;
    start.operation.kind = OpKind::kThreadStart;
    start.name = "process start";
    perform_once(start);
    result = 0;
  }
  heddle_modelling = true;
  return result;
}

/// On the scheduler's stack: makes the child, a copy of its parent at this moment.
void Engine::complete_fork(ModelThread& parent) {
  const base::ThreadId id = parent.forked;
  while (threads_.size() <= id) {
    threads_.push_back(std::make_unique<ModelThread>());
    threads_.back()->id = static_cast<base::ThreadId>(threads_.size() - 1);
  }
  ModelThread& child = *threads_[id];
  child.begin_run();
  take_prefix(child);
  const ThreadRun& kept = parent;
  static_cast<ThreadRun&>(child) = kept;
  child.cursor = child.children = 0;
  performed_[id] = 0;
  child.random = id * 0x9e3779b97f4a7c15ULL + 1;
  child.fiber = parent.fiber;
  child.calls = parent.calls;
  child.exit_functions = parent.exit_functions;
  child.specific = parent.specific;
  child.process = id;  // Equal in every run, as names of threads are.
  ++process_count_;
  child.detached = true;
  parent.state = child.state = ThreadState::kRunnable;
  images_.resize(std::max<std::size_t>(images_.size(), id + 1));
  ProcessImage& copy = images_[id];
  process_state().arena.for_each([&](BlockInfo& block) {
    if (block.state == BlockState::kLive && threads_[block.thread]->process == 0) {
      images_[0].add(block.address, block.size);
      copy.add(block.address, block.size);
    }
  });
  for (const ModelThread* other : threads_of(0)) {
    if (other != &parent && other->state != ThreadState::kEnded) {
      const std::uintptr_t low =
          program_stack_pointer(*other, process_state().slots.slot(other->slot).side_stack);
      copy.add(low, other->fiber.stack_high() - low);
    }
  }
  copy.save({&parent});
}

std::vector<ModelThread*> Engine::threads_of(std::uint32_t process) const {
  std::vector<ModelThread*> found;
  for (const auto& thread : threads_) {
    if (thread->state != ThreadState::kAbsent && thread->process == process) {
      found.push_back(thread.get());
    }
  }
  return found;
}

/// On the scheduler's stack.
void Engine::switch_process(std::uint32_t to) {
  images_[process_].save(threads_of(process_));
  images_[to].load();
  process_ = to;
}

/// An atomic access to what the process alone can see.
std::uint64_t Engine::perform_privately(const Request& request) {
  const graph::Operation& operation = request.operation;
  running_->effects += operation.kind != OpKind::kLoad ? 1 : 0;
  const auto address = reinterpret_cast<std::uintptr_t>(request.address);
  if (operation.size == 16) {
    stop(FindingKind::kUnsupported, "16-byte atomics in a forked process are not supported");
  }
  if (operation.kind == OpKind::kStore) {
    store_memory(address, operation.size, operation.operand);
    return 0;
  }
  const graph::Evaluation done =
      graph::evaluate(operation, running_->id, load_memory(address, operation.size));
  if (done.writes) {
    store_memory(address, operation.size, done.new_value);
  }
  return done.result;
}

/// A lock in inherited memory is the process's own.
Request Engine::private_request(const Request& request) const {
  Request own = request;
  const auto address = reinterpret_cast<std::uintptr_t>(request.address);
  for (const Fork& fork : forks_) {
    if (fork.child == running_->id) {
      const auto found = fork.objects.find(address);
      own.operation.initial =
          found != fork.objects.end() ? found->second : request.operation.initial;
    }
  }
  own.address = reinterpret_cast<const volatile void*>(private_name(running_->process, address));
  return own;
}

/// What the child reads before it has written it is what the fork has read.
void Engine::access_inherited(ModelThread& thread, std::uintptr_t address, std::size_t size,
                              bool write, std::uintptr_t site) {
  if (write && !thread.fiber.holds(address)) {
    ++thread.effects;
    spin_memory_.written(address, size);
  }
  for (Fork& fork : forks_) {
    if (fork.child != thread.id) {
      continue;
    }
    if (write) {
      fork.written[address] = std::max(fork.written[address], size);
    } else if (const auto own = fork.written.find(address);
               own == fork.written.end() || own->second < size) {
      fork.reads.insert({address, {size, site}});
    }
  }
}

/// At the end of a run, when all that it wrote is known: was something copied by a fork that
/// another thread was writing?
void Engine::check_forks() {
  const graph::ExecutionGraph& graph = search_->graph();
  for (const Fork& fork : forks_) {
    std::array<std::uint32_t, base::kMaxThreads> clock{};
    graph.thread_clock(fork.parent, fork.at, clock.data());
    for (const auto& [address, read] : fork.reads) {
      detect::Conflict conflict;
      if (!shadow_.check(fork.parent, clock.data(), fork.at, address, read.first,
                         detect::AccessKind::kRead, read.second, &conflict) ||
          !conflict.race) {
        continue;
      }
      std::array<std::uint32_t, base::kMaxThreads> writer{};
      graph.thread_clock(conflict.earlier.thread, conflict.earlier.epoch, writer.data());
      if (writer[fork.parent] <= fork.from) {
        conflict.later.thread = fork.child;
        report_conflict(conflict, read.first);
      }
    }
    check_inherited_locks(fork);
  }
}

void Engine::check_inherited_locks(const Fork& fork) {
  const graph::ExecutionGraph& graph = search_->graph();
  const std::uint32_t process = threads_[fork.child]->process;
  std::vector<std::uintptr_t> used;
  locations_.for_each_object([&](base::LocationId, std::uintptr_t address) {
    if ((address & kLockBit) != 0 && (address & kObjectBit) != 0 &&
        (address >> kProcessShift & 31) == process) {
      used.push_back(address & kAddressMask);
    }
  });
  locations_.for_each_object([&](base::LocationId id, std::uintptr_t address) {
    if (fork.objects.contains(address) ||
        std::find(used.begin(), used.end(), address) == used.end()) {
      return;
    }
    for (const ModelThread* other : threads_of(0)) {
      base::EventId x =
          other->id == fork.parent ? base::EventId::none() : graph.last_access(id, other->id);
      for (; x.is_event(); x = graph.event(x).previous_same_location) {
        std::array<std::uint32_t, base::kMaxThreads> clock{};
        graph.thread_clock(other->id, x.index(), clock.data());
        if (clock[fork.parent] <= fork.from) {
          end_.limit_reached = true;
          warn(
              "a forked process takes a lock that another thread of its parent uses for the first "
              "time at about the moment of the fork: what it then finds is not explored");
        }
      }
    }
  });
}

/// While the thread waits for one pipe it may go on by another of `ways`, too: then its end is no
/// deadlock.
void Engine::set_other_ways(const std::vector<OtherWay>& ways) {
  ModelThread& thread = *running_;
  thread.other_ways.clear();
  for (const OtherWay& way : ways) {
    graph::Operation& operation = thread.other_ways.emplace_back();
    operation.kind = OpKind::kSync;
    operation.order = graph::MemoryOrder::kAcqRel;
    operation.sync = way.sync;
    operation.operand = way.argument;
    operation.location = locations_.resolve(reinterpret_cast<std::uintptr_t>(way.address), 0);
  }
}

/// _exit of a forked process.
void Engine::exit_process(int status) {
  heddle_modelling = false;
  ModelThread& thread = *running_;
  settle(thread);
  thread.result = reinterpret_cast<void*>(static_cast<std::intptr_t>(status));
  thread.exit_functions.clear();
  thread.specific.clear();
  finish_thread(thread);
}

}  // namespace heddle::runtime
