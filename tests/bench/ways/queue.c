// SPDX-License-Identifier: Apache-2.0
// Three producers and a consumer of a bounded buffer under a mutex.
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int used;
static int taken;

static void* produce(void* unused) {
  pthread_mutex_lock(&mutex);
  while (used == 1) {
    pthread_cond_wait(&changed, &mutex);
  }
  ++used;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
  return unused;
}

static void consume(void) {
  pthread_mutex_lock(&mutex);
  while (used == 0) {
    pthread_cond_wait(&changed, &mutex);
  }
  --used;
  ++taken;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
}

int main(void) {
  pthread_t threads[3];
  for (int i = 0; i < 3; ++i) {
    pthread_create(&threads[i], 0, produce, 0);
  }
  for (int i = 0; i < 3; ++i) {
    consume();
  }
  for (int i = 0; i < 3; ++i) {
    pthread_join(threads[i], 0);
  }
  assert(taken == 3 && used == 0);
}
