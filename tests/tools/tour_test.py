#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every step of the gallery's tour, measured for moments: it runs, and shows what it says.

Chapters are those that the tour lists. Each step must have been run: measured tables have numbers
above zero, explored variants are what they are declared to be, replays are the same. Exhibits to go
on with exist.
"""
import json
import os
import subprocess
import sys
import tempfile
import xml.dom.minidom

HEDDLE = os.path.join(os.environ["HEDDLE_BUILD_DIR"], "bin", "heddle")


def heddle(*arguments):
    """Exit code, the JSON on standard output, and what is for people."""
    ended = subprocess.run([HEDDLE, "gallery", *arguments, "--json", "-"], check=False, timeout=120,
                           capture_output=True, text=True)
    return ended.returncode, json.loads(ended.stdout) if ended.stdout else None, ended.stderr


def exhibits():
    listed = subprocess.run([HEDDLE, "gallery", "list"], check=True, capture_output=True, text=True)
    names, klass = set(), ""
    for line in listed.stdout.splitlines():
        if line and not line.startswith(" "):
            klass = line.strip()
        elif line.startswith("  ") and line[2] != " ":
            names.add(f"{klass}/{line.split()[0]}")
    return names


def problems_of_table(table):
    if not table["rows"] or not all(row["values"] for row in table["rows"]):
        yield "an empty table"
    for row in table["rows"]:
        if len(row["values"]) != len(table["columns"]) or min(row["values"]) <= 0:
            yield f"row {row['name']}: {row['values']}"


def problems_of_step(step):
    kind = step["kind"]
    if kind == "measure":
        for table in step["tables"]:
            yield from problems_of_table(table)
        return
    variants = step["variants"]
    for variant in variants:
        if not variant["as_declared"]:
            yield f"{variant['variant']} is not as declared"
        if variant["is_bug"] != (variant["report"]["verdict"] == "bug"):
            yield f"{variant['variant']}: {variant['report']['verdict']}"
    if kind == "explore" and not variants[0]["report"]["findings"][0]["trace"]:
        yield "no failing execution"
    if kind == "outcomes" and len(variants[0]["report"]["outcomes"]) < 2:
        yield "one outcome"
    if kind == "replay" and (len(step["replays"]) != 3 or not all(r["same"] for r in step["replays"])):
        yield f"replays {step['replays']}"
    if kind == "compare" and not {v["is_bug"] for v in variants} == {True, False}:
        yield "no bug, or no fix, to compare"


def problems_of_chapter(name, known):
    code, told, text = heddle("tour", name, "--quick")
    if code != 0:
        yield f"exit code {code}: {text}"
        return
    chapter = told["chapters"][0]
    for step in chapter["steps"]:
        if step["title"] not in text:
            yield f"{step['title']}: not shown"
        for problem in problems_of_step(step):
            yield f"{step['title']}: {problem}"
        for exhibit in set(step["go_on"]) - known:
            yield f"{step['title']}: there is no exhibit {exhibit}"
    for hint in ("next", "previous"):
        if chapter[hint] and f"heddle gallery tour {chapter[hint]}" not in text:
            yield f"no hint for {hint}"


def problems_of_cost():
    with tempfile.TemporaryDirectory() as folder:
        plot = os.path.join(folder, "cost.svg")
        code, told, _ = heddle("cost", "races/lost_update", "--quick", "--svg", plot)
        if code != 0 or [t["columns"][-1] for t in told["tables"]] != ["8 threads"]:
            yield f"exit code {code}, {told}"
        lines = xml.dom.minidom.parse(plot).getElementsByTagName("polyline")
        if len(lines) != sum(len(table["rows"]) for table in told["tables"]):
            yield f"{len(lines)} lines in the plot"
    if heddle("cost", "races/unknown")[0] != 2:
        yield "an unknown exhibit is not refused"
    if heddle("tour", "deadlock")[0] != 2 or "deadlocks" not in heddle("tour", "deadlock")[2]:
        yield "an unknown chapter is not refused"


def main():
    _, told, _ = heddle("tour", "list")
    names = [chapter["name"] for chapter in told["chapters"]]
    known = exhibits()
    problems = [f"{name}: {problem}" for name in names for problem in problems_of_chapter(name, known)]
    problems += [f"cost: {problem}" for problem in problems_of_cost()]
    print(*problems, sep="\n")
    print(f"{len(names)} chapters, {sum(len(c['steps']) for c in told['chapters'])} steps, "
          f"{len(problems)} problems")
    return 1 if problems or len(names) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
