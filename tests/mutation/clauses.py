# SPDX-License-Identifier: Apache-2.0
"""The clauses that can be switched off: where the code has them, and what the tables say of them.

A table row is `| clause | what is wrong without it | function | tests |`, the clause in backquotes. A test
is written `suite:Name`, where the suite is the folder of tests/ that has it; explored tests are those
compiled by clang at -O0, or at -O2 if the suite says so. `litmus:CoRr` is CoRr under both models.
"""

import pathlib
import re
import sys
from dataclasses import dataclass

TABLES = ("checker/graph/README.md", "tests/mutation/README.md")
PURE_SUITES = ("graph", "search", "detect")
EXPLORED_SUITES = ("doors", "explore", "explore-O2", "litmus")
USE = re.compile(r'HEDDLE_CLAUSE\("([^"]+)"\)')
ROW = re.compile(r"^\| `([a-z_.]+)` \|([^|]*)\|([^|]*)\|([^|]*)\|$")
TEST = re.compile(r"`([\w-]+):([^`]+)`")
FUNCTION = re.compile(r"`([A-Za-z_:]+)`")


@dataclass(frozen=True)
class Test:
    """One test of the suite, by the name its executable knows."""

    suite: str
    name: str

    def __str__(self):
        return f"{self.suite}:{self.name}"


@dataclass
class Clause:
    name: str
    files: list  # Sources that ask for it, relative to the root.
    without: str = ""  # What is wrong when it is switched off.
    functions: tuple = ()
    tests: tuple = ()
    table: str = ""

    def pure_tests(self):
        """Those that a build of the pure rooms has."""
        return tuple(test for test in self.tests if test.suite in PURE_SUITES)


def used_clauses(root):
    """The clauses that the code asks for, in the order of their files and lines."""
    clauses = {}
    for path in sorted((root / "checker").rglob("*")):
        if path.suffix not in (".h", ".cc") or path.name.startswith("mutant."):
            continue
        for name in USE.findall(path.read_text(encoding="utf-8")):
            clause = clauses.setdefault(name, Clause(name, []))
            relative = str(path.relative_to(root))
            if relative not in clause.files:
                clause.files.append(relative)
    return clauses


def read_tables(root, clauses):
    """Completes `clauses` from the tables. Returns what is wrong with the tables."""
    problems = []
    for table in TABLES:
        for line in (root / table).read_text(encoding="utf-8").splitlines():
            row = ROW.match(line.strip())
            if row is None:
                if line.startswith("| `"):
                    problems.append(f"{table}: not a row of four cells: {line[:60]}")
                continue
            problems += add_row(root, clauses, table, *row.groups())
    problems += [f"{name}: no table has a row for it" for name, c in clauses.items() if not c.table]
    return problems


def add_row(root, clauses, table, name, without, functions, tests):
    clause = clauses.get(name)
    if clause is None:
        return [f"{table}: no code asks for the clause {name}"]
    if clause.table:
        return [f"{table}: {name} has two rows"]
    clause.table = table
    clause.without = without.strip()
    clause.functions = tuple(FUNCTION.findall(functions))
    clause.tests = tuple(Test(suite, test) for suite, test in TEST.findall(tests))
    return row_problems(root, clause)


def row_problems(root, clause):
    problems = []
    text = "".join((root / file).read_text(encoding="utf-8") for file in clause.files)
    in_graph = all(file.startswith("checker/graph/") for file in clause.files)
    if in_graph != clause.table.startswith("checker/graph/"):
        problems.append(f"{clause.name}: its row is in the wrong table")
    if not clause.without or not clause.functions or not clause.tests:
        problems.append(f"{clause.name}: an empty cell")
    for function in clause.functions:
        if re.search(rf"\b{function.split('::')[-1]}\(", text) is None:
            problems.append(f"{clause.name}: {function} is not in {', '.join(clause.files)}")
    for test in clause.tests:
        if test.suite not in PURE_SUITES + EXPLORED_SUITES:
            problems.append(f"{clause.name}: {test}: no such suite")
    return problems


def load(root):
    """The clauses with their rows; leaves the program when the tables are wrong."""
    clauses = used_clauses(root)
    problems = read_tables(root, clauses)
    if problems:
        sys.exit("\n".join(problems))
    return clauses


def source_root():
    return pathlib.Path(__file__).resolve().parents[2]
