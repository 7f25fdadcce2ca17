#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# libheddle.so exports its doors and its public functions, and nothing of the libraries and
# templates that it is made of (see checker/exports.map).
set -euo pipefail
exported=$(nm -DC --defined-only "$HEDDLE_BUILD_DIR/lib/libheddle.so" | cut -d ' ' -f 3-)

unwanted=$(grep -E '^(std|fmt|nlohmann|__gnu_cxx|heddle::(base|graph|search|detect|report|runtime|intercept))::|^(vtable|typeinfo)' <<<"$exported" |
  grep -v '^std::random_device::' || true)  # A door: the program must not meet real randomness.
if [[ -n $unwanted ]]; then
  printf 'exported, but should not be:\n%s\n' "$unwanted"
  exit 1
fi
for door in __tsan_read4 __tsan_func_entry pthread_create pthread_mutex_lock malloc 'operator new(unsigned long)' heddle_choose; do
  grep -Fxq "$door" <<<"$exported" || { echo "missing: $door"; exit 1; }
done
