// SPDX-License-Identifier: Apache-2.0
// Allocation: what the model's heap finds, and memory functions as reads and writes.
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tests/doors/support/door_test.h"

using namespace door_tests;
using heddle::FindingKind;

HEDDLE_DOOR_TEST(every_allocation_is_freed, ok(1)) {
  void* block = std::malloc(10);
  block = std::realloc(block, 100);
  std::free(block);
  std::free(std::calloc(3, 4));
  std::free(std::aligned_alloc(64, 128));
  if (posix_memalign(&block, 256, 10) == 0) {
    std::free(block);
  }
  delete new int(1);
  delete[] new int[3];
  std::vector<std::string> texts(3, std::string(100, 'x'));
  std::thread thread([moved = std::move(texts)] {});
  thread.join();
}

HEDDLE_DOOR_TEST(calloc_clears_and_realloc_keeps, ok(1)) {
  auto* block = static_cast<char*>(std::calloc(4, 4));
  for (int i = 0; i < 16; ++i) {
    if (block[i] != 0) {
      __builtin_trap();
    }
    block[i] = static_cast<char>(i);
  }
  block = static_cast<char*>(std::realloc(block, 1000));
  if (block[15] != 15) {
    __builtin_trap();
  }
  std::free(block);
}

HEDDLE_DOOR_TEST(use_after_free, shows(heddle::FindingKind::kUseAfterFree)) {
  int* volatile pointer = new int(1);
  delete pointer;
  heddle::observe("freed", *pointer);
}

HEDDLE_DOOR_TEST(double_free, shows(heddle::FindingKind::kDoubleFree)) {
  void* volatile block = std::malloc(8);
  std::free(block);
  std::free(block);
}

HEDDLE_DOOR_TEST(free_of_the_middle, shows({FindingKind::kBadFree, FindingKind::kLeak})) {
  char* volatile block = static_cast<char*>(std::malloc(64));
  char* volatile middle = block + 16;
  std::free(middle);
}

HEDDLE_DOOR_TEST(leak, shows(heddle::FindingKind::kLeak)) {
  void* volatile block = std::malloc(8);
  heddle::observe("allocated", block != nullptr);
  block = nullptr;
}

HEDDLE_DOOR_TEST(memcpy_races, shows(kDataRace)) {
  std::vector<char> to(100), from(100, 'a');
  std::thread thread([&] { std::memcpy(to.data(), from.data(), to.size()); });
  to[50] = 1;
  thread.join();
  heddle::observe("copied", to[50]);
}

HEDDLE_DOOR_TEST(memset_races, shows(kDataRace)) {
  std::vector<char> bytes(200);
  std::thread thread([&] { std::memset(bytes.data(), 1, bytes.size()); });
  heddle::observe("byte", bytes[150]);
  thread.join();
}

HEDDLE_DOOR_TEST(string_contents_race, shows(kDataRace)) {
  std::string text(100, 'a');
  std::thread thread([&] { text[99] = 'b'; });
  heddle::observe("equal", std::strlen(text.c_str()));
  thread.join();
}

HEDDLE_DOOR_TEST(disjoint_ranges_do_not_race, ok(1)) {
  char bytes[64] = {};
  std::thread thread([&] { std::memset(bytes, 1, 32); });
  std::memmove(bytes + 32, bytes + 40, 24);
  thread.join();
}
