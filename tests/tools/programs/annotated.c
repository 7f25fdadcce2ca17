// SPDX-License-Identifier: Apache-2.0
// Relaxed atomics order nothing; what the annotations say counts instead. By name, or without.
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

void __tsan_mutex_pre_lock(void* mutex, unsigned flags);
void __tsan_mutex_post_lock(void* mutex, unsigned flags, int recursion);
int __tsan_mutex_pre_unlock(void* mutex, unsigned flags);
void __tsan_mutex_post_unlock(void* mutex, unsigned flags);
void __tsan_acquire(void* address);
void __tsan_release(void* address);
void AnnotateHappensBefore(const char* file, int line, void* address);
void AnnotateHappensAfter(const char* file, int line, void* address);
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
void AnnotateBenignRaceSized(const char* file, int line, void* address, size_t size,
                             const char* why);

enum { kReadLock = 1 << 3 };

static atomic_int turn;
static int data;
static char mutex;
static const char* how = "";

static int is(const char* name) { return strcmp(how, name) == 0; }

static void before_hand_over(void) {
  if (is("mutex")) {
    __tsan_mutex_pre_unlock(&mutex, 0);
    __tsan_mutex_post_unlock(&mutex, 0);
  } else if (is("readers")) {
    __tsan_mutex_pre_unlock(&mutex, kReadLock);
    __tsan_mutex_post_unlock(&mutex, kReadLock);
  } else if (is("release")) {
    __tsan_release(&turn);
  } else if (is("happens_before")) {
    AnnotateHappensBefore(__FILE__, __LINE__, &turn);
  }
}

static void after_hand_over(void) {
  if (is("mutex") || is("readers")) {
    const unsigned flags = is("readers") ? kReadLock : 0;
    __tsan_mutex_pre_lock(&mutex, flags);
    __tsan_mutex_post_lock(&mutex, flags, 1);
  } else if (is("release")) {
    __tsan_acquire(&turn);
  } else if (is("happens_before")) {
    AnnotateHappensAfter(__FILE__, __LINE__, &turn);
  }
}

static void write_data(void) {
  if (is("ignored")) {
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
    data = 1;
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
  } else {
    data = 1;
  }
}

static void* give(void* argument) {
  write_data();
  before_hand_over();
  atomic_store_explicit(&turn, 1, memory_order_relaxed);
  return argument;
}

int main(int count, char** arguments) {
  how = count > 1 ? arguments[1] : "";
  if (is("benign")) {
    AnnotateBenignRaceSized(__FILE__, __LINE__, &data, sizeof data, "statistics");
  }
  pthread_t thread;
  pthread_create(&thread, NULL, give, NULL);
  if (atomic_load_explicit(&turn, memory_order_relaxed) == 1) {
    after_hand_over();
    data = data + 1;
  }
  if (is("ignored_too_late")) {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
  pthread_join(thread, NULL);
  return 0;
}
