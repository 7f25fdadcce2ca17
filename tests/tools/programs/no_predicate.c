// SPDX-License-Identifier: Apache-2.0
// A condition variable without a condition: a signal before the wait is lost.
#include <pthread.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;

static void* signal_it(void* argument) {
  pthread_mutex_lock(&mutex);
  pthread_cond_signal(&arrived);
  pthread_mutex_unlock(&mutex);
  return argument;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, signal_it, NULL);
  pthread_mutex_lock(&mutex);
  pthread_cond_wait(&arrived, &mutex);
  pthread_mutex_unlock(&mutex);
  pthread_join(thread, NULL);
  return 0;
}
