#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Workflows name presets, scripts and tests that exist, and give each job a container and a time.

The commands of the workflow that users copy stand in its guide, where documents_test.py tries them.
"""
import json
import os
import re
import sys
from pathlib import Path

try:
    import yaml
except ImportError:
    print("skipped: python3-yaml is not installed")
    sys.exit(77)

SOURCE = Path(os.environ["HEDDLE_SOURCE_DIR"])
# Commands that fetch what a container lacks: they need root and a network.
FETCHES = re.compile(r"apt-get |git clone |cd /opt/heddle-source ")


def runs_of(job):
    """The commands of a job, each matrix value put in."""
    values = job.get("strategy", {}).get("matrix", {})
    for step in job["steps"]:
        commands = [step["run"]] if "run" in step else []
        for name, choices in values.items():
            commands = [command.replace("${{ matrix.%s }}" % name, str(choice)) for command in commands for choice in choices]
        yield from dict.fromkeys(commands)


def complaints_of_job(name, job):
    if not str(job.get("container", {}).get("image", "")).startswith("debian:12"):
        yield f"{name}: runs in no container of Debian 12"
    if "timeout-minutes" not in job:
        yield f"{name}: has no timeout-minutes"
    for step in job["steps"]:
        if ("run" in step) == ("uses" in step):
            yield f"{name}: a step has to have either run or uses"
        if "uses" in step and "@" not in step["uses"]:
            yield f"{name}: {step['uses']} has no version"


def complaints_of_own(name, job):
    presets = {preset["name"] for preset in json.loads((SOURCE / "CMakePresets.json").read_text())["configurePresets"]}
    for command in runs_of(job):
        if "${{" in command:
            yield f"{name}: {command}: a value is not known"
        for script in re.findall(r"\b(?:tools|tests)/[\w/.-]+", command):
            if not os.access(SOURCE / script, os.X_OK):
                yield f"{name}: {script} is not there or no program"
        used = re.findall(r"build/([\w-]+)", command)
        used += re.findall(r"tools/setup ([\w-]+)", command)
        for preset in used:
            if preset not in presets:
                yield f"{name}: there is no preset {preset}"


def main():
    complaints = []
    own = list((SOURCE / ".github/workflows").glob("*.yml"))
    for path in [*own, SOURCE / "tools/ci/heddle.yml"]:
        jobs = yaml.safe_load(path.read_text())["jobs"]
        for name, job in jobs.items():
            complaints += complaints_of_job(f"{path.name}: {name}", job)
            if path in own:
                complaints += complaints_of_own(f"{path.name}: {name}", job)
    guide = (SOURCE / "tools/ci/README.md").read_text().splitlines()
    tried = 0
    for name, job in yaml.safe_load((SOURCE / "tools/ci/heddle.yml").read_text())["jobs"].items():
        for command in runs_of(job):
            if not FETCHES.match(command):
                tried += 1
                if command not in guide:
                    complaints.append(f"heddle.yml: {name}: the guide does not try: {command}")
    if not own or tried < 6:
        complaints.append(f"{len(own)} workflows and {tried} commands of the guide's are too few")
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
