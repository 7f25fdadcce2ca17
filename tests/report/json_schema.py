# SPDX-License-Identifier: Apache-2.0
"""The part of JSON Schema (draft 7) that the schemas of this project use; refuses any other keyword.

Where python3-jsonschema is installed, golden_test.py compares the two.
"""
import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}
SILENT = {"$schema", "title", "description", "definitions", "format"}


def _is(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def complaints(value, schema, root=None, where=""):
    """One line for each place in which the value is not as the schema says."""
    root = schema if root is None else root
    if "$ref" in schema:
        return complaints(value, root["definitions"][schema["$ref"].removeprefix("#/definitions/")], root, where)
    found = []

    def say(condition, text):
        if not condition:
            found.append(f"{where or '/'}: {text}")

    for keyword, wanted in schema.items():
        if keyword in SILENT or keyword == "additionalProperties":
            continue
        if keyword == "type":
            if not _is(value, wanted):
                return [f"{where or '/'}: is no {wanted}: {value!r:.80}"]
        elif keyword == "const":
            say(value == wanted and type(value) is type(wanted), f"is not {wanted!r}")
        elif keyword == "enum":
            say(value in wanted, f"{value!r:.80} is none of {wanted}")
        elif keyword == "required":
            for name in wanted:
                say(name in value, f"has no {name}")
        elif keyword == "properties":
            for name, child in value.items():
                rest = schema.get("additionalProperties", True)
                if name in wanted:
                    found += complaints(child, wanted[name], root, f"{where}/{name}")
                else:
                    say(rest is not False, f"has a {name}")
        elif keyword == "items":
            for i, child in enumerate(value):
                found += complaints(child, wanted, root, f"{where}/{i}")
        elif keyword == "minItems" or keyword == "minLength" or keyword == "minProperties":
            say(len(value) >= wanted, f"is shorter than {wanted}")
        elif keyword == "uniqueItems":
            say(all(a != b for i, a in enumerate(value) for b in value[:i]), "has an item twice")
        elif keyword == "minimum":
            say(value >= wanted, f"{value} is less than {wanted}")
        elif keyword == "pattern":
            say(re.search(wanted, value), f"{value!r:.80} does not match {wanted}")
        elif keyword == "oneOf":
            say(sum(not complaints(value, one, root) for one in wanted) == 1, f"{value!r:.120} fits not just one of the forms")
        else:
            raise ValueError(f"the keyword {keyword} is not implemented")
    rest = schema.get("additionalProperties")
    if isinstance(rest, dict):
        for name, child in value.items():
            if name not in schema.get("properties", {}):
                found += complaints(child, rest, root, f"{where}/{name}")
    return found
