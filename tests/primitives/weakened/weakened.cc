// SPDX-License-Identifier: Apache-2.0
// Each memory order of primitives/ is needed: with any one of them weakened, the suite that
// explored.cc passes has a finding.
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "primitives/clh_lock.h"
#include "primitives/fifo_semaphore.h"
#include "primitives/mcs_lock.h"
#include "primitives/phase_fair_lock.h"
#include "primitives/test_and_set_lock.h"
#include "primitives/ticket_lock.h"
#include "primitives/writer_preferring_lock.h"
#include "tests/primitives/suites.h"

namespace primitive_tests {
namespace {

using namespace primitives;

/// One site has only what kKept leaves of its order: nothing (relaxed), or half of acq_rel.
template <int kSite, std::memory_order kKept = std::memory_order_relaxed>
struct Weakened {
  static consteval std::memory_order at(int site, std::memory_order written) {
    return site == kSite ? kKept : written;
  }
};

template <class Orders>
using TestAndSet = BasicTestAndSetLock<Yield, Orders>;
template <class Orders>
using Ticket = BasicTicketLock<32, Yield, Orders>;
template <class Orders>
using Mcs = BasicMcsLock<Yield, Orders>;
template <class Orders>
using Clh = BasicClhLock<Yield, Orders>;
template <class Orders>
using WriterPreferring = BasicWriterPreferringLock<32, Yield, Orders>;
template <class Orders>
using PhaseFair = BasicPhaseFairLock<30, 32, Yield, Orders>;
template <class Orders>
using Semaphore = BasicFifoSemaphore<32, Yield, Orders>;

bool fails(const Suite& suite) {
  for (const Program& program : suite) {
    if (heddle::explore(program.body).verdict == heddle::Verdict::kBug) {
      return true;
    }
  }
  return false;
}

/// The suite of `Lock`, whichever family it is of.
template <class Lock>
Suite suite_of() {
  if constexpr (requires(Lock lock) { lock.lock_shared(); }) {
    return reader_writer_suite<Lock>();
  } else if constexpr (requires(Lock lock) { lock.acquire(); }) {
    return semaphore_suite<Lock>();
  } else {
    return lock_suite<Lock>();
  }
}

/// The sites that the suite does not need.
template <template <class> class Lock, int... kSites>
std::vector<int> idle_sites(std::integer_sequence<int, kSites...> /*sites*/) {
  std::vector<int> idle;
  const auto weaken = [&idle](int site, const Suite& suite) {
    if (!fails(suite)) {
      idle.push_back(site);
    }
  };
  (weaken(kSites, suite_of<Lock<Weakened<kSites>>>()), ...);
  return idle;
}

template <template <class> class Lock>
void relax_each() {
  EXPECT_FALSE(fails(suite_of<Lock<AsWritten>>()));
  constexpr std::make_integer_sequence<int, Lock<AsWritten>::kSites> kAll;
  EXPECT_EQ(idle_sites<Lock>(kAll), std::vector<int>{});
}

/// For a site whose order is acq_rel: neither half is enough.
template <template <class> class Lock, int kSite>
void halve() {
  EXPECT_TRUE(fails(suite_of<Lock<Weakened<kSite, std::memory_order_acquire>>>()));
  EXPECT_TRUE(fails(suite_of<Lock<Weakened<kSite, std::memory_order_release>>>()));
}

TEST(Weakened, TestAndSetLock) { relax_each<TestAndSet>(); }
TEST(Weakened, TicketLock) { relax_each<Ticket>(); }
TEST(Weakened, McsLock) {
  relax_each<Mcs>();
  halve<Mcs, McsLock::kEnter>();
}
TEST(Weakened, ClhLock) {
  relax_each<Clh>();
  halve<Clh, ClhLock::kEnter>();
}
TEST(Weakened, WriterPreferringLock) { relax_each<WriterPreferring>(); }
TEST(Weakened, PhaseFairLock) { relax_each<PhaseFair>(); }
TEST(Weakened, FifoSemaphore) { relax_each<Semaphore>(); }

}  // namespace
}  // namespace primitive_tests
