// SPDX-License-Identifier: Apache-2.0
// Two threads add to a plain counter: a race, and the lost update that the assertion notices.
#include <assert.h>
#include <pthread.h>
#include <stdio.h>

static int counter;

static void* work(void* argument) {
  int seen = counter;
  counter = seen + 1;
  return argument;
}

int main(void) {
  pthread_t one;
  pthread_t two;
  pthread_create(&one, NULL, work, NULL);
  pthread_create(&two, NULL, work, NULL);
  pthread_join(one, NULL);
  pthread_join(two, NULL);
  printf("the counter is %d\n", counter);
  assert(counter == 2);
  return 0;
}
