#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The tables of clauses fit the code, and the tests they name exist in the sources."""

import re
import sys

from clauses import EXPLORED_SUITES, PURE_SUITES, load, source_root


def names_in(folder):
    """Test names as the sources spell them: Suite.Name, or the name of a program of a table."""
    names = set()
    for source in folder.rglob("*.c*"):
        text = source.read_text(encoding="utf-8")
        names |= {f"{suite}.{name}" for suite, name in re.findall(r"\bTEST(?:_F)?\((\w+),\s*(\w+)\)", text)}
        names |= set(re.findall(r"\bHEDDLE_DOOR_TEST\(\s*(\w+)", text))
        names |= set(re.findall(r'\{\s*"(\w+)"', text))
    return names


def main():
    root = source_root()
    clauses = load(root)
    known = {
        suite: names_in(root / "tests" / suite.partition("-")[0])
        for suite in PURE_SUITES + EXPLORED_SUITES
    }
    stale = [
        f"{clause.name}: {test}: no such test"
        for clause in clauses.values()
        for test in clause.tests
        if test.name not in known[test.suite]
    ]
    print("\n".join(stale) or f"{len(clauses)} clauses, each with a function and tests")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
