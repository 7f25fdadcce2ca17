// SPDX-License-Identifier: Apache-2.0
// The processes of a team: forked, listened to, and reaped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "checker/explore_member.h"

namespace heddle {

class Crew {
 public:
  /// Throws std::invalid_argument if there is no memory to share.
  explicit Crew(std::uint32_t jobs);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  std::uint32_t size() const { return static_cast<std::uint32_t>(mates_.size()); }
  SharedCounts& shared() { return *shared_; }
  SharedCounts::Counts& counts(std::uint32_t index) { return shared_->members[index]; }

  /// Forks member `index`, which lives by `live` and ends. Its counts begin at what they are.
  /// Throws std::invalid_argument if the system has no more processes or sockets.
  void start(std::uint32_t index, bool careful, const std::function<void(Member&)>& live);
  /// Nothing happens if it is gone.
  void tell(std::uint32_t index, char letter, const std::string& text = {});
  /// The next message of each that has one, after so long at most. Letter 0: that one is gone.
  std::vector<std::pair<std::uint32_t, Message>> listen(int milliseconds);
  /// How one ended that is gone: in words, as of a job.
  std::string reap(std::uint32_t index);
  /// Ends what has not ended.
  void dismiss();

 private:
  struct Mate {
    pid_t process = 0;
    int socket = -1;
  };
  void close_socket(Mate& mate);

  SharedCounts* shared_;
  std::vector<Mate> mates_;
};

}  // namespace heddle
