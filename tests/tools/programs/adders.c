// SPDX-License-Identifier: Apache-2.0
// As many threads as the argument says; each adds to x, then to y: the square of n! executions.
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_int x;
static atomic_int y;

static void* add(void* unused) {
  atomic_fetch_add(&x, 1);
  atomic_fetch_add(&y, 1);
  return unused;
}

int main(int count, char** arguments) {
  pthread_t threads[8];
  const int most = count > 1 ? atoi(arguments[1]) : 2;
  for (int k = 0; k < most; ++k) {
    pthread_create(&threads[k], NULL, add, NULL);
  }
  for (int k = 0; k < most; ++k) {
    pthread_join(threads[k], NULL);
  }
  return 0;
}
