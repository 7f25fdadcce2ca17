#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command and output in the documents is true, as documents.py says; their links lead somewhere.

Arguments name documents; without any it is all of the project's that have code blocks.
"""
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from documents import Document, blocks_of, fits, normal  # noqa: E402

SOURCE = Path(os.environ["HEDDLE_SOURCE_DIR"])
BUILD = Path(os.environ["HEDDLE_BUILD_DIR"])
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def documents():
    skipped = {".git", ".cache", "build"}
    return [path for path in sorted(SOURCE.rglob("*.md"))
            if not skipped & set(part for part in path.relative_to(SOURCE).parts)]


def link_complaints(path):
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.S)
    for target in LINK.findall(text):
        if "://" not in target and not (path.parent / target).exists():
            yield f"{path.relative_to(SOURCE)}: a link to {target}, which does not exist"


def self_check():
    """The checker can tell: a wrong output, a failing command, an untested block."""
    prefix = Path("/nonexistent")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.md"
        page.write_text("<!-- test: run -->\n```\necho one\necho two 5 ms\n```\n<!-- test: output -->\n```\n...\ntwo 7 ms\n```\n"
                        "<!-- test: run fails -->\n```\nfalse\n```\n")
        assert Document(page, folder, BUILD, prefix).try_all() == []
        for wrong, words in (("<!-- test: run -->\n```\nfalse\n```\n", "ends with 1"),
                             ("<!-- test: run fails -->\n```\nfalse\ntrue\n```\n", "ends with 1"),
                             ("<!-- test: run fails -->\n```\ntrue\n```\n", "ends with 0"),
                             ("text\n\n    indented\n", "nothing tries"), ("<!-- test: prose -->\n```\na\n```\n", "nothing tries"),
                             ("```\ntests/no_such_script\n```\n", "no program"),
                             ("<!-- test: run -->\n```\necho a\n```\n<!-- test: output -->\n```\nb\n```\n", "another output"),):
            page.write_text(wrong)
            complaints = Document(page, folder, BUILD, prefix).try_all()
            assert len(complaints) == 1 and words in complaints[0], (wrong, complaints)
    assert fits(["a", "...", "d"], ["a", "b", "c", "d"]) and not fits(["a", "...", "d"], ["a", "d", "e"])
    assert normal("ok: 1, 5 ms; and\n   so on\n  more") == normal("ok: 1, 120 ms;\n   and so on\n  more")
    assert normal("in 3.5 s, h1:ab-c at 0x401136\n") == ["in TIME, TOKEN at ADDRESS"]


def main():
    self_check()
    asked = [Path(argument).resolve() for argument in sys.argv[1:]] or documents()
    complaints = [complaint for path in asked for complaint in link_complaints(path)]
    with tempfile.TemporaryDirectory() as prefix:
        subprocess.run(["cmake", "--install", BUILD, "--prefix", prefix], check=True, capture_output=True)
        pages = [Document(path, SOURCE, BUILD, prefix, "HEDDLE_UPDATE_DOCUMENTS" in os.environ) for path in asked
                 if blocks_of(path.read_text(encoding="utf-8").splitlines())]
        for page in pages:
            begin = time.process_time() + sum(os.times()[2:4])
            complaints += page.try_all()
            print(f"{page.path.relative_to(SOURCE)}: {page.tried} blocks, "
                  f"{time.process_time() + sum(os.times()[2:4]) - begin:.1f} s of CPU")
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
