// SPDX-License-Identifier: Apache-2.0
// Doors outside an exploration: they must be what they replace. The memory functions and the
// 16-byte atomics are Heddle's own, so they are compared with naive ones.
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <threads.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

// Through pointers, so that the compiler cannot put in code of its own.
void* (*volatile call_memmove)(void*, const void*, std::size_t) = &std::memmove;
void* (*volatile call_memcpy)(void*, const void*, std::size_t) = &std::memcpy;
void* (*volatile call_memset)(void*, int, std::size_t) = &std::memset;

std::vector<char> numbered(std::size_t size) {
  std::vector<char> bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(i * 7 + i / 256);
  }
  return bytes;
}

std::vector<std::size_t> sizes() {
  std::vector<std::size_t> all;
  for (std::size_t size = 0; size < 100; ++size) {
    all.push_back(size);
  }
  for (std::size_t size : {127, 128, 129, 255, 256, 511, 700, 767, 768, 769, 1000, 4096, 5001}) {
    all.push_back(size);
  }
  return all;
}

TEST(Memory, MovesOverlappingRangesBothWays) {
  for (const std::size_t size : sizes()) {
    for (const int distance : {-65, -33, -16, -15, -7, -1, 0, 1, 7, 15, 16, 33, 65}) {
      std::vector<char> bytes = numbered(size + 200);
      std::vector<char> expected = bytes;
      for (std::size_t i = 0; i < size; ++i) {
        expected[100 + i + static_cast<std::size_t>(distance)] = bytes[100 + i];
      }
      EXPECT_EQ(call_memmove(bytes.data() + 100 + distance, bytes.data() + 100, size),
                bytes.data() + 100 + distance);
      ASSERT_EQ(bytes, expected) << size << " bytes by " << distance;
    }
  }
}

TEST(Memory, CopiesAndFillsNoMoreThanAsked) {
  for (const std::size_t size : sizes()) {
    const std::vector<char> source = numbered(size + 40);
    std::vector<char> bytes(size + 40, 'x');
    call_memcpy(bytes.data() + 20, source.data() + 3, size);
    for (std::size_t i = 0; i < size; ++i) {
      ASSERT_EQ(bytes[20 + i], source[3 + i]);
    }
    call_memset(bytes.data() + 20, 'y', size);
    ASSERT_EQ(std::string(bytes.begin(), bytes.end()),
              std::string(20, 'x') + std::string(size, 'y') + std::string(20, 'x'));
  }
}

TEST(Heap, AlignsClearsAndKeeps) {
  for (std::size_t alignment = 16; alignment <= 4096; alignment *= 2) {
    void* block = std::aligned_alloc(alignment, alignment * 2);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % alignment, 0u);
    std::free(block);
  }
  EXPECT_EQ(std::aligned_alloc(3, 8), nullptr);
  void* never = nullptr;
  EXPECT_EQ(posix_memalign(&never, 4, 8), EINVAL);
  auto* text = static_cast<char*>(std::calloc(1, 8));
  EXPECT_EQ(text[7], 0);
  std::strcpy(text, "kept");
  text = static_cast<char*>(std::realloc(text, 100000));
  EXPECT_STREQ(text, "kept");
  std::free(text);
  EXPECT_EQ(reallocarray(nullptr, ~std::size_t{0} / 2, 4), nullptr);
}

TEST(Locks, ReturnWhatTheRealOnesReturn) {
  pthread_mutex_t mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
  EXPECT_EQ(pthread_mutex_lock(&mutex), 0);
  EXPECT_EQ(pthread_mutex_lock(&mutex), EDEADLK);
  EXPECT_EQ(pthread_mutex_trylock(&mutex), EBUSY);
  EXPECT_EQ(pthread_mutex_unlock(&mutex), 0);
  EXPECT_EQ(pthread_mutex_unlock(&mutex), EPERM);

  sem_t semaphore;
  sem_init(&semaphore, 0, 1);
  EXPECT_EQ(sem_trywait(&semaphore), 0);
  EXPECT_EQ(sem_trywait(&semaphore), -1);
  EXPECT_EQ(errno, EAGAIN);
  sem_destroy(&semaphore);

  mtx_t plain;
  EXPECT_EQ(mtx_init(&plain, mtx_plain), thrd_success);
  EXPECT_EQ(mtx_lock(&plain), thrd_success);
  EXPECT_EQ(mtx_trylock(&plain), thrd_busy);
  EXPECT_EQ(mtx_unlock(&plain), thrd_success);
}

TEST(Threads, RunForReal) {
  std::mutex mutex;
  int value = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 1000; ++round) {
        std::lock_guard lock(mutex);
        ++value;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(value, 4000);
}

TEST(Syscall, PassesSixArgumentsAndSetsErrno) {
  EXPECT_EQ(syscall(SYS_getpid), getpid());
  int word = 1;
  EXPECT_EQ(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0), -1);
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_EQ(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 1, nullptr, nullptr, 0), -1);
  EXPECT_EQ(errno, EINVAL) << "an empty bit set, the sixth argument, is refused";
}

TEST(Exceptions, AreThrownAndCaught) {
  EXPECT_THROW(static_cast<void>(std::string().at(1)), std::out_of_range);
  EXPECT_THROW(throw std::string("text"), std::string);
}

}  // namespace
