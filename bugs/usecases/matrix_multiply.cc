// SPDX-License-Identifier: Apache-2.0
// Matrix multiply. Two threads compute the fourth power of a matrix, a row each: first the rows of
// its square, then those of the square of that, for which each needs the other's row. Nothing makes
// it wait until that is there.
//
//   first row                           second row
//   ----------------------------------------------
//   phase 1: square[0] = 7 10
//   phase 2: reads square[1]: 0 0       not computed yet
//                                       phase 1: square[1] = 15 22
#include <array>
#include <barrier>
#include <cassert>
#include <future>
#include <latch>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

using Row = std::array<int, 2>;
using Matrix = std::array<Row, 2>;

constexpr Matrix kMatrix{{{1, 2}, {3, 4}}};
constexpr Matrix kFourthPower{{{199, 290}, {435, 634}}};

/// Row `row` of the product of two matrices.
void multiply_row(const Matrix& left, const Matrix& right, int row, Row& result) {
  for (int column = 0; column < 2; ++column) {
    result[column] = left[row][0] * right[0][column] + left[row][1] * right[1][column];
  }
}

void check(const Matrix& power) {
  heddle::observe("trace", power[0][0] + power[1][1]);
  assert(power == kFourthPower);
}

namespace buggy {
void body() {
  Matrix square{};
  Matrix power{};
  auto worker = [&](int row) {
    multiply_row(kMatrix, kMatrix, row, square[row]);
    multiply_row(square, square, row, power[row]);
  };
  std::thread first(worker, 0);
  std::thread second(worker, 1);
  first.join();
  second.join();
  check(power);
}
}  // namespace buggy

// Fix: a barrier between the phases.
namespace barrier {
void body() {
  Matrix square{};
  Matrix power{};
  std::barrier phase(2);
  auto worker = [&](int row) {
    multiply_row(kMatrix, kMatrix, row, square[row]);
    phase.arrive_and_wait();
    multiply_row(square, square, row, power[row]);
  };
  std::thread first(worker, 0);
  std::thread second(worker, 1);
  first.join();
  second.join();
  check(power);
}
}  // namespace barrier

// Fix: a latch for each row. Who needs a row waits for that one only.
namespace latch_for_each_row {
void body() {
  Matrix square{};
  Matrix power{};
  std::latch first_ready(1);
  std::latch second_ready(1);
  auto worker = [&](int row, std::latch& mine_ready, std::latch& other_ready) {
    multiply_row(kMatrix, kMatrix, row, square[row]);
    mine_ready.count_down();
    other_ready.wait();
    multiply_row(square, square, row, power[row]);
  };
  std::thread first([&] { worker(0, first_ready, second_ready); });
  std::thread second([&] { worker(1, second_ready, first_ready); });
  first.join();
  second.join();
  check(power);
}
}  // namespace latch_for_each_row

// Fix: join between the phases, and start new threads for the second.
namespace join_between {
void body() {
  Matrix square{};
  Matrix power{};
  auto first_phase = [&](int row) { multiply_row(kMatrix, kMatrix, row, square[row]); };
  auto second_phase = [&](int row) { multiply_row(square, square, row, power[row]); };
  std::thread first(first_phase, 0);
  std::thread second(first_phase, 1);
  first.join();
  second.join();
  first = std::thread(second_phase, 0);
  second = std::thread(second_phase, 1);
  first.join();
  second.join();
  check(power);
}
}  // namespace join_between

// Fix: rows come as futures. Who needs a row asks for it and gets it when it is there.
namespace futures {
void body() {
  std::array<std::promise<Row>, 2> promised;
  const std::array<std::shared_future<Row>, 2> rows{promised[0].get_future().share(),
                                                    promised[1].get_future().share()};
  Matrix power{};
  auto worker = [&](int row) {
    Row mine{};
    multiply_row(kMatrix, kMatrix, row, mine);
    promised[row].set_value(mine);
    const Matrix square{rows[0].get(), rows[1].get()};
    multiply_row(square, square, row, power[row]);
  };
  std::thread first(worker, 0);
  std::thread second(worker, 1);
  first.join();
  second.join();
  check(power);
}
}  // namespace futures

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "matrix_multiply",
    .title = "The second phase reads rows that the first has not finished",
    .story = "The power of a matrix is computed by several threads, a row each, in two phases. In "
             "the second each thread needs what others have computed in the first. Without a "
             "barrier a quick thread reads rows that are not there yet, and the product is wrong, "
             "sometimes.",
    .kind = "missing barrier",
    .cwe = "366,820",
    .origin = "DataRaceBench DRB013-nowait",
    .threads = 2,
    .tsan_reason = "The rows are plain, and writing one and reading it are unordered.",
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
            {.name = "latch_for_each_row",
             .body = latch_for_each_row::body,
             .adds = "happens-before: the writing of a row before the reading of that row",
             .primitive = "std::latch"},
            {.name = "join_between",
             .body = join_between::body,
             .adds = "happens-before: the end of every phase-one thread before the start of phase "
                     "two",
             .primitive = "std::thread::join",
             .sc_executions = 1},
            {.name = "futures",
             .body = futures::body,
             .adds = "happens-before: the making of a row before the return of get()",
             .primitive = "std::shared_future"},
        },
}};

}  // namespace
