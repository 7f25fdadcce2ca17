// SPDX-License-Identifier: Apache-2.0
// Correct: the first execution that is tried ends in a spin that another one gets out of. As C++ it
// would be while (!ready.load()) {}.
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>

static atomic_int ready;
static int data;

static void* write_it(void* argument) {
  data = 1;
  atomic_store(&ready, 1);
  return argument;
}

int main(void) {
  pthread_t writer;
  pthread_create(&writer, 0, write_it, 0);
  while (atomic_load(&ready) == 0) {
  }
  assert(data == 1);
  pthread_join(writer, 0);
  return 0;
}
