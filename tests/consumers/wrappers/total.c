// SPDX-License-Identifier: Apache-2.0
// A total behind a lock.
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int sum;

void add(void) {
  pthread_mutex_lock(&lock);
  ++sum;
  pthread_mutex_unlock(&lock);
}

int total(void) { return sum; }
