#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Outcomes of the gallery's variants under SC and under RC11.

SC allows a subset of what RC11 allows, whatever the program. Programs without a data race whose
only synchronisation is locks, condition variables, joins and sequentially consistent atomics behave
alike under both (DRF-SC), so the classes `deadlocks` and `usecases`, which contain such programs
and some that race, must give equal sets but for those.
"""
import json
import os
import subprocess
import sys
import tempfile

BIN = os.path.join(os.environ["HEDDLE_BUILD_DIR"], "bin")
RUNNER = os.path.join(BIN, "heddle-gallery-explored")
SAME_CLASSES = ("deadlocks", "usecases")


def outcomes(name, variant, model):
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        subprocess.run(
            [RUNNER, "--run", name, "--variant", variant, "--model", model, "--out", out.name],
            check=False, timeout=120, stdout=subprocess.DEVNULL)
        report = json.load(open(out.name))
    return {tuple((v["name"], v["value"]) for v in outcome["values"])
            for outcome in report.get("outcomes", [])}


def main():
    listing = json.loads(subprocess.run([RUNNER, "--list"], check=True, capture_output=True).stdout)
    exhibits = listing["exhibits"] if isinstance(listing, dict) else listing
    compared = with_outcomes = failed = 0
    for exhibit in exhibits:
        name = f"{exhibit['class']}/{exhibit['name']}"
        for variant in exhibit["variants"]:
            strong = outcomes(name, variant["name"], "sc")
            compared += 1
            if not strong:
                continue
            weak = outcomes(name, variant["name"], "rc11")
            with_outcomes += 1
            equal_expected = (exhibit["class"] in SAME_CLASSES
                              and "data_race" not in variant.get("kinds", []))
            if not strong <= weak or (equal_expected and strong != weak):
                failed += 1
                print(f"{name}/{variant['name']}: sc {sorted(strong)}, rc11 {sorted(weak)}")
    print(f"{compared} variants compared, {with_outcomes} of them observe something, {failed} failed")
    return 1 if failed or with_outcomes == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
