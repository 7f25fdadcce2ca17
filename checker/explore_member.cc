// SPDX-License-Identifier: Apache-2.0
// Messages between a member and its parent.
#include "checker/explore_member.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace heddle {
namespace {

bool send_all(int socket, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t sent = send(socket, bytes, size, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) {
      return false;
    }
    bytes += sent > 0 ? sent : 0;
    size -= sent > 0 ? static_cast<std::size_t>(sent) : 0;
  }
  return true;
}

bool receive_all(int socket, void* data, std::size_t size) {
  auto* bytes = static_cast<char*>(data);
  while (size > 0) {
    const ssize_t got = recv(socket, bytes, size, 0);
    if (got == 0 || (got < 0 && errno != EINTR)) {
      return false;
    }
    bytes += got > 0 ? got : 0;
    size -= got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  return true;
}

}  // namespace

bool send_message(int socket, char letter, const std::string& text) {
  const std::uint64_t size = text.size();
  char head[9] = {letter};
  std::memcpy(head + 1, &size, sizeof size);
  return send_all(socket, head, sizeof head) && send_all(socket, text.data(), text.size());
}

Message receive_message(int socket) {
  char head[9];
  if (!receive_all(socket, head, sizeof head)) {
    return {};
  }
  std::uint64_t size = 0;
  std::memcpy(&size, head + 1, sizeof size);
  Message message{head[0], std::string(size, 0)};
  return receive_all(socket, message.text.data(), size) ? message : Message{};
}

Message Member::take() {
  if (mine_.sent.load() == taken_) {
    return {};
  }
  ++taken_;
  Message message = receive_message(socket_);
  if (message.letter == 0) {
    _exit(1);  // The parent is gone.
  }
  said_nothing_ = said_nothing_ && message.letter != 'w';
  return message;
}

void Member::wait() {
  careful_ = false;  // What the other one had begun is done.
  if (has_ticket_) {
    has_ticket_ = false;
    --shared_.tickets;
  }
  if (!said_nothing_) {
    said_nothing_ = true;
    send('n', {});
  }
  pollfd polled{socket_, POLLIN, 0};
  poll(&polled, 1, -1);
  while (mine_.sent.load() == taken_ && (polled.revents & POLLHUP) == 0) {
    poll(nullptr, 0, 1);  // The word comes just after its message.
  }
  if ((polled.revents & POLLHUP) != 0 && mine_.sent.load() == taken_) {
    _exit(1);
  }
}

void Member::send(char letter, const std::string& text) {
  if (!send_message(socket_, letter, text)) {
    _exit(1);
  }
}

bool Member::may_begin(std::uint64_t limit) {
  if (limit == 0) {
    return true;
  }
  has_ticket_ = has_ticket_ || shared_.tickets.fetch_add(1) < limit;
  return has_ticket_;
}

void Member::count(bool blocked, std::uint64_t events) {
  has_ticket_ = false;
  ++(blocked ? mine_.blocked : mine_.executions);
  mine_.events += events;
}

std::uint64_t Member::events_of_all() const {
  std::uint64_t sum = shared_.events_before;
  for (std::uint32_t index = 0; index < members_; ++index) {
    sum += shared_.members[index].events;
  }
  return sum;
}

void Member::note(std::uint64_t key, std::string_view token) {
  mine_.key = key;
  const bool fits = token.size() <= sizeof mine_.token;
  std::memcpy(mine_.token, token.data(), fits ? token.size() : 0);
  mine_.token_size = fits ? static_cast<std::uint32_t>(token.size()) : 0;
}

}  // namespace heddle
