// SPDX-License-Identifier: Apache-2.0
// pthread_key_*, C11's tss_*, and destructors of thread_local variables.
//
// The model's keys begin where libc's end, so a key tells whose it is. Values of both kinds are the
// model thread's own while it runs, so that they end with the execution; the destructor of a key
// made before the exploration is known from when it was made.
#include "checker/intercept/door.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"

#include <limits.h>
#include <pthread.h>
#include <threads.h>

namespace heddle::intercept {
namespace {

HEDDLE_REAL(pthread_key_create);
HEDDLE_REAL(pthread_key_delete);
HEDDLE_REAL(pthread_getspecific);
HEDDLE_REAL(pthread_setspecific);
HEDDLE_REAL(tss_create);
HEDDLE_REAL(tss_delete);
HEDDLE_REAL(tss_get);
HEDDLE_REAL(tss_set);
HEDDLE_REAL_AS(__cxa_thread_atexit, int(void (*)(void*), void*, void*));
HEDDLE_REAL_AS(__cxa_thread_atexit_impl, int(void (*)(void*), void*, void*));

constexpr std::uint32_t kFirstModelKey = PTHREAD_KEYS_MAX;

static_assert(kFirstModelKey == runtime::kFirstModelKey);

bool is_model_key(std::uint32_t key) { return modelling() && key >= kFirstModelKey; }

int create_key(std::uint32_t* key, void (*destructor)(void*), std::uintptr_t site) {
  std::uint32_t created = 0;
  const int result = runtime::key_create(&created, destructor);
  if (result == 0) {
    runtime::plain_write(key, sizeof *key, site);
    *key = created;
  }
  return result;
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
namespace runtime = heddle::runtime;
}  // namespace

HEDDLE_EXPORT(int, pthread_key_create, pthread_key_t* key, void (*destructor)(void*)) {
  if (modelling()) {
    return create_key(key, destructor, HEDDLE_SITE());
  }
  const int result = real_pthread_key_create(key, destructor);
  if (result == 0) {
    runtime::note_older_key(*key, destructor);
  }
  return result;
}

HEDDLE_EXPORT(int, pthread_key_delete, pthread_key_t key) {
  return is_model_key(key) ? runtime::key_delete(key) : real_pthread_key_delete(key);
}

HEDDLE_EXPORT(void*, pthread_getspecific, pthread_key_t key) {
  return modelling() ? runtime::key_get(key) : real_pthread_getspecific(key);
}

HEDDLE_EXPORT(int, pthread_setspecific, pthread_key_t key, const void* value) {
  return modelling() ? runtime::key_set(key, value) : real_pthread_setspecific(key, value);
}

HEDDLE_EXPORT(int, tss_create, tss_t* key, tss_dtor_t destructor) {
  if (!modelling()) {
    return real_tss_create(key, destructor);
  }
  return create_key(key, destructor, HEDDLE_SITE()) == 0 ? thrd_success : thrd_error;
}

HEDDLE_EXPORT(void, tss_delete, tss_t key) {
  if (is_model_key(key)) {
    runtime::key_delete(key);
  } else {
    real_tss_delete(key);
  }
}

HEDDLE_EXPORT(void*, tss_get, tss_t key) {
  return modelling() ? runtime::key_get(key) : real_tss_get(key);
}

HEDDLE_EXPORT(int, tss_set, tss_t key, void* value) {
  if (!modelling()) {
    return real_tss_set(key, value);
  }
  return runtime::key_set(key, value) == 0 ? thrd_success : thrd_error;
}

HEDDLE_EXPORT(int, __cxa_thread_atexit, void (*destructor)(void*), void* object, void* module) {
  if (!modelling()) {
    return real___cxa_thread_atexit(destructor, object, module);
  }
  runtime::at_thread_exit(destructor, object);
  return 0;
}

HEDDLE_EXPORT(int, __cxa_thread_atexit_impl, void (*destructor)(void*), void* object,
              void* module) {
  if (!modelling()) {
    return real___cxa_thread_atexit_impl(destructor, object, module);
  }
  runtime::at_thread_exit(destructor, object);
  return 0;
}
