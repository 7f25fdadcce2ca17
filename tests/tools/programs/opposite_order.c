// SPDX-License-Identifier: Apache-2.0
// Two locks in opposite orders; with an argument, in the same order.
#include <pthread.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t second = PTHREAD_MUTEX_INITIALIZER;

static void both(pthread_mutex_t* one, pthread_mutex_t* two) {
  pthread_mutex_lock(one);
  pthread_mutex_lock(two);
  pthread_mutex_unlock(two);
  pthread_mutex_unlock(one);
}

static void* forwards(void* argument) {
  both(&first, &second);
  return argument;
}

static void* backwards(void* argument) {
  both(&second, &first);
  return argument;
}

int main(int count, char** arguments) {
  (void)arguments;
  pthread_t one;
  pthread_t two;
  pthread_create(&one, NULL, forwards, NULL);
  pthread_create(&two, NULL, count > 1 ? forwards : backwards, NULL);
  pthread_join(one, NULL);
  pthread_join(two, NULL);
  return 0;
}
