// SPDX-License-Identifier: Apache-2.0
// Three threads, four increments each: 34,650 executions.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

static atomic_int counter;

static void* work(void* unused) {
  for (int i = 0; i < 4; ++i) {
    atomic_fetch_add(&counter, 1);
  }
  return unused;
}

int main(void) {
  pthread_t threads[2];
  for (int i = 0; i < 2; ++i) {
    pthread_create(&threads[i], 0, work, 0);
  }
  work(0);
  for (int i = 0; i < 2; ++i) {
    pthread_join(threads[i], 0);
  }
  assert(counter == 12);
}
