// SPDX-License-Identifier: Apache-2.0
// Things that Heddle does not control, by name: each makes executions differ, or may.
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic unsigned long shared;

static unsigned long from_file(void) {
  unsigned char byte = 0;
  int file = open("state.bin", O_RDWR | O_CREAT, 0600);
  if (read(file, &byte, 1) == 1) {
    lseek(file, 0, SEEK_SET);
  }
  ++byte;
  unsigned long written = (unsigned long)write(file, &byte, 1);
  close(file);
  return byte * written;
}

static unsigned long from_processor(void) {
  clockid_t clock;
  struct timespec now;
  clock_getcpuclockid(0, &clock);  // Another name of CLOCK_PROCESS_CPUTIME_ID, which is Heddle's.
  clock_gettime(clock, &now);
  return (unsigned long)now.tv_nsec;
}

static void* work(void* argument) {
  atomic_fetch_add(&shared, 1);
  return argument;
}

int main(int count, char** arguments) {
  const char* source = count > 1 ? arguments[1] : "";
  unsigned long value = 0;
  if (strcmp(source, "file") == 0) {
    value = from_file();
  } else if (strcmp(source, "processor") == 0) {
    value = from_processor();
  } else if (strcmp(source, "cycles") == 0) {
    value = __builtin_ia32_rdtsc();
  } else if (strcmp(source, "writes") == 0) {
    close(creat("written.bin", 0600));
  }
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  atomic_store(&shared, value);
  pthread_join(thread, NULL);
  return 0;
}
