// SPDX-License-Identifier: Apache-2.0
// Matrix multiply. Each of two threads computes a tile in phase one, and in phase two works with
// the other's tile. Nothing makes it wait until that is there.
//
//   left                            right
//   -------------------------------------
//   phase 1: tile[0] = 2
//   phase 2: reads tile[1]: 0       not computed yet
//                                   phase 1: tile[1] = 3
#include <array>
#include <barrier>
#include <cassert>
#include <latch>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

namespace buggy {
void body() {
  std::array<int, 2> tile{};
  std::array<int, 2> product{};
  auto worker = [&](int mine) {
    tile[mine] = 2 + mine;
    product[mine] = 10 * tile[1 - mine];
  };
  std::thread left(worker, 0);
  std::thread right(worker, 1);
  left.join();
  right.join();
  heddle::observe("product", product[0] + product[1]);
  assert(product[0] == 30 && product[1] == 20);
}
}  // namespace buggy

// Fix: a barrier between the phases.
namespace barrier {
void body() {
  std::array<int, 2> tile{};
  std::array<int, 2> product{};
  std::barrier phase(2);
  auto worker = [&](int mine) {
    tile[mine] = 2 + mine;
    phase.arrive_and_wait();
    product[mine] = 10 * tile[1 - mine];
  };
  std::thread left(worker, 0);
  std::thread right(worker, 1);
  left.join();
  right.join();
  heddle::observe("product", product[0] + product[1]);
  assert(product[0] == 30 && product[1] == 20);
}
}  // namespace barrier

// Fix: a latch for each tile. Who needs a tile waits for that one only.
namespace latch_for_each_tile {
void body() {
  std::array<int, 2> tile{};
  std::array<int, 2> product{};
  std::latch left_ready(1);
  std::latch right_ready(1);
  auto worker = [&](int mine, std::latch& mine_ready, std::latch& other_ready) {
    tile[mine] = 2 + mine;
    mine_ready.count_down();
    other_ready.wait();
    product[mine] = 10 * tile[1 - mine];
  };
  std::thread left([&] { worker(0, left_ready, right_ready); });
  std::thread right([&] { worker(1, right_ready, left_ready); });
  left.join();
  right.join();
  heddle::observe("product", product[0] + product[1]);
  assert(product[0] == 30 && product[1] == 20);
}
}  // namespace latch_for_each_tile

// Fix: join between the phases, and start new threads for the second.
namespace join_between {
void body() {
  std::array<int, 2> tile{};
  std::array<int, 2> product{};
  auto first_phase = [&](int mine) { tile[mine] = 2 + mine; };
  auto second_phase = [&](int mine) { product[mine] = 10 * tile[1 - mine]; };
  std::thread left(first_phase, 0);
  std::thread right(first_phase, 1);
  left.join();
  right.join();
  left = std::thread(second_phase, 0);
  right = std::thread(second_phase, 1);
  left.join();
  right.join();
  heddle::observe("product", product[0] + product[1]);
  assert(product[0] == 30 && product[1] == 20);
}
}  // namespace join_between

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "matrix_multiply",
    .title = "The second phase reads tiles that the first has not finished",
    .story = "A matrix product is computed in tiles by several threads, in two phases. In the "
             "second each thread needs what others have computed in the first. Without a barrier "
             "a quick thread reads tiles that are not there yet, and the product is wrong, "
             "sometimes.",
    .kind = "missing barrier",
    .cwe = "366,820",
    .origin = "DataRaceBench DRB013-nowait",
    .threads = 2,
    .tsan_reason = "The tiles are plain, and writing one and reading it are unordered.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kDataRace, kAssertion},
             .tsan = {"data_race"}},
            {.name = "barrier",
             .body = barrier::body,
             .adds = "happens-before: all of phase one before all of phase two",
             .primitive = "std::barrier"},
            {.name = "latch_for_each_tile",
             .body = latch_for_each_tile::body,
             .adds = "happens-before: the writing of a tile before the reading of that tile",
             .primitive = "std::latch"},
            {.name = "join_between",
             .body = join_between::body,
             .adds = "happens-before: the end of every phase-one thread before the start of phase "
                     "two",
             .primitive = "std::thread::join",
             .sc_executions = 1},
        },
}};

}  // namespace
