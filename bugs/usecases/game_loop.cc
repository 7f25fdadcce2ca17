// SPDX-License-Identifier: Apache-2.0
// Game loop. Physics moves the ball while the renderer draws it: one frame shows its new column and
// its old row.
//
//   physics                     renderer
//   ------------------------------------
//   ball.column = 1
//                               draws column 1, row 0     a place where it never was
//   ball.row = 1
#include <array>
#include <atomic>
#include <barrier>
#include <cassert>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

/// Flies along the diagonal of the field.
struct Ball {
  int column = 0;
  int row = 0;
};

void step(Ball& ball) {
  ball.column = ball.column + 1;
  ball.row = ball.row + 1;
}

using Frame = std::array<std::string, 3>;

/// The field as a player sees it.
Frame draw(const Ball& ball) {
  Frame frame{"...", "...", "..."};
  frame[ball.row][ball.column] = 'o';
  return frame;
}

void show(const Frame& frame) {
  heddle::observe("frame", frame[0] + "/" + frame[1] + "/" + frame[2]);
  assert(frame == draw({0, 0}) || frame == draw({1, 1}) || frame == draw({2, 2}));
}

namespace buggy {
void body() {
  Ball ball;
  std::thread physics([&] { step(ball); });
  std::thread renderer([&] {
    const int column = ball.column;
    const int row = ball.row;
    show(draw({column, row}));
  });
  physics.join();
  renderer.join();
}
}  // namespace buggy

// Fix: a frame has two phases, and a barrier lies between them.
namespace barrier {
void body() {
  Ball ball;
  std::barrier phase(2);
  std::thread physics([&] {
    step(ball);
    phase.arrive_and_wait();
  });
  std::thread renderer([&] {
    phase.arrive_and_wait();
    show(draw(ball));
  });
  physics.join();
  renderer.join();
}
}  // namespace barrier

// Fix: two balls. Physics moves the one that is not shown, and then shows it.
namespace double_buffer {
void body() {
  std::array<Ball, 2> balls;
  std::atomic<int> shown{0};
  std::thread physics([&] {
    Ball& hidden = balls[1];
    step(hidden);
    shown.store(1, std::memory_order_release);
  });
  std::thread renderer([&] { show(draw(balls[shown.load(std::memory_order_acquire)])); });
  physics.join();
  renderer.join();
}
}  // namespace double_buffer

// Fix: a lock, as long as the copy takes.
namespace mutex {
void body() {
  Ball ball;
  std::mutex mutex;
  std::thread physics([&] {
    std::lock_guard lock(mutex);
    step(ball);
  });
  std::thread renderer([&] {
    std::unique_lock lock(mutex);
    const Ball copy = ball;
    lock.unlock();
    show(draw(copy));
  });
  physics.join();
  renderer.join();
}
}  // namespace mutex

// Fix: two semaphores, and two steps in turns: move, draw, move, draw.
namespace semaphore_pair {
void body() {
  Ball ball;
  std::binary_semaphore moved{0};
  std::binary_semaphore drawn{1};
  std::thread physics([&] {
    for (int frame = 0; frame < 2; ++frame) {
      drawn.acquire();
      step(ball);
      moved.release();
    }
  });
  std::thread renderer([&] {
    for (int frame = 0; frame < 2; ++frame) {
      moved.acquire();
      show(draw(ball));
      drawn.release();
    }
  });
  physics.join();
  renderer.join();
  assert(ball.row == 2);
}
}  // namespace semaphore_pair

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "usecases",
    .name = "game_loop",
    .title = "A frame is drawn while physics moves what it shows",
    .story = "A game computes the next positions in one thread and draws in another. Without "
             "anything between the two a frame may show objects that are half where they were and "
             "half where they will be.",
    .kind = "data race, torn frame",
    .cwe = "366",
    .threads = 2,
    .tsan_reason = "The positions are plain, and writing and drawing are unordered.",
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
             .adds = "happens-before: the end of the physics phase before the drawing",
             .primitive = "std::barrier"},
            {.name = "double_buffer",
             .body = double_buffer::body,
             .adds = "happens-before: the hidden ball is ready before it is shown, and it is not "
                     "touched then",
             .primitive = "std::atomic (release/acquire)",
             .sc_executions = 2},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: nobody copies between the two coordinates",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "semaphore_pair",
             .body = semaphore_pair::body,
             .adds = "happens-before: each step before its drawing, each drawing before the next "
                     "step",
             .primitive = "std::binary_semaphore"},
        },
}};

}  // namespace
