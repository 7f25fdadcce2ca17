// SPDX-License-Identifier: Apache-2.0
// Freed under the reader. One thread pops the only node of a lock-free list and deletes it; another
// peeks: it reads the head and then the node. Between those two reads the node is gone.
//
//   popper                      reader
//   ----------------------------------
//                               reads head: node
//   head = null
//   deletes node
//                               reads node->value       freed memory
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

struct Node {
  int value;
};

namespace buggy {
struct List {
  std::atomic<Node*> head{new Node{42}};

  void pop() {
    Node* node = head.exchange(nullptr);
    delete node;
  }
  int peek() {
    int value = 0;
    if (Node* node = head.load(); node != nullptr) {
      value = node->value;
    }
    return value;
  }
};

void body() {
  List list;
  int seen = 0;
  std::thread popper([&] { list.pop(); });
  std::thread reader([&] { seen = list.peek(); });
  popper.join();
  reader.join();
  heddle::observe("seen", seen);
}
}  // namespace buggy

// Fix: unlinking and peeking exclude each other.
namespace mutex {
struct List {
  std::atomic<Node*> head{new Node{42}};
  std::mutex guard;

  void pop() {
    std::lock_guard lock(guard);
    Node* node = head.exchange(nullptr);
    delete node;
  }
  int peek() {
    std::lock_guard lock(guard);
    int value = 0;
    if (Node* node = head.load(); node != nullptr) {
      value = node->value;
    }
    return value;
  }
};

void body() {
  List list;
  int seen = 0;
  std::thread popper([&] { list.pop(); });
  std::thread reader([&] { seen = list.peek(); });
  popper.join();
  reader.join();
  heddle::observe("seen", seen);
}
}  // namespace mutex

// Fix: unlink now, delete later, when no reader can be left: here when the list itself goes, which
// is after the joins.
namespace deferred_delete {
struct List {
  std::atomic<Node*> head{new Node{42}};
  std::unique_ptr<Node> retired;

  void pop() {
    Node* node = head.exchange(nullptr);
    retired.reset(node);
  }
  int peek() {
    int value = 0;
    if (Node* node = head.load(); node != nullptr) {
      value = node->value;
    }
    return value;
  }
};

void body() {
  List list;
  int seen = 0;
  std::thread popper([&] { list.pop(); });
  std::thread reader([&] { seen = list.peek(); });
  popper.join();
  reader.join();
  heddle::observe("seen", seen);
}
}  // namespace deferred_delete

// Fix: a hazard pointer. The reader announces the node, and then makes sure that it is still
// linked; the popper does not delete an announced node.
namespace hazard_pointer {
struct List {
  std::atomic<Node*> head{new Node{42}};
  std::atomic<Node*> hazard{nullptr};
  std::unique_ptr<Node> retired;

  void pop() {
    Node* node = head.exchange(nullptr);
    if (hazard.load() == node) {
      retired.reset(node);
    } else {
      delete node;
    }
  }
  int peek() {
    int value = 0;
    if (Node* node = head.load(); node != nullptr) {
      hazard.store(node);
      if (head.load() == node) {
        value = node->value;
      }
      hazard.store(nullptr);
    }
    return value;
  }
};

void body() {
  List list;
  int seen = 0;
  std::thread popper([&] { list.pop(); });
  std::thread reader([&] { seen = list.peek(); });
  popper.join();
  reader.join();
  heddle::observe("seen", seen);
}
}  // namespace hazard_pointer

// Fix: the list and its readers share the node. Whoever lets go of it last deletes it.
namespace shared_ptr {
struct List {
  std::atomic<std::shared_ptr<Node>> head{std::make_shared<Node>(Node{42})};

  void pop() { head.exchange(nullptr); }
  int peek() {
    int value = 0;
    if (const std::shared_ptr<Node> node = head.load(); node != nullptr) {
      value = node->value;
    }
    return value;
  }
};

void body() {
  List list;
  int seen = 0;
  std::thread popper([&] { list.pop(); });
  std::thread reader([&] { seen = list.peek(); });
  popper.join();
  reader.join();
  heddle::observe("seen", seen);
}
}  // namespace shared_ptr

// Fix: read, copy, update. Readers say when they are looking; who has unlinked a node waits for
// those that may have seen it.
namespace grace_period {
struct List {
  std::atomic<Node*> head{new Node{42}};
  std::atomic<bool> reading{false};

  void pop() {
    Node* node = head.exchange(nullptr);
    while (reading.load()) {
    }
    delete node;
  }
  int peek() {
    int value = 0;
    reading.store(true);
    if (Node* node = head.load(); node != nullptr) {
      value = node->value;
    }
    reading.store(false);
    return value;
  }
};

void body() {
  List list;
  int seen = 0;
  std::thread popper([&] { list.pop(); });
  std::thread reader([&] { seen = list.peek(); });
  popper.join();
  reader.join();
  heddle::observe("seen", seen);
}
}  // namespace grace_period

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "races",
    .name = "freed_under_reader",
    .title = "A node is deleted between a reader's look at the head and at the node",
    .story = "The head of a lock-free list is atomic, so nobody sees half a pointer. But a pointer "
             "is not a claim: after a reader has loaded it, a popper unlinks the node and deletes "
             "it, and the reader reads freed memory. Lock-free containers need a way to know when "
             "nobody looks any more.",
    .kind = "use after free, memory reclamation",
    .cwe = "416",
    .origin = "the reclamation problem of lock-free containers",
    .threads = 2,
    .tsan_reason =
        "It sees the bug only in a run in which the reader has loaded the head before the node was "
        "unlinked; then as a race between the read and the delete, or as use after free.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy",
             .body = buggy::body,
             .verdict = kBug,
             .kinds = {kUseAfterFree},
             .tsan = {"use_after_free", "data_race"},
             .tsan_certain = false},
            {.name = "mutex",
             .body = mutex::body,
             .adds = "exclusion: no delete between the look at the head and the look at the node",
             .primitive = "std::mutex",
             .sc_executions = 2},
            {.name = "deferred_delete",
             .body = deferred_delete::body,
             .adds = "happens-before: the reader's end, through its join, before the delete",
             .primitive = "std::thread::join",
             .sc_executions = 2},
            {.name = "hazard_pointer",
             .body = hazard_pointer::body,
             .adds = "order and happens-before: of announcing and unlinking one is first for both; "
                     "clearing the announcement releases the node to the popper that reads it",
             .primitive = "std::atomic (seq_cst)"},
            {.name = "shared_ptr",
             .body = shared_ptr::body,
             .adds = "ownership: the node stays until the last share of it is gone",
             .primitive = "std::atomic<std::shared_ptr>",
             .tsan = {"data_race"},
             .tsan_certain = false},
            {.name = "grace_period",
             .body = grace_period::body,
             .adds = "happens-before: the end of every look that began before the unlinking, "
                     "before the delete",
             .primitive = "std::atomic (seq_cst)"},
        },
}};

}  // namespace
