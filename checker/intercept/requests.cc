// SPDX-License-Identifier: Apache-2.0
// Requests for synchronisation objects, clocks and deadlines, and the findings that doors make.
#include "checker/intercept/requests.h"

#include "checker/runtime/process_state.h"

namespace heddle::intercept {
namespace {

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::uint64_t kLargestTime = std::uint64_t{1} << 62;

runtime::Request sync_request(const SyncCall& call, bool fingerprinted) {
  runtime::Request request;
  request.operation.kind = OpKind::kSync;
  request.operation.order = MemoryOrder::kAcqRel;
  request.operation.sync = call.op;
  request.operation.operand = call.argument;
  request.operation.initial = call.initial;
  request.address = call.address;
  request.site = call.site;
  request.fingerprinted = fingerprinted;
  request.name = call.name;
  return request;
}

/// Text for a finding that outlives the call: findings may be reported long after.
class Message {
 public:
  Message& add(const char* text) {
    while (*text != 0 && size_ + 1 < sizeof(text_)) {
      text_[size_++] = *text++;
    }
    text_[size_] = 0;
    return *this;
  }
  const char* text() const { return text_; }

 private:
  std::size_t size_ = 0;
  char text_[256];
};

}  // namespace

std::uint64_t perform_request(const runtime::Request& request) { return runtime::perform(request); }

std::uint64_t perform_sync(const SyncCall& call) {
  return perform_request(sync_request(call, true));
}

std::uint64_t perform_timed(const SyncCall& call, std::uint64_t deadline) {
  runtime::Request request = sync_request(call, true);
  request.timed = true;
  request.deadline = deadline;
  return perform_request(request);
}

std::uint64_t perform_plain_timed(const SyncCall& call, std::uint64_t deadline) {
  runtime::Request request = sync_request(call, false);
  request.timed = true;
  request.deadline = deadline;
  return perform_request(request);
}

std::uint64_t perform_plain_sync(const SyncCall& call) {
  return perform_request(sync_request(call, false));
}

void perform_fence(MemoryOrder order, std::uintptr_t site, const char* name) {
  runtime::Request request;
  request.operation.kind = OpKind::kFence;
  request.operation.order = order;
  request.site = site;
  request.name = name;
  perform_request(request);
}

bool is_explored(std::uintptr_t site) {
  const runtime::Module* module = runtime::process_state().modules.lookup(site);
  return module != nullptr && module->is_explored;
}

bool is_model_memory(const volatile void* pointer) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  const runtime::ProcessState& process = runtime::process_state();
  return runtime::in_model_heap(const_cast<const void*>(pointer)) ||
         runtime::SharedMemory::contains(address) || process.globals.contains(address) ||
         process.slots.find_stack(address) != base::kMaxThreads;
}

void library_read(const volatile void* address, std::size_t size, std::uintptr_t site) {
  if (size != 0 && (is_explored(site) || is_model_memory(address))) {
    runtime::plain_read(address, size, site);
  }
}

void library_write(const volatile void* address, std::size_t size, std::uintptr_t site) {
  if (size != 0 && (is_explored(site) || is_model_memory(address))) {
    runtime::plain_write(address, size, site);
  }
}

std::uint64_t nanoseconds(const timespec& time) {
  if (time.tv_sec < 0) {
    return 0;
  }
  const auto seconds = static_cast<std::uint64_t>(time.tv_sec);
  if (seconds >= kLargestTime / kNanosecondsPerSecond) {
    return kLargestTime;
  }
  return seconds * kNanosecondsPerSecond + static_cast<std::uint64_t>(time.tv_nsec);
}

timespec to_timespec(std::uint64_t nanoseconds) {
  timespec time;
  time.tv_sec = static_cast<time_t>(nanoseconds / kNanosecondsPerSecond);
  time.tv_nsec = static_cast<long>(nanoseconds % kNanosecondsPerSecond);
  return time;
}

bool is_modelled_clock(clockid_t clock) { return clock >= 0 && clock <= CLOCK_TAI; }

std::uint64_t clock_now(clockid_t clock) {
  const bool is_wall_time = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ||
                            clock == CLOCK_REALTIME_ALARM || clock == CLOCK_TAI;
  return is_wall_time ? runtime::realtime_now() : runtime::monotonic_now();
}

std::uint64_t monotonic_deadline(clockid_t clock, const timespec& time) {
  const std::uint64_t wanted = nanoseconds(time);
  const std::uint64_t now = clock_now(clock);
  return runtime::monotonic_now() + (wanted > now ? wanted - now : 0);
}

void stop_unsupported(const char* what) {
  Message message;
  message.add(what).add(" is not supported while exploring");
  runtime::stop(FindingKind::kUnsupported, message.text());
}

void note_unsupported(const char* what) {
  Message message;
  message.add(what).add(" is not supported while exploring; the call had no effect");
  runtime::add_finding(FindingKind::kUnsupported, message.text());
}

void report_misuse(const char* function, const char* rule) {
  Message message;
  message.add(function).add(": ").add(rule);
  runtime::add_finding(FindingKind::kLockMisuse, message.text());
}

void report_released(const char* function, const char* what) {
  Message message;
  message.add(function).add(": ").add(what);
  runtime::add_finding(FindingKind::kUseAfterFree, message.text());
}

}  // namespace heddle::intercept
