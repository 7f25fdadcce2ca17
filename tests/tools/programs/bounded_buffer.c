// SPDX-License-Identifier: Apache-2.0
// A buffer of one place, a producer and two consumers. With the argument "if" the waits ask once
// only; a woken consumer may then find that the other one was faster.
#include <assert.h>
#include <pthread.h>
#include <string.h>

enum { kPlaces = 1, kItems = 2 };

static int items[kPlaces];
static int count;
static int ask_once;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;

static void put(int item) {
  pthread_mutex_lock(&mutex);
  while (count == kPlaces) {
    pthread_cond_wait(&not_full, &mutex);
  }
  items[count++] = item;
  pthread_cond_signal(&not_empty);
  pthread_mutex_unlock(&mutex);
}

static int get(void) {
  pthread_mutex_lock(&mutex);
  while (count == 0) {
    pthread_cond_wait(&not_empty, &mutex);
    if (ask_once) {
      break;
    }
  }
  assert(count > 0);
  int item = items[--count];
  pthread_cond_signal(&not_full);
  pthread_mutex_unlock(&mutex);
  return item;
}

static void* consume(void* argument) {
  assert(get() > 0);
  return argument;
}

int main(int argc, char** argv) {
  ask_once = argc > 1 && strcmp(argv[1], "if") == 0;
  pthread_t consumers[kItems];
  for (int i = 0; i < kItems; ++i) {
    pthread_create(&consumers[i], NULL, consume, NULL);
  }
  for (int i = 1; i <= kItems; ++i) {
    put(i);
  }
  for (int i = 0; i < kItems; ++i) {
    pthread_join(consumers[i], NULL);
  }
  return 0;
}
