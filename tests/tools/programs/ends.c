// SPDX-License-Identifier: Apache-2.0
// The ways in which a process ends, by name.
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static sem_t never;
static atomic_int flag;
static int handled;
static int* null_pointer;

static void* do_nothing(void* argument) { return argument; }

static void* wait_for_ever(void* argument) {
  sem_wait(&never);
  return argument;
}

static void* end_process(void* argument) { exit(*(int*)argument); }

static void* end_at_once(void* argument) {
  (void)argument;
  _exit(0);
}

static void* fail_late(void* argument) {
  atomic_load(&flag);
  assert(!"a thread that runs while main returns");
  return argument;
}

static void first_handler(void) {
  assert(handled == 1);
  handled = 2;
}

static void second_handler(void) {
  assert(handled == 0);
  handled = 1;
}

static void failing_handler(void) { assert(!"this handler runs"); }

__attribute__((destructor)) static void finalize(void) { assert(handled != 1); }

static void start(void* (*routine)(void*), void* argument, pthread_t* thread) {
  pthread_create(thread, NULL, routine, argument);
}

int main(int count, char** arguments) {
  const char* how = count > 1 ? arguments[1] : "";
  pthread_t thread;
  int status = 0;
  sem_init(&never, 0, 0);
  if (strcmp(how, "outlived") == 0) { /* A thread waits for ever; no deadlock, no leak. */
    start(wait_for_ever, NULL, &thread);
  } else if (strcmp(how, "nothing") == 0) {
    start(do_nothing, NULL, &thread);
  } else if (strcmp(how, "exit_elsewhere") == 0) { /* Nobody returns from this join. */
    start(end_process, &status, &thread);
    pthread_join(thread, NULL);
    assert(!"the process has ended");
  } else if (strcmp(how, "_exit_elsewhere") == 0) {
    atexit(failing_handler);
    start(end_at_once, NULL, &thread);
    pthread_join(thread, NULL);
    assert(!"the process has ended");
  } else if (strcmp(how, "two_exits") == 0) { /* One of them wins, its handlers run once. */
    atexit(first_handler);
    atexit(second_handler);
    start(end_process, &status, &thread);
  } else if (strcmp(how, "handlers") == 0) {
    atexit(first_handler);
    atexit(second_handler);
  } else if (strcmp(how, "quick") == 0) {
    atexit(failing_handler);
    at_quick_exit(second_handler);
    quick_exit(0);
  } else if (strcmp(how, "fail_late") == 0) {
    start(fail_late, NULL, &thread);
  } else if (strcmp(how, "failing_handler") == 0) {
    atexit(failing_handler);
  } else if (strcmp(how, "status") == 0) {
    status = 3;
  } else if (strcmp(how, "abort") == 0) {
    abort();
  } else if (strcmp(how, "crash") == 0) {
    *null_pointer = 1;
  } else if (strcmp(how, "join_itself") == 0) {
    start(wait_for_ever, NULL, &thread);
    pthread_join(thread, NULL); /* A deadlock: the process does not end. */
  } else if (strcmp(how, "leak") == 0) {
    status = malloc(10) == NULL;
  } else if (strcmp(how, "fork") == 0) {
    status = fork() != 0;
  }
  return status;
}
