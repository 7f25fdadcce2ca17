// SPDX-License-Identifier: Apache-2.0
// The string functions that C++ code calls without knowing (std::string, string_view, char_traits)
// and the commonest others. Each reads its operands as far as their result depends on them.
#include "checker/intercept/door.h"
#include "checker/intercept/heap.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"

#include <string.h>

namespace heddle::intercept {
namespace {

HEDDLE_REAL_AS(memcmp, int(const void*, const void*, std::size_t));
HEDDLE_REAL_AS(memchr, void*(const void*, int, std::size_t));
HEDDLE_REAL_AS(strlen, std::size_t(const char*));
HEDDLE_REAL_AS(strnlen, std::size_t(const char*, std::size_t));
HEDDLE_REAL_AS(strcmp, int(const char*, const char*));
HEDDLE_REAL_AS(strncmp, int(const char*, const char*, std::size_t));
HEDDLE_REAL_AS(strchr, char*(const char*, int));
HEDDLE_REAL_AS(strcpy, char*(char*, const char*));
HEDDLE_REAL_AS(strncpy, char*(char*, const char*, std::size_t));
HEDDLE_REAL_AS(strcat, char*(char*, const char*));

void read(const void* from, std::size_t size, std::uintptr_t site) {
  library_read(from, size, site);
}

/// The string and its end, as far as `limit` bytes.
void read_string(const char* text, std::size_t limit, std::uintptr_t site) {
  const std::size_t length = real_strnlen(text, limit);
  read(text, length < limit ? length + 1 : limit, site);
}

void read_string(const char* text, std::uintptr_t site) { read(text, real_strlen(text) + 1, site); }

int compare(const void* a, const void* b, std::size_t size, std::uintptr_t site) {
  if (modelling()) {
    read(a, size, site);
    read(b, size, site);
  }
  return real_memcmp(a, b, size);
}

char* duplicate(const char* text, std::size_t length, std::uintptr_t site) {
  char* copy = static_cast<char*>(allocate_block(length + 1, site));
  if (copy != nullptr) {
    __builtin_memcpy(copy, text, length);
    copy[length] = 0;
  }
  return copy;
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

HEDDLE_EXPORT(int, memcmp, const void* a, const void* b, std::size_t size) {
  return compare(a, b, size, HEDDLE_SITE());
}
HEDDLE_EXPORT(int, bcmp, const void* a, const void* b, std::size_t size) {
  return compare(a, b, size, HEDDLE_SITE());
}

HEDDLE_EXPORT(void*, memchr, const void* from, int byte, std::size_t size) {
  void* found = real_memchr(from, byte, size);
  if (modelling()) {
    const auto seen =
        static_cast<std::size_t>(static_cast<const char*>(found) - static_cast<const char*>(from));
    read(from, found != nullptr ? seen + 1 : size, HEDDLE_SITE());
  }
  return found;
}

HEDDLE_EXPORT(std::size_t, strlen, const char* text) {
  if (modelling()) {
    read_string(text, HEDDLE_SITE());
  }
  return real_strlen(text);
}

HEDDLE_EXPORT(std::size_t, strnlen, const char* text, std::size_t limit) {
  if (modelling()) {
    read_string(text, limit, HEDDLE_SITE());
  }
  return real_strnlen(text, limit);
}

HEDDLE_EXPORT(int, strcmp, const char* a, const char* b) {
  if (modelling()) {
    read_string(a, HEDDLE_SITE());
    read_string(b, HEDDLE_SITE());
  }
  return real_strcmp(a, b);
}

HEDDLE_EXPORT(int, strncmp, const char* a, const char* b, std::size_t limit) {
  if (modelling()) {
    read_string(a, limit, HEDDLE_SITE());
    read_string(b, limit, HEDDLE_SITE());
  }
  return real_strncmp(a, b, limit);
}

HEDDLE_EXPORT(char*, strchr, const char* text, int byte) {
  if (modelling()) {
    read_string(text, HEDDLE_SITE());
  }
  return real_strchr(text, byte);
}

HEDDLE_EXPORT(char*, strcpy, char* to, const char* from) {
  if (modelling()) {
    read_string(from, HEDDLE_SITE());
    library_write(to, real_strlen(from) + 1, HEDDLE_SITE());
  }
  return real_strcpy(to, from);
}

HEDDLE_EXPORT(char*, strncpy, char* to, const char* from, std::size_t limit) {
  if (modelling() && limit != 0) {
    read_string(from, limit, HEDDLE_SITE());
    library_write(to, limit, HEDDLE_SITE());
  }
  return real_strncpy(to, from, limit);
}

HEDDLE_EXPORT(char*, strcat, char* to, const char* from) {
  if (modelling()) {
    read_string(to, HEDDLE_SITE());
    read_string(from, HEDDLE_SITE());
    library_write(to + real_strlen(to), real_strlen(from) + 1, HEDDLE_SITE());
  }
  return real_strcat(to, from);
}

HEDDLE_EXPORT(char*, strdup, const char* text) {
  if (modelling()) {
    read_string(text, HEDDLE_SITE());
  }
  return duplicate(text, real_strlen(text), HEDDLE_SITE());
}

HEDDLE_EXPORT(char*, strndup, const char* text, std::size_t limit) {
  if (modelling()) {
    read_string(text, limit, HEDDLE_SITE());
  }
  return duplicate(text, real_strnlen(text, limit), HEDDLE_SITE());
}
