// SPDX-License-Identifier: Apache-2.0
// Two threads, two locations: store buffering, message passing, S, R, 2+2W.
#include "tests/litmus/support/litmus.h"

namespace litmus {
namespace {

constexpr LitmusTest kTests[] = {
    {"SbRelaxed",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.a = m.y.load(kRlx);
      },
      [](Cells& m) {
        m.y.store(1, kRlx);
        m.b = m.x.load(kRlx);
      }},
     {4, 4},
     {3, 3}},
    {"SbReleaseAcquire",
     {[](Cells& m) {
        m.x.store(1, kRel);
        m.a = m.y.load(kAcq);
      },
      [](Cells& m) {
        m.y.store(1, kRel);
        m.b = m.x.load(kAcq);
      }},
     {4, 4},
     {3, 3}},
    {"SbSeqCst",
     {[](Cells& m) {
        m.x.store(1, kSc);
        m.a = m.y.load(kSc);
      },
      [](Cells& m) {
        m.y.store(1, kSc);
        m.b = m.x.load(kSc);
      }},
     {3, 3},
     {3, 3}},
    {"SbOneSideSeqCst",
     {[](Cells& m) {
        m.x.store(1, kSc);
        m.a = m.y.load(kSc);
      },
      [](Cells& m) {
        m.y.store(1, kRel);
        m.b = m.x.load(kAcq);
      }},
     {4, 4},
     {3, 3}},
    {"SbFences",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        std::atomic_thread_fence(kSc);
        m.a = m.y.load(kRlx);
      },
      [](Cells& m) {
        m.y.store(1, kRlx);
        std::atomic_thread_fence(kSc);
        m.b = m.x.load(kRlx);
      }},
     {3, 3},
     {3, 3}},
    {"SbOneFence",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        std::atomic_thread_fence(kSc);
        m.a = m.y.load(kRlx);
      },
      [](Cells& m) {
        m.y.store(1, kRlx);
        std::atomic_thread_fence(kAcqRel);
        m.b = m.x.load(kRlx);
      }},
     {4, 4},
     {3, 3}},
    {"SbFenceAndSeqCst",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        std::atomic_thread_fence(kSc);
        m.a = m.y.load(kRlx);
      },
      [](Cells& m) {
        m.y.store(1, kSc);
        m.b = m.x.load(kSc);
      }},
     {3, 3},
     {3, 3}},
    {"SbExchanges",
     {[](Cells& m) {
        m.p = m.x.exchange(1, kSc);
        m.a = m.y.load(kAcq);
      },
      [](Cells& m) {
        m.q = m.y.exchange(1, kSc);
        m.b = m.x.load(kAcq);
      }},
     {4, 4},
     {3, 3}},
    {"SbReadModifyWriteInBetween",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.p = m.z.fetch_add(1, kAcqRel);
        m.a = m.y.load(kRlx);
      },
      [](Cells& m) {
        m.y.store(1, kRlx);
        m.q = m.z.fetch_add(1, kAcqRel);
        m.b = m.x.load(kRlx);
      }},
     {4, 4},
     {4, 4}},
    {"MpRelaxed",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.y.store(1, kRlx);
      },
      [](Cells& m) {
        m.a = m.y.load(kRlx);
        m.b = m.x.load(kRlx);
      }},
     {4, 4},
     {3, 3}},
    {"MpReleaseAcquire",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.y.store(1, kRel);
      },
      [](Cells& m) {
        m.a = m.y.load(kAcq);
        m.b = m.x.load(kRlx);
      }},
     {3, 3},
     {3, 3}},
    {"MpReleaseOnly",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.y.store(1, kRel);
      },
      [](Cells& m) {
        m.a = m.y.load(kRlx);
        m.b = m.x.load(kRlx);
      }},
     {4, 4},
     {3, 3}},
    {"MpFences",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        std::atomic_thread_fence(kRel);
        m.y.store(1, kRlx);
      },
      [](Cells& m) {
        m.a = m.y.load(kRlx);
        std::atomic_thread_fence(kAcq);
        m.b = m.x.load(kRlx);
      }},
     {3, 3},
     {3, 3}},
    {"MpFenceOnWrongSide",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        std::atomic_thread_fence(kAcq);
        m.y.store(1, kRlx);
      },
      [](Cells& m) {
        m.a = m.y.load(kRlx);
        std::atomic_thread_fence(kRel);
        m.b = m.x.load(kRlx);
      }},
     {4, 4},
     {3, 3}},
    {"MpThroughAReadModifyWrite",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.y.store(1, kRel);
      },
      [](Cells& m) { m.p = m.y.fetch_add(1, kRlx); },
      [](Cells& m) {
        m.a = m.y.load(kAcq);
        m.b = m.x.load(kRlx);
      }},
     {9, 8},
     {9, 8}},
    {"MpThroughAnExchange",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.y.store(1, kRel);
      },
      [](Cells& m) { m.p = m.y.exchange(2, kRlx); },
      [](Cells& m) {
        m.a = m.y.load(kAcq);
        m.b = m.x.load(kRlx);
      }},
     {9, 9},
     {9, 9}},
    {"MpOwnStoreBreaksReleaseSequence",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.y.store(1, kRel);
        m.y.store(2, kRlx);
      },
      [](Cells& m) {
        m.a = m.y.load(kAcq);
        m.b = m.x.load(kRlx);
      }},
     {5, 5},
     {4, 4}},
    {"MpOwnIncrementKeepsReleaseSequence",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.y.store(1, kRel);
        m.p = m.y.fetch_add(1, kRlx);
      },
      [](Cells& m) {
        m.a = m.y.load(kAcq);
        m.b = m.x.load(kRlx);
      }},
     {4, 4},
     {4, 4}},
    {"LbRelaxed",
     {[](Cells& m) {
        m.a = m.x.load(kRlx);
        m.y.store(1, kRlx);
      },
      [](Cells& m) {
        m.b = m.y.load(kRlx);
        m.x.store(1, kRlx);
      }},
     {3, 3},
     {3, 3}},
    {"TwoPlusTwoWRelaxed",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.y.store(2, kRlx);
      },
      [](Cells& m) {
        m.y.store(1, kRlx);
        m.x.store(2, kRlx);
      }},
     {4, 4},
     {3, 3}},
    {"TwoPlusTwoWSeqCst",
     {[](Cells& m) {
        m.x.store(1, kSc);
        m.y.store(2, kSc);
      },
      [](Cells& m) {
        m.y.store(1, kSc);
        m.x.store(2, kSc);
      }},
     {3, 3},
     {3, 3}},
    {"TwoPlusTwoWFences",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        std::atomic_thread_fence(kSc);
        m.y.store(2, kRlx);
      },
      [](Cells& m) {
        m.y.store(1, kRlx);
        std::atomic_thread_fence(kSc);
        m.x.store(2, kRlx);
      }},
     {3, 3},
     {3, 3}},
    {"SRelaxed",
     {[](Cells& m) {
        m.x.store(2, kRlx);
        m.y.store(1, kRlx);
      },
      [](Cells& m) {
        m.a = m.y.load(kRlx);
        m.x.store(1, kRlx);
      }},
     {4, 4},
     {3, 3}},
    {"SReleaseAcquire",
     {[](Cells& m) {
        m.x.store(2, kRlx);
        m.y.store(1, kRel);
      },
      [](Cells& m) {
        m.a = m.y.load(kAcq);
        m.x.store(1, kRlx);
      }},
     {3, 3},
     {3, 3}},
    {"RRelaxed",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.y.store(1, kRlx);
      },
      [](Cells& m) {
        m.y.store(2, kRlx);
        m.a = m.x.load(kRlx);
      }},
     {4, 4},
     {3, 3}},
    {"RSeqCst",
     {[](Cells& m) {
        m.x.store(1, kSc);
        m.y.store(1, kSc);
      },
      [](Cells& m) {
        m.y.store(2, kSc);
        m.a = m.x.load(kSc);
      }},
     {3, 3},
     {3, 3}},
    {"RFences",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        std::atomic_thread_fence(kSc);
        m.y.store(1, kRlx);
      },
      [](Cells& m) {
        m.y.store(2, kRlx);
        std::atomic_thread_fence(kSc);
        m.a = m.x.load(kRlx);
      }},
     {3, 3},
     {3, 3}},
};

INSTANTIATE_TEST_SUITE_P(StoreOrder, Litmus, testing::ValuesIn(kTests), name_of);

}  // namespace
}  // namespace litmus
