// SPDX-License-Identifier: Apache-2.0
// C with pthreads, of two files that one command compiles and links.
#include <assert.h>
#include <pthread.h>

void add(void);
int total(void);

static void* worker(void* unused) {
  add();
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, 0, worker, 0);
  add();
  pthread_join(thread, 0);
  assert(total() == 2);
  return 0;
}
