#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every C++ file is formatted as .clang-format says. Releases of clang-format differ in details, so
# only the one that the project uses is asked; with another, the test is skipped (status 77).
set -euo pipefail
cd "${HEDDLE_SOURCE_DIR:-$(dirname "${BASH_SOURCE[0]}")/../..}"
release=14

format=$(command -v "clang-format-$release" || command -v clang-format || true)
if [[ -z $format || $("$format" --version) != *"version $release."* ]]; then
  echo "skipped: clang-format $release is not installed"
  exit 77
fi
find bugs checker primitives tests tools \( -name '*.h' -o -name '*.cc' -o -name '*.c' \) -print0 |
  xargs -0 --no-run-if-empty -n 20 -P "$(nproc)" "$format" --dry-run -Werror
