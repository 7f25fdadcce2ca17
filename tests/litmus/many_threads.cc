// SPDX-License-Identifier: Apache-2.0
// Three and four threads: IRIW, WRC, RWC, ISA2, Z6, 3W.
#include "tests/litmus/support/litmus.h"

namespace litmus {
namespace {

constexpr LitmusTest kTests[] = {
    {"IriwRelaxed",
     {[](Cells& m) { m.x.store(1, kRlx); }, [](Cells& m) { m.y.store(1, kRlx); },
      [](Cells& m) {
        m.a = m.x.load(kRlx);
        m.b = m.y.load(kRlx);
      },
      [](Cells& m) {
        m.c = m.y.load(kRlx);
        m.d = m.x.load(kRlx);
      }},
     {16, 16},
     {15, 15}},
    {"IriwReleaseAcquire",
     {[](Cells& m) { m.x.store(1, kRel); }, [](Cells& m) { m.y.store(1, kRel); },
      [](Cells& m) {
        m.a = m.x.load(kAcq);
        m.b = m.y.load(kAcq);
      },
      [](Cells& m) {
        m.c = m.y.load(kAcq);
        m.d = m.x.load(kAcq);
      }},
     {16, 16},
     {15, 15}},
    {"IriwSeqCst",
     {[](Cells& m) { m.x.store(1, kSc); }, [](Cells& m) { m.y.store(1, kSc); },
      [](Cells& m) {
        m.a = m.x.load(kSc);
        m.b = m.y.load(kSc);
      },
      [](Cells& m) {
        m.c = m.y.load(kSc);
        m.d = m.x.load(kSc);
      }},
     {15, 15},
     {15, 15}},
    {"IriwFences",
     {[](Cells& m) { m.x.store(1, kRlx); }, [](Cells& m) { m.y.store(1, kRlx); },
      [](Cells& m) {
        m.a = m.x.load(kRlx);
        std::atomic_thread_fence(kSc);
        m.b = m.y.load(kRlx);
      },
      [](Cells& m) {
        m.c = m.y.load(kRlx);
        std::atomic_thread_fence(kSc);
        m.d = m.x.load(kRlx);
      }},
     {15, 15},
     {15, 15}},
    {"IriwSeqCstReadsOfReleases",
     {[](Cells& m) { m.x.store(1, kRel); }, [](Cells& m) { m.y.store(1, kRel); },
      [](Cells& m) {
        m.a = m.x.load(kSc);
        m.b = m.y.load(kSc);
      },
      [](Cells& m) {
        m.c = m.y.load(kSc);
        m.d = m.x.load(kSc);
      }},
     {16, 16},
     {15, 15}},
    {"WrcRelaxed",
     {[](Cells& m) { m.x.store(1, kRlx); },
      [](Cells& m) {
        m.a = m.x.load(kRlx);
        m.y.store(1, kRlx);
      },
      [](Cells& m) {
        m.b = m.y.load(kRlx);
        m.c = m.x.load(kRlx);
      }},
     {8, 8},
     {7, 7}},
    {"WrcReleaseAcquire",
     {[](Cells& m) { m.x.store(1, kRlx); },
      [](Cells& m) {
        m.a = m.x.load(kRlx);
        m.y.store(1, kRel);
      },
      [](Cells& m) {
        m.b = m.y.load(kAcq);
        m.c = m.x.load(kRlx);
      }},
     {7, 7},
     {7, 7}},
    {"WrcReleaseAcquireThroughout",
     {[](Cells& m) { m.x.store(1, kRel); },
      [](Cells& m) {
        m.a = m.x.load(kAcq);
        m.y.store(1, kRel);
      },
      [](Cells& m) {
        m.b = m.y.load(kAcq);
        m.c = m.x.load(kRlx);
      }},
     {7, 7},
     {7, 7}},
    {"RwcSeqCst",
     {[](Cells& m) { m.x.store(1, kSc); },
      [](Cells& m) {
        m.a = m.x.load(kSc);
        m.b = m.y.load(kSc);
      },
      [](Cells& m) {
        m.y.store(1, kSc);
        m.c = m.x.load(kSc);
      }},
     {7, 7},
     {7, 7}},
    {"RwcFences",
     {[](Cells& m) { m.x.store(1, kRlx); },
      [](Cells& m) {
        m.a = m.x.load(kRlx);
        std::atomic_thread_fence(kSc);
        m.b = m.y.load(kRlx);
      },
      [](Cells& m) {
        m.y.store(1, kRlx);
        std::atomic_thread_fence(kSc);
        m.c = m.x.load(kRlx);
      }},
     {7, 7},
     {7, 7}},
    {"RwcReleaseAcquire",
     {[](Cells& m) { m.x.store(1, kRel); },
      [](Cells& m) {
        m.a = m.x.load(kAcq);
        m.b = m.y.load(kAcq);
      },
      [](Cells& m) {
        m.y.store(1, kRel);
        m.c = m.x.load(kAcq);
      }},
     {8, 8},
     {7, 7}},
    {"WwRwcSeqCstRelease",
     {[](Cells& m) {
        m.x.store(1, kSc);
        m.y.store(1, kRel);
      },
      [](Cells& m) {
        m.a = m.y.load(kAcq);
        m.b = m.z.load(kSc);
      },
      [](Cells& m) {
        m.z.store(1, kSc);
        m.c = m.x.load(kSc);
      }},
     {7, 7},
     {7, 7}},
    {"Isa2ReleaseAcquire",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.y.store(1, kRel);
      },
      [](Cells& m) {
        m.a = m.y.load(kAcq);
        m.z.store(1, kRel);
      },
      [](Cells& m) {
        m.b = m.z.load(kAcq);
        m.c = m.x.load(kRlx);
      }},
     {7, 7},
     {7, 7}},
    {"Isa2Relaxed",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.y.store(1, kRlx);
      },
      [](Cells& m) {
        m.a = m.y.load(kRlx);
        m.z.store(1, kRlx);
      },
      [](Cells& m) {
        m.b = m.z.load(kRlx);
        m.c = m.x.load(kRlx);
      }},
     {8, 8},
     {7, 7}},
    {"Z6SeqCstFirstAndLast",
     {[](Cells& m) {
        m.x.store(1, kSc);
        m.y.store(1, kRel);
      },
      [](Cells& m) {
        m.a = m.y.fetch_add(1, kSc);
        m.b = m.y.load(kRlx);
      },
      [](Cells& m) {
        m.y.store(3, kSc);
        m.c = m.x.load(kSc);
      }},
     {24, 20},
     {18, 15}},
    {"Z6Relaxed",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        m.y.store(1, kRlx);
      },
      [](Cells& m) {
        m.y.store(2, kRlx);
        m.z.store(1, kRlx);
      },
      [](Cells& m) {
        m.a = m.z.load(kRlx);
        m.b = m.x.load(kRlx);
      }},
     {8, 8},
     {7, 7}},
    {"Z6Fences",
     {[](Cells& m) {
        m.x.store(1, kRlx);
        std::atomic_thread_fence(kSc);
        m.y.store(1, kRlx);
      },
      [](Cells& m) {
        m.y.store(2, kRlx);
        std::atomic_thread_fence(kSc);
        m.z.store(1, kRlx);
      },
      [](Cells& m) {
        m.a = m.z.load(kRlx);
        std::atomic_thread_fence(kSc);
        m.b = m.x.load(kRlx);
      }},
     {7, 7},
     {7, 7}},
    {"ThreeWSeqCst",
     {[](Cells& m) {
        m.x.store(1, kSc);
        m.y.store(2, kSc);
      },
      [](Cells& m) {
        m.y.store(1, kSc);
        m.z.store(2, kSc);
      },
      [](Cells& m) {
        m.z.store(1, kSc);
        m.x.store(2, kSc);
      }},
     {7, 7},
     {7, 7}},
};

INSTANTIATE_TEST_SUITE_P(ManyThreads, Litmus, testing::ValuesIn(kTests), name_of);

}  // namespace
}  // namespace litmus
