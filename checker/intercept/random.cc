// SPDX-License-Identifier: Apache-2.0
// Sources of randomness: in the model a function of the thread and of how often it asked, so that
// an execution can be run again.
#include "checker/intercept/door.h"
#include "checker/intercept/real.h"
#include "checker/intercept/requests.h"

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

namespace heddle::intercept {
namespace {

HEDDLE_REAL(rand);
HEDDLE_REAL(random);
HEDDLE_REAL(srand);
HEDDLE_REAL(srandom);
HEDDLE_REAL(drand48);
HEDDLE_REAL(lrand48);
HEDDLE_REAL(mrand48);
HEDDLE_REAL(getrandom);
HEDDLE_REAL(getentropy);
HEDDLE_REAL_AS(arc4random, std::uint32_t());
HEDDLE_REAL_AS(_ZNSt13random_device9_M_getvalEv, unsigned(void*));

std::uint64_t random_below_power(unsigned bits) { return runtime::random_bits() >> (64 - bits); }

void fill_random(void* to, std::size_t size, std::uintptr_t site) {
  if (size == 0) {
    return;
  }
  runtime::plain_write(to, size, site);
  char* bytes = static_cast<char*>(to);
  for (std::size_t i = 0; i < size; ++i) {
    bytes[i] = static_cast<char>(random_below_power(8));
  }
}

}  // namespace
}  // namespace heddle::intercept

namespace {
using namespace heddle::intercept;
}  // namespace

#define HEDDLE_RANDOM(result, name, bits)                                               \
  HEDDLE_EXPORT(result, name) {                                                         \
    return modelling() ? static_cast<result>(random_below_power(bits)) : real_##name(); \
  }
HEDDLE_RANDOM(int, rand, 31)
HEDDLE_RANDOM(long, random, 31)
HEDDLE_RANDOM(long, lrand48, 31)
HEDDLE_RANDOM(std::uint32_t, arc4random, 32)

HEDDLE_EXPORT(long, mrand48) {
  return modelling() ? static_cast<std::int32_t>(random_below_power(32)) : real_mrand48();
}

HEDDLE_EXPORT(double, drand48) {
  return modelling() ? static_cast<double>(random_below_power(48)) / 281474976710656.0
                     : real_drand48();
}

// The generator of the model has no seed to set: each execution starts from the same one.
HEDDLE_EXPORT(void, srand, unsigned seed) {
  if (!modelling()) {
    real_srand(seed);
  }
}
HEDDLE_EXPORT(void, srandom, unsigned seed) {
  if (!modelling()) {
    real_srandom(seed);
  }
}

HEDDLE_EXPORT(ssize_t, getrandom, void* to, std::size_t size, unsigned flags) {
  if (!modelling()) {
    return real_getrandom(to, size, flags);
  }
  fill_random(to, size, HEDDLE_SITE());
  return static_cast<ssize_t>(size);
}

HEDDLE_EXPORT(int, getentropy, void* to, std::size_t size) {
  if (!modelling()) {
    return real_getentropy(to, size);
  }
  fill_random(to, size, HEDDLE_SITE());
  return 0;
}

// std::random_device::operator(): libstdc++ uses a processor instruction behind it.
HEDDLE_EXPORT(unsigned, _ZNSt13random_device9_M_getvalEv, void* device) {
  return modelling() ? static_cast<unsigned>(random_below_power(32))
                     : real__ZNSt13random_device9_M_getvalEv(device);
}
