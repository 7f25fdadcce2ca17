// SPDX-License-Identifier: Apache-2.0
// The parent of several exploring processes, and how they talk.
#include "checker/explore_team.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <new>
#include <stdexcept>

#include "checker/explore_program_files.h"
#include "checker/runtime/process_state.h"
#include "checker/runtime/program.h"

namespace heddle {
namespace {

using Clock = std::chrono::steady_clock;
using search::Work;

constexpr double kCheckpointEvery = 1;  ///< Seconds.
constexpr double kProgressEvery = 0.25;

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

bool send_message(int socket, char letter, const std::string& text) {
  const std::uint64_t size = text.size();
  char head[9] = {letter};
  std::memcpy(head + 1, &size, sizeof size);
  return send_all(socket, head, sizeof head) && send_all(socket, text.data(), text.size());
}

/// Letter 0 if the other side is gone.
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

/// Memory that forked processes share.
SharedCounts* map_counts() {
  void* const memory = mmap(nullptr, sizeof(SharedCounts), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::invalid_argument("heddle: no memory to share between jobs");
  }
  return new (memory) SharedCounts;
}

class Team {
 public:
  Team(const std::function<void()>& body, const Options& options, const Join& join)
      : options_(options),
        join_(join),
        identity_(identity_of(body, options)),
        counts_(map_counts()) {
    done_.work.whole = true;
    if (!options.resume_file.empty()) {
      done_ = read_checkpoint(options.resume_file, identity_);
      resumes_ = true;
    }
    // Its verdict does not count, only what it has found.
    done_.report.complete = true;
    done_.report.verdict = Verdict::kOk;
    done_.report.model = options.model == Model::kRc11 ? "rc11" : "sc";
  }
  ~Team() {
    for (Mate& mate : mates_) {
      part_with(mate);
    }
    munmap(counts_, sizeof *counts_);
  }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  Report explore();

 private:
  /// A member as its parent sees it.
  struct Mate {
    pid_t process = 0;
    int socket = -1;
    bool idle = false;
    bool asked = false;   ///< To give work away.
    bool told = false;    ///< It has told its part for the snapshot at hand.
    bool ending = false;  ///< It was asked to end.
    bool ended = false;
    Part part;          ///< As of the snapshot, or its last.
    std::string first;  ///< The token of the work that it got last.
  };

  void start();
  void run_member(std::uint32_t index, int socket);
  void tell(Mate& mate, char letter, const std::string& text = {});
  void look(int milliseconds);
  void hear(Mate& mate, const Message& message);
  void lose(Mate& mate);
  void hand_out();
  void end_all();
  void part_with(Mate& mate);
  bool all_ended() const;
  void round();
  void add_up();
  void merge_names(const Part& part);
  void snapshot();
  void save(const std::vector<const Part*>& parts);
  Part sum_of(const std::vector<const Part*>& parts) const;
  void progress();
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  const Options& options_;
  const Join& join_;
  std::vector<std::string> identity_;
  SharedCounts* counts_;
  Clock::time_point start_ = Clock::now();
  Part done_;  ///< What was done before the members of this round, and work that nobody has.
  bool resumes_ = false;
  std::vector<Mate> mates_;
  double raced_at_ = -1;
  double next_checkpoint_ = kCheckpointEvery;
  double next_progress_ = kProgressEvery;
  bool collecting_ = false;  ///< A snapshot is being taken: no work is handed out.
  bool stopping_ = false;
  std::string lost_checkpoint_;
  std::vector<Finding> crashes_;
};

void Team::run_member(std::uint32_t index, int socket) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const Mate& other : mates_) {
    close(other.socket);
  }
  if (runtime::program().is_explored) {
    socket = keep_descriptor(socket);
    own_standard_files();
  }
  Part base;
  base.work.whole = false;
  base.places = done_.places;
  base.threads = done_.threads;
  base.promoted = done_.promoted;
  base.cut = done_.cut;
  base.seconds_left = options_.limits.seconds;
  if (base.seconds_left > 0) {
    base.seconds_left = std::max(0.001, base.seconds_left - seconds());
  }
  if (raced_at_ >= 0 && options_.limits.seconds_after_race > 0) {
    const double left = std::max(0.001, raced_at_ + options_.limits.seconds_after_race - seconds());
    base.seconds_left = base.seconds_left > 0 ? std::min(base.seconds_left, left) : left;
  }
  Member member(socket, *counts_, index);
  Part part = join_(member, base);
  part.report.model = done_.report.model;
  member.send('d', to_text(part));
  _exit(0);
}

/// Forks the members; they ask for work at once.
void Team::start() {
  mates_.clear();
  counts_->tickets = resumes_ ? done_.report.executions + done_.report.blocked : 0;
  for (std::uint32_t index = 0; index < options_.jobs; ++index) {
    counts_->members[index].sent = 0;
    counts_->members[index].executions = counts_->members[index].blocked = 0;
    int sockets[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
      throw std::invalid_argument(
          fmt::format("heddle: no socket for a job: {}", std::strerror(errno)));
    }
    const pid_t process = fork();
    if (process == 0) {
      close(sockets[0]);
      run_member(index, sockets[1]);
    }
    close(sockets[1]);
    if (process < 0) {
      close(sockets[0]);
      throw std::invalid_argument(
          fmt::format("heddle: cannot fork a job: {}", std::strerror(errno)));
    }
    Mate& mate = mates_.emplace_back();
    mate.process = process;
    mate.socket = sockets[0];
  }
}

void Team::tell(Mate& mate, char letter, const std::string& text) {
  if (!mate.ended) {
    send_message(mate.socket, letter, text);
    ++counts_->members[&mate - mates_.data()].sent;
  }
}

/// Waits for messages, and hears those that are there.
void Team::look(int milliseconds) {
  std::vector<pollfd> polled;
  for (const Mate& mate : mates_) {
    polled.push_back({mate.ended ? -1 : mate.socket, POLLIN, 0});
  }
  if (poll(polled.data(), polled.size(), milliseconds) <= 0) {
    return;
  }
  for (std::size_t i = 0; i < mates_.size(); ++i) {
    if (polled[i].revents != 0) {
      hear(mates_[i], receive_message(mates_[i].socket));
    }
  }
}

void Team::hear(Mate& mate, const Message& message) {
  switch (message.letter) {
    case 'n':
      mate.idle = true;
      break;
    case 'g': {
      mate.asked = false;
      Work given = search::work_from_text(message.text);
      for (search::WorkLevel& level : given.levels) {
        done_.work.levels.push_back(std::move(level));
      }
      break;
    }
    case 'p':
      mate.part = part_from_text(message.text);
      mate.told = true;
      merge_names(mate.part);
      break;
    case 'd':
      mate.part = part_from_text(message.text);
      mate.ended = true;
      merge_names(mate.part);
      if (!mate.ending) {
        end_all();
      }
      break;
    default:
      lose(mate);
      break;
  }
}

/// A member is gone without a word.
void Team::lose(Mate& mate) {
  int status = 0;
  waitpid(mate.process, &status, 0);
  mate.process = 0;
  mate.ended = true;
  mate.part = {};
  mate.part.report.model = done_.report.model;
  mate.part.limited = true;
  Finding finding;
  finding.kind = FindingKind::kCrash;
  finding.message = WIFSIGNALED(status)
                        ? fmt::format("a job was killed by signal {} ({})", WTERMSIG(status),
                                      strsignal(WTERMSIG(status)))
                        : fmt::format("a job ended with status {}", WEXITSTATUS(status));
  finding.message += "; what it had explored since it began, and had left, is lost";
  crashes_.push_back(std::move(finding));
  done_.limited = true;
}

/// Numbers of threads decide who goes first, so they must not differ.
void Team::merge_names(const Part& part) {
  const auto& shorter = part.threads.size() < done_.threads.size() ? part.threads : done_.threads;
  const auto& longer = part.threads.size() < done_.threads.size() ? done_.threads : part.threads;
  if (!std::equal(shorter.begin(), shorter.end(), longer.begin())) {
    done_.limited = true;
    add_new({"some threads exist in some executions only, and jobs numbered them differently, so "
             "nothing is proved: explore with one job"},
            &done_.report.warnings);
  }
  if (part.threads.size() > done_.threads.size()) {
    done_.threads = part.threads;
  }
}

/// Gives work to those that have none, and asks others for some.
void Team::hand_out() {
  const auto idle = std::count_if(mates_.begin(), mates_.end(),
                                  [](const Mate& mate) { return mate.idle && !mate.ended; });
  if (collecting_ || stopping_ || idle == 0) {
    return;
  }
  for (Mate& mate : mates_) {
    if (!mate.idle || mate.ended || done_.work.empty()) {
      continue;
    }
    Part piece;
    piece.threads = done_.threads;
    piece.work.whole = done_.work.whole;
    done_.work.whole = false;
    if (!piece.work.whole) {
      piece.work.levels.push_back(std::move(done_.work.levels.back()));
      done_.work.levels.pop_back();
    }
    mate.idle = false;
    tell(mate, 'w', to_text(piece));
  }
  bool busy = false;
  bool waits = !done_.work.empty();
  for (const Mate& mate : mates_) {
    busy = busy || (!mate.idle && !mate.ended);
    waits = waits || mate.asked;
  }
  if (!busy && done_.work.empty()) {
    end_all();
    return;
  }
  for (Mate& mate : mates_) {
    if (!waits && !mate.idle && !mate.ended) {
      mate.asked = true;
      tell(mate, 's');
    }
  }
}

void Team::end_all() {
  stopping_ = true;
  for (Mate& mate : mates_) {
    if (!mate.ended && !mate.ending) {
      mate.ending = true;
      tell(mate, 'x');
    }
  }
}

void Team::part_with(Mate& mate) {
  if (mate.socket >= 0) {
    close(mate.socket);
    mate.socket = -1;
  }
  if (mate.process > 0) {
    if (!mate.ended) {
      kill(mate.process, SIGKILL);
    }
    waitpid(mate.process, nullptr, 0);
    mate.process = 0;
  }
}

bool Team::all_ended() const {
  return std::all_of(mates_.begin(), mates_.end(), [](const Mate& mate) { return mate.ended; });
}

/// Until all members have ended.
void Team::round() {
  stopping_ = collecting_ = false;
  start();
  while (!all_ended()) {
    hand_out();
    const bool hungry = std::any_of(mates_.begin(), mates_.end(),
                                    [](const Mate& mate) { return mate.idle && !mate.ended; });
    look(hungry ? 1 : 50);
    if (runtime::program().stop_asked && !stopping_) {
      done_.limited = true;
      end_all();
    }
    snapshot();
    progress();
  }
  for (Mate& mate : mates_) {
    part_with(mate);
  }
}

/// For the checkpoint: each member tells its part, and no work is on its way meanwhile.
void Team::snapshot() {
  if (options_.checkpoint_file.empty() || !lost_checkpoint_.empty() || stopping_) {
    return;
  }
  if (!collecting_ && seconds() >= next_checkpoint_) {
    collecting_ = true;
    for (Mate& mate : mates_) {
      mate.told = false;
      tell(mate, 'c');
    }
  }
  const auto told = [](const Mate& mate) { return mate.told || mate.ended; };
  if (collecting_ && std::all_of(mates_.begin(), mates_.end(), told)) {
    collecting_ = false;
    next_checkpoint_ = seconds() + kCheckpointEvery;
    std::vector<const Part*> parts;
    for (const Mate& mate : mates_) {
      parts.push_back(&mate.part);
    }
    save(parts);
  }
}

Part Team::sum_of(const std::vector<const Part*>& parts) const {
  Part sum = done_;
  std::vector<Report> reports = {done_.report};
  for (const Part* part : parts) {
    reports.push_back(part->report);
    sum.places.insert(part->places.begin(), part->places.end());
    sum.most_threads = std::max(sum.most_threads, part->most_threads);
    sum.cut = sum.cut || part->cut;
    sum.limited = sum.limited || part->limited;
    sum.restarts = sum.restarts || part->restarts;
    sum.work.levels.insert(sum.work.levels.end(), part->work.levels.begin(),
                           part->work.levels.end());
    for (const auto& race : part->promoted) {
      if (std::find(sum.promoted.begin(), sum.promoted.end(), race) == sum.promoted.end()) {
        sum.promoted.push_back(race);
      }
    }
  }
  sum.report = merge(reports);
  return sum;
}

void Team::save(const std::vector<const Part*>& parts) {
  if (options_.checkpoint_file.empty() || !lost_checkpoint_.empty()) {
    return;
  }
  lost_checkpoint_ = write_checkpoint(options_.checkpoint_file, identity_, sum_of(parts));
}

/// What the members of a round have done is done.
void Team::add_up() {
  std::vector<const Part*> parts;
  for (const Mate& mate : mates_) {
    parts.push_back(&mate.part);
  }
  Part sum = sum_of(parts);
  if (sum.restarts) {
    // The same again with the promoted locations; only findings stay.
    Report report;
    report.model = sum.report.model;
    report.complete = true;
    report.findings = sum.report.findings;
    report.warnings = sum.report.warnings;
    sum.report = std::move(report);
    sum.work = {};
    sum.work.whole = true;
    sum.limited = done_.limited;
    raced_at_ = raced_at_ < 0 ? seconds() : raced_at_;
  }
  done_ = std::move(sum);
}

void Team::progress() {
  if (!options_.on_progress || seconds() < next_progress_) {
    return;
  }
  next_progress_ = seconds() + kProgressEvery;
  Progress now;
  now.executions = done_.report.executions;
  now.blocked = done_.report.blocked;
  now.findings = done_.report.findings.size();
  now.seconds = seconds();
  for (std::size_t i = 0; i < mates_.size(); ++i) {
    now.executions += counts_->members[i].executions;
    now.blocked += counts_->members[i].blocked;
  }
  options_.on_progress(now);
}

Report Team::explore() {
  do {
    done_.restarts = false;
    round();
    add_up();
    resumes_ = false;
  } while (done_.restarts && !runtime::program().stop_asked);
  save({});
  Report report = std::move(done_.report);
  report.findings.insert(report.findings.end(), crashes_.begin(), crashes_.end());
  report.complete = !done_.limited && done_.work.empty();
  if (report.verdict != Verdict::kInternalError) {
    report.verdict = verdict_of(report);
  }
  report.seconds = seconds();
  if (!lost_checkpoint_.empty()) {
    report.warnings.push_back(lost_checkpoint_);
  }
  warn_of_the_whole(done_.most_threads, &report);
  return report;
}

}  // namespace

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

Report explore_together(const std::function<void()>& body, const Options& options,
                        const Join& join) {
  return Team(body, options, join).explore();
}

}  // namespace heddle
