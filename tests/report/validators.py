# SPDX-License-Identifier: Apache-2.0
"""What standards and other programs say of Heddle's report files.

Each function returns a list of complaints about the contents of a file, empty if there are none.
SARIF is compared with schemas/sarif.schema.json, which is written from the standard for what Heddle
writes; and with the official schema by python3-jsonschema, if HEDDLE_SARIF_SCHEMA names its file (it
is in the npm package @microsoft/jest-sarif). JSON is compared with tools/report.schema.json. JUnit
XML is looked at here, and by xmllint with schemas/junit.xsd where it is installed; DOT here, and by
graphviz where that is installed.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree
from pathlib import Path

import json_schema

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def _official_complaints(document, path):
    import jsonschema  # Only those who ask for it need it.
    schema = json.loads(Path(path).read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    return [f"official schema: {'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validator.iter_errors(document)]


def _load(text):
    return json.loads(text.decode("utf-8") if isinstance(text, bytes) else text)


def sarif_complaints(text):
    """Schema, and what no schema can say: indices, order of steps, ids that are unique."""
    document = _load(text)
    complaints = json_schema.complaints(document, json.loads((HERE / "schemas/sarif.schema.json").read_text()))
    official = os.environ.get("HEDDLE_SARIF_SCHEMA")
    if official:
        complaints += _official_complaints(document, official)
    if complaints:
        return complaints
    for run in document["runs"]:
        rules = run["tool"]["driver"]["rules"]
        if len({rule["id"] for rule in rules}) != len(rules):
            complaints.append("two rules have one id")
        for i, result in enumerate(run["results"]):
            if result["ruleIndex"] >= len(rules) or rules[result["ruleIndex"]]["id"] != result["ruleId"]:
                complaints.append(f"results/{i}: ruleIndex is not that of ruleId")
            for flow in result.get("codeFlows", []):
                orders = [step["executionOrder"] for thread in flow["threadFlows"] for step in thread["locations"]]
                if len(set(orders)) != len(orders):
                    complaints.append(f"results/{i}: two steps of a code flow have one executionOrder")
                for thread in flow["threadFlows"]:
                    own = [step["executionOrder"] for step in thread["locations"]]
                    if own != sorted(own):
                        complaints.append(f"results/{i}: thread {thread['id']} goes back in time")
    return complaints


def json_complaints(text):
    return json_schema.complaints(_load(text), json.loads((ROOT / "tools/report.schema.json").read_text()))


def _xmllint_complaints(data):
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(data)
        file.flush()
        done = subprocess.run(
            ["xmllint", "--noout", "--nonet", "--schema", str(HERE / "schemas/junit.xsd"), file.name],
            capture_output=True, text=True)
    return done.stderr.splitlines() if done.returncode != 0 else []


# For each element what may be in it, and its attributes: needed ones, others.
COUNTS = {"name", "tests", "failures", "errors", "time"}
JUNIT = {
    "testsuites": ({"testsuite"}, COUNTS, set()),
    "testsuite": ({"testcase"}, COUNTS, set()),
    "testcase": ({"properties", "failure", "error", "system-out"}, {"classname", "name", "time"}, {"file", "line"}),
    "properties": ({"property"}, set(), set()),
    "property": (set(), {"name", "value"}, set()),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def junit_complaints(text):
    data = text if isinstance(text, bytes) else text.encode()
    complaints = _xmllint_complaints(data) if shutil.which("xmllint") else []
    try:
        root = tree.fromstring(data)
    except tree.ParseError as error:
        return complaints + [str(error)]
    for element in root.iter():
        children, needed, others = JUNIT.get(element.tag, (set(), set(), set()))
        if element.tag not in JUNIT or not needed <= set(element.keys()) <= needed | others:
            complaints.append(f"<{element.tag}> with {sorted(element.keys())}")
        complaints += [f"<{child.tag}> in <{element.tag}>" for child in element if child.tag not in children]
    for element in [root, *root.iter("testsuite")]:
        for attribute, wanted in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            if int(element.get(attribute, -1)) != len(list(element.iter(wanted))):
                complaints.append(f"{element.get('name')}: {attribute} is {element.get(attribute)}")
    for case in root.iter("testcase"):
        if len(case) != 2 or case[0].tag != "properties":
            complaints.append(f"{case.get('name')}: has {[child.tag for child in case]}")
    return complaints


# A statement a line is how Heddle writes it, not what DOT demands.
STRING = r'"(?:[^"\\]|\\.)*"'
ATTRIBUTES = rf'\[\w+=(?:{STRING}|[\w-]+)(?:, \w+=(?:{STRING}|[\w-]+))*\]'
STATEMENTS = [
    ("comment", re.compile(r"//.*")),
    ("open", re.compile(rf"digraph {STRING} {{|subgraph cluster_\d+ {{")),
    ("close", re.compile(r"}")),
    ("edge", re.compile(rf"(s\d+) -> (s\d+) {ATTRIBUTES};")),
    ("node", re.compile(rf"(s\d+) {ATTRIBUTES};")),
    ("default", re.compile(rf"(?:graph|node|edge) {ATTRIBUTES};|label={STRING};")),
]


def dot_complaints(text):
    text = text.decode("utf-8") if isinstance(text, bytes) else text
    complaints, depth, nodes, used = [], 0, set(), set()
    for number, line in enumerate(text.splitlines(), 1):
        kind, match = next(((k, m) for k, p in STATEMENTS if (m := p.fullmatch(line.strip()))), (None, None))
        if kind is None:
            complaints.append(f"line {number} is no statement: {line}")
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
            if depth == 0:
                complaints += [f"an edge of undeclared {node}" for node in sorted(used - nodes)]
                nodes, used = set(), set()
        elif kind == "node":
            nodes.add(match[1])
        elif kind == "edge":
            used |= {match[1], match[2]}
    if depth != 0:
        complaints.append("braces do not match")
    if shutil.which("dot"):
        done = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True)
        if done.returncode != 0 or "<svg" not in done.stdout:
            complaints.append(f"dot: {done.stderr}")
    return complaints


COMPLAINTS = {"sarif": sarif_complaints, "json": json_complaints, "junit": junit_complaints, "dot": dot_complaints}

if __name__ == "__main__":
    # validators.py FORM:FILE... FOLDER...; a folder's files are JSON reports.
    failed = False
    for argument in sys.argv[1:]:
        form, _, path = argument.rpartition(":")
        if not Path(path).exists():
            sys.exit(f"{path} does not exist")
        files = [Path(path)] if form else sorted(Path(path).iterdir())
        for file in files:
            for complaint in COMPLAINTS[form or "json"](file.read_bytes()):
                print(f"{file}: {complaint}")
                failed = True
        failed = failed or not files
    sys.exit(failed)
