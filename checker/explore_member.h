// SPDX-License-Identifier: Apache-2.0
// One of several processes that explore together, and what it exchanges with its parent.
//
// Messages are a letter, a length and text, over a socket. A member looks at a word of shared
// memory between two executions to see whether there is one. One that goes on for a member that
// died is careful: before each execution it notes there which one it is, for whoever finds it dead.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace heddle {

struct Message {
  char letter = 0;
  std::string text;
};

bool send_message(int socket, char letter, const std::string& text);
/// Waits for one. Letter 0 if the other side is gone.
Message receive_message(int socket);

constexpr std::uint32_t kMostJobs = 256;

/// What members and parent see of each other all the time.
struct SharedCounts {
  struct Counts {
    std::atomic<std::uint32_t> sent{0};  ///< Messages to this member.
    std::atomic<std::uint64_t> executions{0};
    std::atomic<std::uint64_t> blocked{0};
    std::atomic<std::uint64_t> events{0};
    /// Of the execution at hand, if the member is careful.
    std::atomic<std::uint64_t> key{0};
    std::atomic<std::uint32_t> token_size{0};  ///< 0: none at hand, or its token is too long.
    char token[1 << 16];
  };
  std::atomic<std::uint64_t> tickets{0};        ///< Executions begun by all.
  std::atomic<std::uint64_t> events_before{0};  ///< Those that no member counts.
  Counts members[kMostJobs];
};

class Member {
 public:
  Member(int socket, SharedCounts& shared, std::uint32_t index, std::uint32_t members, bool careful)
      : socket_(socket),
        shared_(shared),
        mine_(shared.members[index]),
        members_(members),
        careful_(careful) {}

  /// The next message, or letter 0 if there is none.
  Message take();
  /// Says once that there is nothing left; returns when there is a message.
  void wait();
  void send(char letter, const std::string& text);

  /// Whether another execution may begin under a limit for all; 0: none. Until it has been counted
  /// the answer stays.
  bool may_begin(std::uint64_t limit);
  void count(bool blocked, std::uint64_t events);
  /// Of the executions that all have counted.
  std::uint64_t events_of_all() const;

  bool is_careful() const { return careful_; }
  /// What is about to run, search::key_of() and its token; between() takes it back.
  void note(std::uint64_t key, std::string_view token);
  void between() { mine_.token_size = 0; }

 private:
  int socket_;
  SharedCounts& shared_;
  SharedCounts::Counts& mine_;
  std::uint32_t members_;
  bool careful_;
  bool has_ticket_ = false;
  std::uint32_t taken_ = 0;
  bool said_nothing_ = false;
};

}  // namespace heddle
