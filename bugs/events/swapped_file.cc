// SPDX-License-Identifier: Apache-2.0
// Swapped file. A service with more rights than its user writes a report to a file of the user's.
// So that nobody leads it astray it looks first: a regular file, no link. Then it opens the name
// again, and between the two calls the name has become a link to something else.
//
//   service                     user
//   ----------------------------------------
//   looks at "report": a regular file
//                               removes "report"
//                               "report" = link to "secret"
//   opens "report", writes to the secret
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cstdlib>
#include <string>

#include "bugs/child_process.h"
#include "bugs/exhibit.h"
#include "heddle/heddle.h"

namespace {

/// A directory with the user's report and a file that is none of the user's business.
class Directory {
 public:
  Directory() {
    const char* const made = mkdtemp(name_);
    assert(made != nullptr);
    static_cast<void>(made);
    close(open(secret().c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
    close(open(report().c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
  }
  ~Directory() {
    unlink(report().c_str());
    unlink(secret().c_str());
    rmdir(name_);
  }
  std::string report() const { return std::string(name_) + "/report"; }
  std::string fresh() const { return std::string(name_) + "/fresh"; }
  std::string secret() const { return std::string(name_) + "/secret"; }

  void swap() const {
    unlink(report().c_str());
    const int linked = symlink(secret().c_str(), report().c_str());
    assert(linked == 0);
    static_cast<void>(linked);
  }
  bool secret_is_untouched() const {
    struct stat status;
    const int found = stat(secret().c_str(), &status);
    return found == 0 && status.st_size == 0;
  }

 private:
  char name_[64] = "/tmp/heddle-XXXXXX";
};

bool is_regular(const std::string& name) {
  struct stat status;
  return lstat(name.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

void write_text(int file) {
  if (file >= 0) {
    const ssize_t written = write(file, "done\n", 5);
    assert(written == 5);
    static_cast<void>(written);
    close(file);
  }
}

namespace buggy {
void write_report(const Directory& directory) {
  const std::string name = directory.report();
  if (is_regular(name)) {
    write_text(open(name.c_str(), O_WRONLY));
  }
}

void body() {
  const Directory directory;
  const pid_t user = bugs::start_child([&] { directory.swap(); });
  write_report(directory);
  bugs::wait_for_child(user);
  assert(directory.secret_is_untouched());
}
}  // namespace buggy

// Fix: open first, and not through a link; then look at what was opened. A descriptor stays with
// its file, whatever becomes of the name.
namespace no_follow {
void write_report(const Directory& directory) {
  const std::string name = directory.report();
  const int file = open(name.c_str(), O_WRONLY | O_NOFOLLOW);
  struct stat status;
  if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
    write_text(file);
  }
}

void body() {
  const Directory directory;
  const pid_t user = bugs::start_child([&] { directory.swap(); });
  write_report(directory);
  bugs::wait_for_child(user);
  assert(directory.secret_is_untouched());
}
}  // namespace no_follow

// Fix: write a new file, which O_EXCL promises that it is, and put it in the place of the name:
// rename replaces a link and does not follow it.
namespace exclusive {
void write_report(const Directory& directory) {
  const std::string name = directory.fresh();
  write_text(open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600));
  rename(name.c_str(), directory.report().c_str());
}

void body() {
  const Directory directory;
  const pid_t user = bugs::start_child([&] {
    unlink(directory.report().c_str());
    // Unlike above it may be there again, made by the service.
    static_cast<void>(symlink(directory.secret().c_str(), directory.report().c_str()) == 0);
  });
  write_report(directory);
  bugs::wait_for_child(user);
  assert(directory.secret_is_untouched());
}
}  // namespace exclusive

using enum heddle::FindingKind;
using enum heddle::Verdict;

const bugs::Registration kRegistration{{
    .klass = "events",
    .name = "swapped_file",
    .title = "A file's name is checked, then opened; in between it becomes a link",
    .story =
        "What a check has found out about a name holds for the moment of the check. A user who "
        "may write to the directory makes the name a link between the check and the opening, "
        "and the service, which may do more than the user, writes where the link leads.",
    .kind = "time of check, time of use",
    .cwe = "367,363",
    .origin = "CWE-367; the classic of setuid programs",
    .threads = 2,
    .tsan_reason = "File names are none of its business, and the attacker is another process.",
    .file = __FILE__,
    .variants =
        {
            {.name = "buggy", .body = buggy::body, .verdict = kBug, .kinds = {kAssertion}},
            {.name = "no_follow",
             .body = no_follow::body,
             .adds = "atomicity: the check is made of the opened file, not of its name",
             .primitive = "O_NOFOLLOW and fstat"},
            {.name = "exclusive",
             .body = exclusive::body,
             .adds = "atomicity: opening and the check that nothing was there are one call",
             .primitive = "O_EXCL and rename"},
        },
}};

}  // namespace
