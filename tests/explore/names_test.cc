// SPDX-License-Identifier: Apache-2.0
// Reports call objects by the names that the program gives them: locals of the body, which other
// threads reach by reference, their members and elements, and heap blocks by their source line.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "heddle/heddle.h"

int b = 0;  // A name that is also the mangled form of a type.

namespace {

using heddle::Finding;
using heddle::FindingKind;
using heddle::Report;

/// The first finding of the kind; an empty one if there is none.
Finding first(const Report& report, FindingKind kind) {
  for (const Finding& finding : report.findings) {
    if (finding.kind == kind) {
      return finding;
    }
  }
  ADD_FAILURE() << to_text(report);
  return {};
}

Finding find_in(void (*body)(), FindingKind kind) {
  heddle::Options options;
  options.stop_at_first_bug = false;
  options.after_race = heddle::AfterRace::kStop;
  return first(heddle::explore(body, options), kind);
}

bool mentions(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

/// Whether some step of the trace does `what` to `object` with `value`.
bool has_step(const Finding& finding, const std::string& what, const std::string& object,
              const std::string& value) {
  for (const heddle::TraceStep& step : finding.trace) {
    if (step.what == what && step.object == object && step.value == value) {
      return true;
    }
  }
  return false;
}

TEST(Names, a_local_variable) {
  const Finding finding = find_in(
      [] {
        int hits = 5;
        std::thread clerk([&] { hits = 7; });
        hits = 8;
        clerk.join();
      },
      FindingKind::kDataRace);
  EXPECT_TRUE(mentions(finding.message, " writes hits (names_test.cc:")) << finding.message;
  EXPECT_TRUE(mentions(finding.message, ": nothing orders the two accesses")) << finding.message;
  EXPECT_TRUE(has_step(finding, "write", "hits", "7")) << to_text(finding);
  EXPECT_TRUE(has_step(finding, "write", "hits", "8")) << to_text(finding);
}

struct Account {
  long number = 1;
  std::atomic<int> visits{0};
  long balance = 0;
};

TEST(Names, members_and_elements_of_locals) {
  const Finding finding = find_in(
      [] {
        std::array<Account, 3> accounts;
        const auto work = [&] {
          accounts[1].visits.fetch_add(1, std::memory_order_relaxed);
          accounts[2].balance = 3;
        };
        std::thread first(work);
        std::thread second(work);
        first.join();
        second.join();
      },
      FindingKind::kDataRace);
  EXPECT_TRUE(mentions(finding.message, " writes accounts[2].balance (")) << finding.message;
  EXPECT_TRUE(has_step(finding, "fetch_add(relaxed)", "accounts[1].visits", "0 -> 1"))
      << to_text(finding);
  EXPECT_TRUE(has_step(finding, "fetch_add(relaxed)", "accounts[1].visits", "1 -> 2"))
      << to_text(finding);
}

TEST(Names, mutexes_of_a_deadlock) {
  const Finding finding = find_in(
      [] {
        std::mutex left;
        std::array<std::mutex, 2> forks;
        std::thread guest([&] {
          std::lock_guard one(left);
          std::lock_guard two(forks[1]);
        });
        forks[1].lock();
        left.lock();
        left.unlock();
        forks[1].unlock();
        guest.join();
      },
      FindingKind::kDeadlock);
  EXPECT_TRUE(mentions(finding.message, "T1 holds mutex left and waits for mutex forks[1]"))
      << finding.message;
  EXPECT_TRUE(has_step(finding, "lock mutex", "left", "")) << to_text(finding);
}

struct Node {
  long key = 0;
  long next = 0;
};

TEST(Names, heap_blocks_by_the_line_that_allocates) {
  const Finding finding = find_in(
      [] {
        auto* node = new Node;
        auto* other = new Node;
        std::thread writer([node] { node->next = 1; });
        node->next = 2;
        writer.join();
        delete node;
        delete other;
      },
      FindingKind::kDataRace);
  EXPECT_TRUE(mentions(finding.message, " writes new Node (names_test.cc:")) << finding.message;
  EXPECT_TRUE(mentions(finding.message, ").next ")) << finding.message;
}

TEST(Names, blocks_of_one_line_are_counted) {
  const Finding finding = find_in(
      [] {
        std::array<Node*, 2> nodes{};
        for (Node*& node : nodes) {
          node = new Node;
        }
        std::thread one([&] { nodes[1]->next = 1; });
        std::thread two([&] { nodes[1]->next = nodes[0]->next; });
        one.join();
        two.join();
        delete nodes[0];
        delete nodes[1];
      },
      FindingKind::kDataRace);
  EXPECT_TRUE(mentions(finding.message, "writes new Node #2 (names_test.cc:")) << finding.message;
}

TEST(Names, blocks_of_containers) {
  const Finding finding = find_in(
      [] {
        std::vector<int> numbers(4);
        std::thread writer([&] { numbers[2] = 1; });
        numbers[2] = 2;
        writer.join();
      },
      FindingKind::kDataRace);
  EXPECT_TRUE(mentions(finding.message, " writes heap block (names_test.cc:")) << finding.message;
  EXPECT_TRUE(mentions(finding.message, ")+8 ")) << finding.message;
}

struct Mailbox {
  std::mutex mutex;
  std::condition_variable filled;  // Only declared in clang's debug information.
  std::atomic<Node*> newest{nullptr};
};

TEST(Names, members_of_declared_types_and_pointers) {
  const Finding finding = find_in(
      [] {
        Mailbox box;
        Node letter;
        std::thread reader([&] {
          std::unique_lock lock(box.mutex);
          box.newest.store(&letter);
          box.filled.wait(lock);
        });
        reader.join();
      },
      FindingKind::kDeadlock);
  EXPECT_TRUE(mentions(finding.message, "waits on condition variable box.filled"))
      << finding.message;
  EXPECT_TRUE(has_step(finding, "store(seq_cst)", "box.newest", "&letter.key") ||
              has_step(finding, "store(seq_cst)", "box.newest", "&letter"))
      << to_text(finding);
}

TEST(Names, globals_with_short_names) {
  const Finding finding = find_in(
      [] {
        std::thread writer([] { ::b = 1; });
        ::b = 2;
        writer.join();
      },
      FindingKind::kDataRace);
  EXPECT_TRUE(mentions(finding.message, " writes b (")) << finding.message;
}

TEST(Names, what_the_kernel_keeps) {
  const Finding finding = find_in(
      [] {
        char name[] = "/tmp/heddle-XXXXXX";
        int ends[2];
        if (mkdtemp(name) != nullptr && rmdir(name) == 0 && pipe(ends) == 0) {
          [[maybe_unused]] const ssize_t got = read(ends[0], name, 1);
        }
      },
      FindingKind::kDeadlock);
  EXPECT_TRUE(mentions(finding.message, "main waits for pipe 4096/4097, which")) << finding.message;
  EXPECT_TRUE(has_step(finding, "call on", "the file system", "")) << to_text(finding);
  EXPECT_TRUE(has_step(finding, "open pipe", "4096/4097", "")) << to_text(finding);
}

}  // namespace
