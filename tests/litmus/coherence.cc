// SPDX-License-Identifier: Apache-2.0
// One location, read-modify-writes, compare-exchange with both of its orders, mixed orders.
#include "tests/litmus/support/litmus.h"

namespace litmus {
namespace {

constexpr LitmusTest kTests[] = {
    {"CoRr",
     {[](Cells& m) { m.x.store(1, kRlx); },
      [](Cells& m) {
        m.a = m.x.load(kRlx);
        m.b = m.x.load(kRlx);
      }},
     {3, 3},
     {3, 3}},
    {"CoRrTwoWriters",
     {[](Cells& m) { m.x.store(1, kRlx); }, [](Cells& m) { m.x.store(2, kRlx); },
      [](Cells& m) {
        m.a = m.x.load(kRlx);
        m.b = m.x.load(kRlx);
      },
      [](Cells& m) {
        m.c = m.x.load(kRlx);
        m.d = m.x.load(kRlx);
      }},
     {72, 72},
     {72, 72}},
    {"CoRw",
     {[](Cells& m) {
        m.a = m.x.load(kRlx);
        m.x.store(1, kRlx);
      },
      [](Cells& m) { m.x.store(2, kRlx); }},
     {3, 3},
     {3, 3}},
    {"CoWr",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.a = m.x.load(kRlx);
      },
      [](Cells& m) { m.x.store(2, kRlx); }},
     {3, 3},
     {3, 3}},
    {"CoWw",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.x.store(2, kRlx);
      },
      [](Cells& m) { m.a = m.x.load(kRlx); }},
     {3, 3},
     {3, 3}},
    {"CoRwTwice",
     {[](Cells& m) {
        m.a = m.x.load(kRlx);
        m.x.store(1, kRlx);
      },
      [](Cells& m) {
        m.b = m.x.load(kRlx);
        m.x.store(2, kRlx);
      }},
     {4, 4},
     {4, 4}},
    {"IncrementsOfThree",
     {[](Cells& m) { m.a = m.x.fetch_add(1, kRlx); },
      [](Cells& m) { m.b = m.x.fetch_add(1, kRlx); },
      [](Cells& m) { m.c = m.x.fetch_add(1, kRlx); }},
     {6, 6},
     {6, 6}},
    {"IncrementAgainstStore",
     {[](Cells& m) { m.a = m.x.fetch_add(1, kRlx); }, [](Cells& m) { m.x.store(5, kRlx); },
      [](Cells& m) { m.b = m.x.load(kRlx); }},
     {6, 6},
     {6, 6}},
    {"CompareExchangeOnce",
     {[](Cells& m) {
        m.a = 0;
        m.x.compare_exchange_strong(m.a, 1, kRlx, kRlx);
      },
      [](Cells& m) {
        m.b = 0;
        m.x.compare_exchange_strong(m.b, 2, kRlx, kRlx);
      }},
     {2, 2},
     {2, 2}},
    {"CompareExchangeChain",
     {[](Cells& m) {
        m.a = 0;
        m.x.compare_exchange_strong(m.a, 1, kRlx, kRlx);
      },
      [](Cells& m) {
        m.b = 1;
        m.x.compare_exchange_strong(m.b, 2, kRlx, kRlx);
      },
      [](Cells& m) {
        m.c = 2;
        m.x.compare_exchange_strong(m.c, 3, kRlx, kRlx);
      }},
     {5, 5},
     {5, 5}},
    {"FailedCompareExchangeAcquires",
     {[](Cells& m) {
        m.y.store(1, kRlx);
        m.x.store(2, kRel);
      },
      [](Cells& m) {
        m.a = 0;
        m.x.compare_exchange_strong(m.a, 1, kAcq, kAcq);
        m.b = m.y.load(kRlx);
      }},
     {3, 3},
     {3, 3}},
    {"FailedCompareExchangeRelaxed",
     {[](Cells& m) {
        m.y.store(1, kRlx);
        m.x.store(2, kRel);
      },
      [](Cells& m) {
        m.a = 0;
        m.x.compare_exchange_strong(m.a, 1, kAcq, kRlx);
        m.b = m.y.load(kRlx);
      }},
     {4, 4},
     {3, 3}},
    {"SeqCstFailureOrder",
     {[](Cells& m) {
        m.x.store(1, kSc);
        m.a = 5;
        m.y.compare_exchange_strong(m.a, 6, kSc, kSc);
      },
      [](Cells& m) {
        m.y.store(1, kSc);
        m.b = 5;
        m.x.compare_exchange_strong(m.b, 6, kSc, kSc);
      }},
     {3, 3},
     {3, 3}},
    {"RelaxedFailureOrder",
     {[](Cells& m) {
        m.x.store(1, kSc);
        m.a = 5;
        m.y.compare_exchange_strong(m.a, 6, kSc, kRlx);
      },
      [](Cells& m) {
        m.y.store(1, kSc);
        m.b = 5;
        m.x.compare_exchange_strong(m.b, 6, kSc, kRlx);
      }},
     {4, 4},
     {3, 3}},
    {"SeqCstStoresRelaxedLoads",
     {[](Cells& m) {
        m.x.store(1, kSc);
        m.a = m.y.load(kRlx);
      },
      [](Cells& m) {
        m.y.store(1, kSc);
        m.b = m.x.load(kRlx);
      }},
     {4, 4},
     {3, 3}},
    {"SeqCstAndRelaxedSameLocation",
     {[](Cells& m) {
        m.x.store(1, kSc);
        m.a = m.x.load(kRlx);
        m.b = m.y.load(kSc);
      },
      [](Cells& m) {
        m.y.store(1, kSc);
        m.c = m.x.load(kSc);
      }},
     {3, 3},
     {3, 3}},
    {"FenceRelaxedWriteReleaseSequence",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        std::atomic_thread_fence(kRel);
        m.y.store(1, kRlx);
        m.p = m.y.fetch_add(1, kRlx);
      },
      [](Cells& m) { m.q = m.y.fetch_add(1, kRlx); },
      [](Cells& m) {
        m.a = m.y.load(kAcq);
        m.b = m.x.load(kRlx);
      }},
     {16, 15},
     {16, 15}},
    {"AcquireFenceAfterTwoReads",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.y.store(1, kRel);
      },
      [](Cells& m) {
        m.a = m.y.load(kRlx);
        m.b = m.z.load(kRlx);
        std::atomic_thread_fence(kAcq);
        m.c = m.x.load(kRlx);
      },
      [](Cells& m) { m.z.store(1, kRel); }},
     {6, 6},
     {6, 6}},
};

INSTANTIATE_TEST_SUITE_P(Coherence, Litmus, testing::ValuesIn(kTests), name_of);

}  // namespace
}  // namespace litmus
