// SPDX-License-Identifier: Apache-2.0
// Files in directories that model code makes with mkdtemp: kept in memory, for one execution. Calls
// on their names and contents are visible operations, in one total order; they order nothing else.
// All other files are real.
//
// What there is: regular files and symbolic links, by absolute names in such a directory, and no
// directories in it. Permissions are kept and not heeded: the program may do everything.
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <string>
#include <vector>

#include "checker/intercept/door.h"
#include "checker/intercept/model_files.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"
#include "checker/runtime/kernel_objects.h"

namespace heddle::intercept {
namespace {

HEDDLE_REAL_AS(mkdtemp, char*(char*));
HEDDLE_REAL_AS(rmdir, int(const char*));
HEDDLE_REAL_AS(open, int(const char*, int, mode_t));
HEDDLE_REAL_AS(open64, int(const char*, int, mode_t));
HEDDLE_REAL_AS(symlink, int(const char*, const char*));
HEDDLE_REAL_AS(unlink, int(const char*));
HEDDLE_REAL_AS(rename, int(const char*, const char*));
HEDDLE_REAL_AS(access, int(const char*, int));
HEDDLE_REAL_AS(stat, int(const char*, struct stat*));
HEDDLE_REAL_AS(lstat, int(const char*, struct stat*));
HEDDLE_REAL_AS(fstat, int(int, struct stat*));

constexpr int kFirstDescriptor = 1 << 17;
constexpr int kDescriptorsPerThread = 256;
constexpr int kWriting = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

/// Ours, not the model's: what is called here are no doors.
class Aside {
 public:
  Aside() { runtime::heddle_modelling = false; }
  ~Aside() { runtime::heddle_modelling = true; }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
};

struct File {
  bool is_link = false;
  mode_t mode = 0;
  std::string content;  ///< Of a link: where it leads.
  int names = 1;
};

struct Descriptor {
  std::size_t file = 0;
  std::size_t position = 0;
  int flags = 0;
};

/// Of one execution.
struct Files {
  std::uint64_t serial = 0;
  std::vector<std::string> directories;
  std::vector<File> files;
  std::map<std::string, std::size_t> names;
  std::map<int, Descriptor> open;        ///< A forked process shares positions and all.
  std::map<base::ThreadId, int> made;    ///< Directories of each thread.
  std::map<base::ThreadId, int> opened;  ///< Descriptors.
};

Files& files() {
  static Files* const all = new Files;
  if (all->serial != runtime::run_serial()) {
    *all = {};
    all->serial = runtime::run_serial();
  }
  return *all;
}

/// Orders the call with all others on such files.
void take_turn(const char* name, std::uintptr_t site) {
  perform_plain_sync({SyncOp::kFileCall,
                      object_key(reinterpret_cast<const volatile void*>(runtime::kFilesAddress)),
                      name, site});
}

bool is_model_name(const char* name) {
  const Aside aside;
  for (const std::string& directory : files().directories) {
    if (strncmp(name, directory.c_str(), directory.size()) == 0 &&
        (name[directory.size()] == '/' || name[directory.size()] == 0)) {
      return true;
    }
  }
  return false;
}

int fail(int error) {
  errno = error;
  return -1;
}

/// The file of that name, or through links if `follow`; `*last` is the name that was asked for in
/// the end. None: errno says why.
constexpr std::size_t kNone = ~std::size_t{0};
std::size_t find(std::string name, bool follow, std::string* last) {
  constexpr int kMostLinks = 40;
  for (int links = 0; links <= kMostLinks; ++links) {
    *last = name;
    const auto found = files().names.find(name);
    if (found == files().names.end()) {
      errno = ENOENT;
      return kNone;
    }
    const File& file = files().files[found->second];
    if (!file.is_link || !follow) {
      return found->second;
    }
    name = file.content;
  }
  errno = ELOOP;
  return kNone;
}

std::size_t create(const std::string& name, File file) {
  files().files.push_back(std::move(file));
  return files().names[name] = files().files.size() - 1;
}

int open_file(const char* name, int flags, mode_t mode) {
  const Aside aside;
  std::string last;
  const bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
  const bool follow = (flags & O_NOFOLLOW) == 0 && !exclusive;
  std::size_t file = find(name, follow, &last);
  if (file == kNone && (errno != ENOENT || (flags & O_CREAT) == 0)) {
    return -1;
  }
  if (file != kNone && exclusive) {
    return fail(EEXIST);
  }
  if (file != kNone && files().files[file].is_link) {
    return fail(ELOOP);
  }
  file = file != kNone ? file : create(last, {.mode = S_IFREG | mode, .content = {}});
  if ((flags & O_TRUNC) != 0) {
    files().files[file].content.clear();
  }
  const base::ThreadId thread = runtime::current_thread();
  const int ordinal = files().opened[thread]++;
  if (ordinal >= kDescriptorsPerThread) {
    return fail(EMFILE);
  }
  const int number = kFirstDescriptor + static_cast<int>(thread) * kDescriptorsPerThread + ordinal;
  files().open[number] = {file, 0, flags};
  return number;
}

void describe(std::size_t file, struct stat* out) {
  const File& known = files().files[file];
  memset(out, 0, sizeof *out);
  out->st_ino = file + 1;
  out->st_mode = known.is_link ? S_IFLNK | 0777 : known.mode;
  out->st_nlink = static_cast<nlink_t>(known.names);
  out->st_size = static_cast<off_t>(known.content.size());
}

int look_at(const char* name, bool follow, struct stat* out) {
  const Aside aside;
  std::string last;
  const std::size_t file = find(name, follow, &last);
  if (file == kNone) {
    return -1;
  }
  if (out != nullptr) {
    describe(file, out);
  }
  return 0;
}

int remove_name(const char* name) {
  const Aside aside;
  const auto found = files().names.find(name);
  if (found == files().names.end()) {
    return fail(ENOENT);
  }
  --files().files[found->second].names;
  files().names.erase(found);
  return 0;
}

int rename_file(const char* from, const char* to) {
  const Aside aside;
  const auto found = files().names.find(from);
  if (found == files().names.end()) {
    return fail(ENOENT);
  }
  const std::size_t file = found->second;
  const auto replaced = files().names.find(to);
  if (replaced != files().names.end() && replaced->second == file) {
    return 0;
  }
  if (replaced != files().names.end()) {
    --files().files[replaced->second].names;
  }
  files().names.erase(from);
  files().names[to] = file;
  return 0;
}

int link_name(const char* target, const char* name) {
  const Aside aside;
  if (files().names.contains(name)) {
    return fail(EEXIST);
  }
  create(name, {.is_link = true, .content = target});
  return 0;
}

/// "/tmp/nameXXXXXX": the six letters become the thread's and the directory's numbers.
char* make_directory(char* pattern, std::uintptr_t site) {
  const std::size_t size = strlen(pattern);
  if (size < 6 || strcmp(pattern + size - 6, "XXXXXX") != 0 || pattern[0] != '/') {
    errno = EINVAL;
    return nullptr;
  }
  runtime::note_lasting_effect();
  take_turn("mkdtemp", site);
  runtime::plain_write(pattern + size - 6, 6, site);
  const Aside aside;
  const base::ThreadId thread = runtime::current_thread();
  const int ordinal = files().made[thread]++;
  const std::string number =
      std::to_string(100000 + static_cast<int>(thread) * 1000 + ordinal % 1000);
  memcpy(pattern + size - 6, number.data(), 6);
  files().directories.emplace_back(pattern);
  return pattern;
}

int remove_directory(const char* name) {
  const Aside aside;
  const std::string prefix = std::string(name) + "/";
  const auto first = files().names.lower_bound(prefix);
  if (first != files().names.end() && first->first.starts_with(prefix)) {
    return fail(ENOTEMPTY);
  }
  return std::erase(files().directories, name) != 0 ? 0 : fail(ENOENT);
}

Descriptor* descriptor(int file) {
  const auto found = files().open.find(file);
  if (found == files().open.end()) {
    errno = EBADF;
    return nullptr;
  }
  return &found->second;
}

}  // namespace

bool is_model_file(int file) { return file >= kFirstDescriptor; }

ssize_t read_file(int file, void* to, std::size_t size, std::uintptr_t site) {
  take_turn("read", site);
  ssize_t got = -1;
  {
    const Aside aside;
    if (Descriptor* const open = descriptor(file); open != nullptr) {
      const std::string& content = files().files[open->file].content;
      const std::size_t left =
          content.size() > open->position ? content.size() - open->position : 0;
      got = static_cast<ssize_t>(left < size ? left : size);
    }
  }
  if (got > 0) {
    runtime::plain_write(to, static_cast<std::size_t>(got), site);
    const Aside aside;
    Descriptor* const open = descriptor(file);
    memcpy(to, files().files[open->file].content.data() + open->position,
           static_cast<std::size_t>(got));
    open->position += static_cast<std::size_t>(got);
  }
  return got;
}

ssize_t write_file(int file, const void* from, std::size_t size, std::uintptr_t site) {
  runtime::plain_read(from, size, site);
  take_turn("write", site);
  const Aside aside;
  Descriptor* const open = descriptor(file);
  if (open == nullptr || (open->flags & O_ACCMODE) == O_RDONLY) {
    return fail(EBADF);
  }
  std::string& content = files().files[open->file].content;
  const std::size_t at = (open->flags & O_APPEND) != 0 ? content.size() : open->position;
  if (content.size() < at + size) {
    content.resize(at + size);
  }
  memcpy(content.data() + at, from, size);
  open->position = at + size;
  return static_cast<ssize_t>(size);
}

int close_file(int file, std::uintptr_t site) {
  take_turn("close", site);
  const Aside aside;
  return files().open.erase(file) != 0 ? 0 : fail(EBADF);
}

}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
namespace runtime = heddle::runtime;

/// Announces the result of a look at a file.
int announced(int result, struct stat* out, std::uintptr_t site) {
  if (result == 0) {
    runtime::plain_write(out, sizeof *out, site);
  }
  return result;
}
}  // namespace

HEDDLE_EXPORT(char*, mkdtemp, char* pattern) {
  return modelling() ? make_directory(pattern, HEDDLE_SITE()) : real_mkdtemp(pattern);
}

/// A call on a name: if it is the model's, `mine`, in its turn; else the real one, noted.
#define HEDDLE_FILE_CALL(name, parameters, arguments, file, changes, mine)                \
  HEDDLE_ALIAS_ENTRY(name);                                                               \
  extern "C" [[gnu::used, gnu::visibility("hidden")]] int heddle_body_##name parameters { \
    if (modelling()) {                                                                    \
      if (is_model_name(file)) {                                                          \
        take_turn(#name, HEDDLE_SITE());                                                  \
        return mine;                                                                      \
      }                                                                                   \
      runtime::note_lasting_effect(#name, HEDDLE_SITE(), changes);                        \
    }                                                                                     \
    return real_##name arguments;                                                         \
  }

// A mode that the caller did not give is passed on as whatever its register holds.
HEDDLE_FILE_CALL(open, (const char* a, int b, mode_t c), (a, b, c), a, (b & kWriting) != 0,
                 open_file(a, b, c))
HEDDLE_FILE_CALL(open64, (const char* a, int b, mode_t c), (a, b, c), a, (b & kWriting) != 0,
                 open_file(a, b, c))
HEDDLE_FILE_CALL(unlink, (const char* a), (a), a, true, remove_name(a))
HEDDLE_FILE_CALL(rename, (const char* a, const char* b), (a, b), a, true, rename_file(a, b))
HEDDLE_FILE_CALL(symlink, (const char* a, const char* b), (a, b), b, true, link_name(a, b))
HEDDLE_FILE_CALL(rmdir, (const char* a), (a), a, true, remove_directory(a))
HEDDLE_FILE_CALL(access, (const char* a, int b), (a, b), a, false, look_at(a, true, nullptr))
HEDDLE_FILE_CALL(stat, (const char* a, struct stat* b), (a, b), a, false,
                 announced(look_at(a, true, b), b, HEDDLE_SITE()))
HEDDLE_FILE_CALL(lstat, (const char* a, struct stat* b), (a, b), a, false,
                 announced(look_at(a, false, b), b, HEDDLE_SITE()))

HEDDLE_EXPORT(int, fstat, int file, struct stat* out) {
  if (!modelling() || !is_model_file(file)) {
    return real_fstat(file, out);
  }
  take_turn("fstat", HEDDLE_SITE());
  int result = -1;
  {
    const Aside aside;
    if (const Descriptor* const open = descriptor(file); open != nullptr) {
      describe(open->file, out);
      result = 0;
    }
  }
  return announced(result, out, HEDDLE_SITE());
}
