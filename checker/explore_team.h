// SPDX-License-Identifier: Apache-2.0
// One exploration by several processes.
//
// The process that was asked forks the others before anything ran, so that all have the same
// addresses, and runs nothing itself. A member explores on its own. One that has nothing left says
// so; then a busy one is asked to give alternatives of its shallowest level away. So each execution
// is run once, whoever runs it, and all counts are those of one process. Messages are a letter, a
// length and text, over a socket; a member looks at a word of shared memory between two executions
// to see whether there is one.
//
//   member to parent: n nothing left; g work given away, or empty; p part so far; d part, the end
//   parent to member: w work; s give some away; c tell the part so far; x end
//
// A member that dies is the finding `crash`; what it was to do is lost, and the report says so.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "checker/explore_part.h"
#include "heddle/options.h"
#include "heddle/report.h"

namespace heddle {

struct Message {
  char letter = 0;
  std::string text;
};

/// What members and parent see of each other all the time.
struct SharedCounts {
  struct Counts {
    std::atomic<std::uint32_t> sent{0};  ///< Messages to this member.
    std::atomic<std::uint64_t> executions{0};
    std::atomic<std::uint64_t> blocked{0};
  };
  std::atomic<std::uint64_t> tickets{0};  ///< Executions begun by all.
  Counts members[256];
};

/// A member's side.
class Member {
 public:
  Member(int socket, SharedCounts& shared, std::uint32_t index)
      : socket_(socket), shared_(shared), mine_(shared.members[index]) {}

  /// The next message, or letter 0 if there is none.
  Message take();
  /// Says once that there is nothing left; returns when there is a message.
  void wait();
  void send(char letter, const std::string& text);
  void count(bool blocked) { ++(blocked ? mine_.blocked : mine_.executions); }
  /// Whether another execution may begin under a limit for all; 0: none.
  bool take_ticket(std::uint64_t limit) {
    return limit == 0 || shared_.tickets.fetch_add(1) < limit;
  }

 private:
  int socket_;
  SharedCounts& shared_;
  SharedCounts::Counts& mine_;
  std::uint32_t taken_ = 0;
  bool said_nothing_ = false;
};

/// Explores as a member, from `base` on, and returns what came of it.
using Join = std::function<Part(Member&, const Part& base)>;

/// Throws std::invalid_argument for a checkpoint that does not fit.
Report explore_together(const std::function<void()>& body, const Options& options,
                        const Join& join);

}  // namespace heddle
