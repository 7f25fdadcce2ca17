// SPDX-License-Identifier: Apache-2.0
// C11 programs of the door tests; see c11.cc.
#include <stdatomic.h>
#include <stdlib.h>
#include <threads.h>

static mtx_t mutex;
static cnd_t condition;
static once_flag once = ONCE_FLAG_INIT;
static tss_t storage;
static int value;
static int ready;
static atomic_int counter;

static void expect(int holds) {
  if (!holds) {
    abort();
  }
}

static void run_two(thrd_start_t routine) {
  thrd_t one, other;
  expect(thrd_create(&one, routine, NULL) == thrd_success);
  expect(thrd_create(&other, routine, NULL) == thrd_success);
  thrd_join(one, NULL);
  thrd_join(other, NULL);
}

static int add_locked(void* unused) {
  (void)unused;
  mtx_lock(&mutex);
  ++value;
  mtx_unlock(&mutex);
  return 0;
}

static int add(void* unused) {
  (void)unused;
  ++value;
  return 0;
}

static int wait_ready(void* unused) {
  (void)unused;
  mtx_lock(&mutex);
  while (!ready) {
    cnd_wait(&condition, &mutex);
  }
  mtx_unlock(&mutex);
  return 7;
}

static void initialise(void) { ++value; }

static int use_once(void* unused) {
  (void)unused;
  call_once(&once, &initialise);
  expect(value == 1);
  return 0;
}

static int use_storage(void* unused) {
  (void)unused;
  expect(tss_get(storage) == NULL);
  tss_set(storage, &value);
  expect(tss_get(storage) == &value);
  return 0;
}

static int count(void* unused) {
  (void)unused;
  atomic_fetch_add(&counter, 1);
  return 0;
}

static int publish(void* unused) {
  (void)unused;
  value = 1;
  atomic_store_explicit(&counter, 1, memory_order_relaxed);
  return 0;
}

void c11_mutex_excludes(void) {
  mtx_init(&mutex, mtx_plain);
  run_two(&add_locked);
  expect(value == 2);
  mtx_destroy(&mutex);
}

void c11_without_a_mutex(void) { run_two(&add); }

void c11_condition_hands_over(void) {
  thrd_t waiter;
  int result = 0;
  mtx_init(&mutex, mtx_plain);
  cnd_init(&condition);
  thrd_create(&waiter, &wait_ready, NULL);
  mtx_lock(&mutex);
  ready = 1;
  cnd_signal(&condition);
  mtx_unlock(&mutex);
  thrd_join(waiter, &result);
  expect(result == 7);
  cnd_destroy(&condition);
  mtx_destroy(&mutex);
}

void c11_condition_without_a_signal(void) {
  thrd_t waiter;
  mtx_init(&mutex, mtx_plain);
  cnd_init(&condition);
  thrd_create(&waiter, &wait_ready, NULL);
  mtx_lock(&mutex);
  ready = 1;
  mtx_unlock(&mutex);
  thrd_join(waiter, NULL);
}

void c11_once_runs_once(void) { run_two(&use_once); }

void c11_thread_storage(void) {
  tss_create(&storage, NULL);
  run_two(&use_storage);
  tss_delete(storage);
}

void c11_atomics_count(void) {
  run_two(&count);
  expect(atomic_load(&counter) == 2);
}

void c11_relaxed_atomics_order_nothing(void) {
  thrd_t writer;
  thrd_create(&writer, &publish, NULL);
  if (atomic_load_explicit(&counter, memory_order_relaxed) == 1) {
    value = 2;
  }
  thrd_join(writer, NULL);
}
