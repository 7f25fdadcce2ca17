#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The golden report files are what their standards say, and the validators can tell when not."""
import json
import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import json_schema  # noqa: E402
from validators import COMPLAINTS, HERE, ROOT  # noqa: E402


def golden(form):
    return (HERE / "golden" / f"{form}.txt").read_bytes()


def spoilt(change):
    """The golden SARIF after change(document)."""
    document = json.loads(golden("sarif"))
    change(document["runs"][0])
    return json.dumps(document)


def unknown_fields():
    """Fields that to_json writes and the schema does not have, for writers and readers to agree."""
    known = set()

    def collect(schema):
        for name, child in schema.get("properties", {}).items():
            known.add(name)
            collect(child)
        for child in schema.get("definitions", {}).values():
            collect(child)

    collect(json.loads((ROOT / "tools/report.schema.json").read_text()))
    source = (ROOT / "checker/report/json.cc").read_text().split("class Writer")[0]
    # What is tried of a schedule is a document of its own, between Heddle's processes.
    source = source.split("std::remove_const_t<T>, AttemptStop>")[0]
    written = set(re.findall(r'visitor\.(?:required|optional)\("(\w+)"', source))
    if len(written) < 40:
        return ["the fields of json.cc are not found"]
    return [f"report.schema.json does not know the field {name}" for name in sorted(written - known)]


def compare_with_jsonschema(texts, path):
    """Whether our validator and python3-jsonschema, where it is installed, complain of the same documents."""
    try:
        import jsonschema
    except ImportError:
        return []
    schema = json.loads(path.read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    documents = [json.loads(text) for text in texts]
    return [f"our validator and jsonschema differ on document {i}" for i, document in enumerate(documents)
            if validator.is_valid(document) == bool(json_schema.complaints(document, schema))]


def main():
    failures = unknown_fields()
    for form in ("sarif", "junit", "dot"):
        failures += [f"golden/{form}.txt: {complaint}" for complaint in COMPLAINTS[form](golden(form))]
    for entry in json.loads(golden("json"))["entries"]:
        failures += [f"golden/json.txt: {entry['name']}: {c}" for c in COMPLAINTS["json"](json.dumps(entry["report"]))]

    def flow(run):
        return run["results"][0]["codeFlows"][1]["threadFlows"][0]["locations"]

    wrong = {
        "no driver": ("sarif", spoilt(lambda run: run["tool"].pop("driver"))),
        "no text": ("sarif", spoilt(lambda run: run["results"][0]["message"].pop("text"))),
        "a line 0": ("sarif", spoilt(lambda run: run["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine=0))),
        "a space in a URI": ("sarif", spoilt(lambda run: run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"].update(uri="a b"))),
        "another rule": ("sarif", spoilt(lambda run: run["results"][0].update(ruleIndex=1))),
        "an address of an unknown kind": ("sarif", spoilt(lambda run: run["results"][1]["stacks"][0]["frames"][0]["location"]["physicalLocation"]["address"].update(kind="x"))),
        "an unknown property": ("sarif", spoilt(lambda run: run["results"][0].update(color="red"))),
        "steps in another order": ("sarif", spoilt(lambda run: flow(run).reverse())),
        "two steps at once": ("sarif", spoilt(lambda run: flow(run)[0].update(executionOrder=flow(run)[1]["executionOrder"]))),
        "a wrong count": ("junit", golden("junit").replace(b'failures="2"', b'failures="3"', 1)),
        "no such element": ("junit", golden("junit").replace(b"system-out", b"system-in")),
        "not UTF-8": ("junit", golden("junit").replace(b"Mailbox", b"Mail\xffbox", 1)),
        "an open brace": ("dot", golden("dot").rstrip()[:-1]),
        "an undeclared node": ("dot", golden("dot").replace(b"s0 -> s", b"s99 -> s", 1)),
        "an open string": ("dot", golden("dot").replace(b'label="main"', b'label="main', 1)),
        "a verdict that is none": ("json", json.dumps({**json.loads(golden("json"))["entries"][1]["report"], "verdict": "fine"})),
        "another format": ("json", json.dumps({**json.loads(golden("json"))["entries"][1]["report"], "format": 2})),
    }
    for name, (form, text) in wrong.items():
        data = text if isinstance(text, bytes) else text.encode()
        if data == golden(form):
            failures.append(f"'{name}' changes nothing")
        try:
            if not COMPLAINTS[form](text):
                failures.append(f"{form} with '{name}' is accepted")
        except UnicodeDecodeError:
            pass
    sarif = [text for form, text in wrong.values() if form == "sarif"]
    failures += compare_with_jsonschema([golden("sarif"), *sarif], HERE / "schemas/sarif.schema.json")
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    sys.exit(main())
