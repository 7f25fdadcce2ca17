# SPDX-License-Identifier: Apache-2.0
"""Runs single tests of a build with one clause switched off."""

import os
import pathlib
import re
import resource
import subprocess
import time

from clauses import PURE_SUITES

MOST_MEMORY = 3 << 30  # Bytes resident; a clause less may mean a search without end.
FAILED_LINE = re.compile(r"^\[  FAILED  \] (\w[^\s,]*\.[^\s,]+)", re.MULTILINE)
RUN_LINE = re.compile(r"^\[ RUN      \] (\S+)", re.MULTILINE)
FAILED_DOOR = re.compile(r"^FAILED (\S+):", re.MULTILINE)


def executable(suite):
    """Name of the test executable, which is that of its CMake target."""
    if suite in PURE_SUITES:
        return f"heddle-{suite}-tests"
    folder, _, optimisation = suite.partition("-")
    return f"{folder}-clang-{optimisation or 'O0'}"


class Suites:
    """The test executables of one build tree."""

    def __init__(self, build, seconds):
        self.bin = pathlib.Path(build) / "bin"
        self.seconds = seconds

    def executable(self, suite):
        return self.bin / executable(suite)

    def has(self, suite):
        return self.executable(suite).is_file()

    def run(self, suite, clause, arguments, seconds=None):
        """Output and how it ended: 'passed', 'failed', 'crashed' or 'hung'."""
        environment = dict(os.environ, HEDDLE_MUTANT=clause or "")
        seconds = seconds or self.seconds
        with subprocess.Popen(
            [self.executable(suite), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        ) as process:
            output, end = read(process, time.monotonic() + seconds)
        if end is None:
            code = process.returncode
            end = "passed" if code == 0 else "failed" if code == 1 else "crashed"
        return output, end

    def run_test(self, test, clause):
        """How one test ends."""
        if test.suite == "doors":
            output, end = self.run("doors", clause, [test.name])
            names = FAILED_DOOR.findall(output)
            if end == "failed" and names and test.name not in names:
                return "passed"  # Another one whose name contains this one's.
            return "missing" if "0 passed, 0 failed" in output else end
        pattern = f"*/{test.name}" if test.suite == "litmus" else test.name
        output, end = self.run(test.suite, clause, [f"--gtest_filter={pattern}"])
        return "missing" if "Running 0 tests" in output else end

    def failing(self, suite, clause, without="", seconds=None):
        """Names of all tests of a suite that fail; those after a crash are run too."""
        if suite == "doors":
            output, end = self.run(suite, clause, [], 4 * self.seconds)
            return FAILED_DOOR.findall(output) + ([f"?{end}"] if end in ("crashed", "hung") else [])
        failed = []
        skipped = [without] if without else []
        for _ in range(6):
            arguments = ["--gtest_filter=-" + ":".join(skipped), "--gtest_brief=0"]
            output, end = self.run(suite, clause, arguments, seconds)
            failed += [name for name in FAILED_LINE.findall(output) if name not in failed]
            if end in ("passed", "failed"):
                break
            started = RUN_LINE.findall(output)
            if not started:
                return failed + [f"?{end}"]
            failed.append(f"{started[-1]}?{end}")
            skipped += started
        return failed


def read(process, deadline):
    """Reads to the end, to the deadline or to the limit of memory."""
    os.set_blocking(process.stdout.fileno(), False)
    output = []
    while True:
        chunk = process.stdout.read()
        if chunk:
            output.append(chunk)
        if process.poll() is not None:
            output.append(process.stdout.read() or b"")
            return b"".join(output).decode(errors="replace"), None
        if time.monotonic() > deadline or resident(process.pid) > MOST_MEMORY:
            process.kill()
            process.wait()
            return b"".join(output).decode(errors="replace"), "hung"
        time.sleep(0.002)


def resident(pid):
    try:
        pages = pathlib.Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * resource.getpagesize()
    except (OSError, IndexError):
        return 0
