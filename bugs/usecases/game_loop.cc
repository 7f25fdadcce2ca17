// SPDX-License-Identifier: Apache-2.0
// Game loop. Physics moves the ball while the renderer draws it: one frame shows its new column and
// its old row.
//
//   physics                     renderer
//   ------------------------------------
//   ball.x = 7
//                               draws x: 7, y: 0
//   ball.y = 7
#include <array>
#include <atomic>
#include <barrier>
#include <cassert>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

struct Ball {
  int x = 0;
  int y = 0;
};

void draw(const Ball& ball) {
  heddle::observe("x", ball.x);
  assert(ball.x == ball.y);
}

namespace buggy {
void body() {
  Ball ball;
  std::thread physics([&] {
    ball.x = 7;
    ball.y = 7;
  });
  std::thread renderer([&] { draw({ball.x, ball.y}); });
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
    ball.x = 7;
    ball.y = 7;
    phase.arrive_and_wait();
  });
  std::thread renderer([&] {
    phase.arrive_and_wait();
    draw({ball.x, ball.y});
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
    hidden.x = 7;
    hidden.y = 7;
    shown.store(1, std::memory_order_release);
  });
  std::thread renderer([&] {
    const Ball& ball = balls[shown.load(std::memory_order_acquire)];
    draw({ball.x, ball.y});
  });
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
    ball.x = 7;
    ball.y = 7;
  });
  std::thread renderer([&] {
    Ball copy;
    {
      std::lock_guard lock(mutex);
      copy = ball;
    }
    draw({copy.x, copy.y});
  });
  physics.join();
  renderer.join();
}
}  // namespace mutex

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
        },
}};

}  // namespace
