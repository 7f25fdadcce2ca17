// SPDX-License-Identifier: Apache-2.0
// Files in a directory of the execution's own.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

#include "tests/doors/support/door_test.h"

using namespace door_tests;

namespace {

struct Directory {
  char name[64] = "/tmp/heddle-doors-XXXXXX";
  Directory() { assert(mkdtemp(name) == name); }
  std::string in(const char* file) const { return std::string(name) + "/" + file; }
};

void write_text(const std::string& name, const char* text) {
  const int file = open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  assert(file >= 0);
  assert(write(file, text, std::strlen(text)) == static_cast<ssize_t>(std::strlen(text)));
  assert(close(file) == 0);
}

std::string read_text(const std::string& name) {
  const int file = open(name.c_str(), O_RDONLY);
  assert(file >= 0);
  char text[64];
  const ssize_t got = read(file, text, sizeof text);
  assert(got >= 0);
  close(file);
  return {text, static_cast<std::size_t>(got)};
}

}  // namespace

HEDDLE_DOOR_TEST(files_keep_what_is_written, ok(1)) {
  const Directory directory;
  const std::string name = directory.in("a");
  assert(access(name.c_str(), F_OK) == -1 && errno == ENOENT);
  write_text(name, "text");
  assert(read_text(name) == "text");
  assert(rename(name.c_str(), directory.in("b").c_str()) == 0);
  assert(read_text(directory.in("b")) == "text");
  assert(rmdir(directory.name) == -1 && errno == ENOTEMPTY);
  assert(unlink(directory.in("b").c_str()) == 0);
  assert(rmdir(directory.name) == 0);
}

HEDDLE_DOOR_TEST(links_are_followed_unless_told_not_to_be, ok(1)) {
  const Directory directory;
  const std::string file = directory.in("file"), link = directory.in("link");
  write_text(file, "text");
  assert(symlink(file.c_str(), link.c_str()) == 0);
  assert(read_text(link) == "text");
  struct stat one {
  }, other{};
  assert(stat(link.c_str(), &one) == 0 && stat(file.c_str(), &other) == 0);
  assert(one.st_ino == other.st_ino && S_ISREG(one.st_mode) && one.st_size == 4);
  assert(lstat(link.c_str(), &one) == 0 && S_ISLNK(one.st_mode));
  assert(open(link.c_str(), O_RDONLY | O_NOFOLLOW) == -1 && errno == ELOOP);
  assert(open(link.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600) == -1 && errno == EEXIST);
}

HEDDLE_DOOR_TEST(one_of_two_creates_the_file, ok(2)) {
  const Directory directory;
  const std::string name = directory.in("lock");
  const auto create = [&] { return open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600) >= 0; };
  bool first = false;
  std::thread thread([&] { first = create(); });
  const bool second = create();
  thread.join();
  assert(first != second);
}

HEDDLE_DOOR_TEST(check_of_a_name_may_be_out_of_date, shows(heddle::FindingKind::kAssertion)) {
  const Directory directory;
  const std::string name = directory.in("file");
  write_text(name, "text");
  std::thread thread([&] { unlink(name.c_str()); });
  if (access(name.c_str(), R_OK) == 0) {
    assert(open(name.c_str(), O_RDONLY) >= 0);
  }
  thread.join();
}

HEDDLE_DOOR_TEST(calls_on_files_order_nothing_else, shows(kDataRace)) {
  const Directory directory;
  int value = 0;
  std::thread thread([&] {
    value = 1;
    write_text(directory.in("a"), "x");
  });
  if (access(directory.in("a").c_str(), F_OK) == 0) {
    value = 2;
  }
  thread.join();
  assert(value != 0);
}
