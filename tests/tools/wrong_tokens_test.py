#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""heddle replay on damaged tokens, each in a process of its own: an ordinary exit code and, if it is
refused, one line that says why. (Thousands more in one process: tests/explore/token_fuzz_test.cc.)
"""
import json
import os
import random
import subprocess
import sys
import zlib

HEDDLE = os.path.join(os.environ["HEDDLE_BUILD_DIR"], "bin", "heddle")
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
EXHIBITS = ["races/lost_update", "deadlocks/opposite_order", "races/freed_under_reader"]
TOKENS = 60


def run(*arguments):
    return subprocess.run([HEDDLE, *arguments], check=False, timeout=60, capture_output=True)


def good_tokens():
    report = json.loads(run("gallery", "run", *EXHIBITS, "--no-tsan", "--json", "-").stdout)
    tokens = [f["token"] for exhibit in report["exhibits"] for f in exhibit["findings"]]
    if len(tokens) < len(EXHIBITS):
        sys.exit(f"only {len(tokens)} tokens to damage")
    return tokens


def with_checksum(token):
    address, _, body = token.rpartition("@")
    body = body.rpartition(":")[0] + ":"
    rest = zlib.crc32(body.encode("latin-1"))
    return f"{address}@{body}" + "".join(DIGITS[rest >> 6 * i & 63] for i in range(6))


def damaged(token, draw):
    start = token.index("@") + 1
    at = draw.randrange(start, len(token))
    kind = draw.randrange(4)
    if kind == 0:
        return token[:at]
    if kind == 1:
        token = token[:at] + draw.choice(DIGITS) + token[at + 1:]
    elif kind == 2:
        token = token[:at] + token[at + 1:]
    else:
        other = draw.randrange(start, len(token))
        letters = list(token)
        letters[at], letters[other] = letters[other], letters[at]
        token = "".join(letters)
    return with_checksum(token) if draw.random() < 0.7 else token


def complaint(token):
    ended = run("replay", token)
    errors = ended.stderr.decode()
    if ended.returncode not in (0, 1, 2, 4):
        return f"exit code {ended.returncode}: {errors}"
    if ended.returncode == 2 and not (errors.startswith("heddle: ") and errors.count("\n") == 1):
        return f"not one line of reason: {errors}"
    return None


def main():
    tokens = good_tokens()
    for token in tokens:
        if with_checksum(token) != token or run("replay", token).returncode != 1:
            sys.exit(f"{token} is no good token")
    draw = random.Random(1)
    bad = [damaged(draw.choice(tokens), draw) for _ in range(TOKENS)]
    complaints = [f"{token}: {text}" for token in bad if (text := complaint(token)) is not None]
    print("\n".join(complaints) or f"{TOKENS} damaged tokens refused or replayed")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
