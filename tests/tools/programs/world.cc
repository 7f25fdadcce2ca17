// SPDX-License-Identifier: Apache-2.0
// What each execution must find as a real run does: constructed globals, arguments, environment,
// standard input. Whatever one execution changes, the next must not see.
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

namespace {

std::vector<int> numbers{1, 2, 3};
std::string text(100, 'x');

struct Last {
  ~Last() {
    assert(numbers.size() == 4);
    std::cout << "the last word\n";
  }
} last;

void count_words(int expected) {
  int count = 0;
  for (std::string word; std::cin >> word;) {
    ++count;
  }
  assert(count == expected);
  assert(std::cin.eof());
}

}  // namespace

int main(int argc, char** argv) {
  assert(argc == 3 && argv[3] == nullptr && std::strcmp(argv[1], "argument") == 0);
  assert(std::getenv("LD_PRELOAD") == nullptr && std::getenv("HEDDLE_RUN") == nullptr);
  assert(std::getenv("HEDDLE_TEST") != nullptr);
  assert(std::strcmp(std::getenv("HEDDLE_TEST"), "set") == 0);
  setenv("HEDDLE_TEST", "changed", 1);
  assert(dup(0) == 3);  // The lowest: no descriptor of Heddle's is in the way.
  close(3);
  assert(numbers.size() == 3 && text == std::string(100, 'x'));
  numbers.push_back(4);
  text[0] = 'y';
  argv[1][0] = 'A';
  count_words(std::atoi(argv[2]));
  std::atomic<int> value{0};
  std::thread thread([&value] { value = 1; });
  std::cout << "read " << value.load() << std::endl;
  thread.join();
  if (numbers.back() == 5) {
    std::puts("never");
  }
  return 0;
}
