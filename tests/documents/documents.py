# SPDX-License-Identifier: Apache-2.0
"""Documents whose code blocks are tried: what is written beside each block says how.

The line before a block of code in a Markdown file is a comment that readers do not see:

  <!-- test: run -->              its commands succeed (bash -eu); `run fails`: the last one fails;
                                  `run either`: the last one may
  <!-- test: run as install -->   commands that build Heddle itself: scripts and targets exist, and
                                  only what installs is done
  <!-- test: output -->           what the commands of the block before have printed; a line "..."
                                  stands for any lines
  <!-- test: file NAME -->        the file NAME of the work folder
  <!-- test: add to NAME -->      what this file has in addition
  <!-- test: part of FILE -->     lines that FILE of the project has, in their order
  <!-- test: words of FILE -->    its options (-x...) and names of functions occur in FILE of the project
  <!-- test: shown, REASON -->    not tried

In a block without such a line each line has to be a command that exists: one of heddle, with options
that its --help knows; a script of the project; a program or target of the build tree. `<!-- test: folder FILE -->` anywhere before puts the
files of a folder of the project into the work folder. Blocks of one document share the work folder
and exported variables. /opt/heddle, ~/heddle and build/release stand for the installed Heddle and for
the build tree under test. With HEDDLE_UPDATE_DOCUMENTS=1 outputs are written anew instead.
"""
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

DIRECTIVE = re.compile(r"<!-- test: (.*) -->$")
TIMES = re.compile(r"\b\d+(?:\.\d+)? (?:ms|s)\b")
TOKENS = re.compile(r"\bh\d+:[\w:.+/=-]+")
VERDICTS = re.compile(r"^(?:ok|bounded|bug|incomplete): .*(?:\n {3}\S.*)*", re.M)
ADDRESSES = re.compile(r"\b0x[0-9a-f]{5,}\b")


class Block:
    def __init__(self, directive, lines, number, first, indent):
        self.directive, self.lines, self.number = directive, lines, number
        self.first, self.indent = first, indent  # Index of the first line of code, and its indent.

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"


def blocks_of(lines):
    """The blocks of a document, each with the directive before it (None if there is none)."""
    blocks, i, directive, blank = [], 0, None, True
    while i < len(lines):
        line = lines[i]
        match = DIRECTIVE.match(line)
        if match:
            directive = match[1]
            if directive.startswith("folder "):
                blocks.append(Block(directive, [], i + 1, i, 0))
                directive = None
        elif line.startswith("```"):
            end = next(j for j in range(i + 1, len(lines)) if lines[j].startswith("```"))
            blocks.append(Block(directive, lines[i + 1:end], i + 1, i + 1, 0))
            directive, i = None, end
        elif line.startswith("    ") and blank:
            end = i
            while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
                end += 1
            while not lines[end - 1].strip():
                end -= 1
            blocks.append(Block(directive, [text[4:] for text in lines[i:end]], i + 1, i, 4))
            directive, i = None, end - 1
        blank = not lines[i].strip() or bool(DIRECTIVE.match(lines[i]))
        i += 1
    return blocks


def normal(text):
    """Lines without what differs from run to run; a verdict, wrapped by its time's width, is one line."""
    text = VERDICTS.sub(lambda match: re.sub(r"\n {3}", " ", match[0]), text)
    text = ADDRESSES.sub("ADDRESS", TOKENS.sub("TOKEN", TIMES.sub("TIME", text)))
    return [line.rstrip() for line in text.rstrip().splitlines()]


def fits(expected, actual):
    """Whether lines are as expected, where "..." stands for any."""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in expected)
    return re.fullmatch(pattern, "".join(line + "\n" for line in actual)) is not None


class Document:
    """Tries the blocks of one file; `complaints` has a line for each that is not as it says."""

    def __init__(self, path, source, build, prefix, update=False):
        self.path, self.source, self.build, self.prefix = Path(path), Path(source), Path(build), Path(prefix)
        self.complaints, self.printed, self.tried = [], None, 0
        self.lines = self.path.read_text(encoding="utf-8").splitlines()
        self.update, self.updates = update, []

    def try_all(self):
        with tempfile.TemporaryDirectory() as folder:
            self.work = Path(folder).resolve()
            for block in blocks_of(self.lines):
                self._try(block)
        if self.updates:
            for first, count, indent, new in sorted(self.updates, reverse=True):
                self.lines[first:first + count] = [(" " * indent + line).rstrip() for line in new]
            self.path.write_text("\n".join(self.lines) + "\n", encoding="utf-8")
        return self.complaints

    def _complain(self, block, text):
        self.complaints.append(f"{self.path.relative_to(self.source)}:{block.number}: {text}")

    def _try(self, block):
        words = (block.directive or "").split(" ")
        name = words[0].rstrip(",")
        rest = (block.directive or "")[len(words[0]) + 1:]
        actions = {"run": self._run, "output": self._output, "file": self._file, "add": self._add, "part": self._part,
                   "words": self._words, "folder": self._folder, "": self._commands}
        if name == "shown" and rest:
            return
        if name not in actions:
            self._complain(block, "a block that nothing tries; see tests/documents/documents.py")
            return
        self.tried += name != "folder"
        actions[name](block, rest)

    def _folder(self, block, rest):
        shutil.copytree(self.source / rest, self.work, dirs_exist_ok=True)

    def _file(self, block, rest):
        (self.work / rest).parent.mkdir(parents=True, exist_ok=True)
        (self.work / rest).write_text(block.text, encoding="utf-8")

    def _add(self, block, rest):
        with open(self.work / rest.removeprefix("to "), "a", encoding="utf-8") as file:
            file.write(block.text)

    def _part(self, block, rest):
        whole = (self.source / rest.removeprefix("of ")).read_text(encoding="utf-8")
        if block.text not in whole:
            self._complain(block, f"is not a part of {rest.removeprefix('of ')}")

    def _environment(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("HEDDLE_", "GTEST_", "CCACHE_"))}
        for variable in ("CMAKE_CXX_COMPILER_LAUNCHER", "CMAKE_C_COMPILER_LAUNCHER", "CXX", "CC", "NO_COLOR"):
            environment.pop(variable, None)
        environment.update(
            PATH=f"{self.prefix}/bin:{environment['PATH']}", HOME=str(self.work), COLUMNS="100", LC_ALL="C.UTF-8",
            PKG_CONFIG_PATH=f"{self.prefix}/lib/pkgconfig", LIBRARY_PATH=f"{self.prefix}/lib",
            LD_LIBRARY_PATH=f"{self.prefix}/lib", CPLUS_INCLUDE_PATH=f"{self.prefix}/include",
            C_INCLUDE_PATH=f"{self.prefix}/include", CMAKE_GENERATOR="Ninja", CCACHE_DISABLE="1")
        return environment

    def _run(self, block, rest):
        if rest == "as install":
            self._install(block)
            return
        text = block.text.replace("/opt/heddle", str(self.prefix)).replace("~/heddle", str(self.prefix))
        text = text.replace("build/release", str(self.build)).rstrip("\n")
        state = self.work / ".exported"
        lines = re.sub(r"\\\n", "", text).split("\n")
        script = f"test ! -e {state} || . {state}\nset -euo pipefail\ntrap 'export -p >{state}' EXIT\n"
        script += "\n".join(lines[:-1]) + f"\necho >{self.work}/.reached\n{lines[-1]}\n"
        (self.work / ".reached").unlink(missing_ok=True)
        done = subprocess.run(["bash", "-c", script], cwd=self.work, env=self._environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        self.printed = done.stdout.decode("utf-8", "replace").replace(str(self.work) + "/", "").replace(str(self.prefix), "/opt/heddle")
        as_said = rest == "either" or (done.returncode != 0) == (rest == "fails")
        as_said = as_said and (self.work / ".reached").exists() and "FATAL" not in self.printed
        if not as_said:
            shown = "\n    ".join(self.printed.splitlines()[-30:])
            self._complain(block, f"ends with {done.returncode}{' (expected to fail in its last line)' if rest else ''}\n    {shown}")

    def _install(self, block):
        for line in block.lines:
            command = line.split("#")[0].split()
            if command[0].startswith("tools/"):
                if not os.access(self.source / command[0], os.X_OK):
                    self._complain(block, f"no {command[0]}")
            elif command[:2] == ["cmake", "--build"]:
                self._targets(block, command[command.index("--target") + 1:] if "--target" in command else [])
            elif command[:2] != ["cmake", "--install"]:
                self._complain(block, f"is no line of an installation: {line}")

    def _output(self, block, rest):
        if self.printed is None:
            self._complain(block, "an output before any command")
            return
        actual = normal(self.printed)
        if fits(normal(block.text), actual):
            return
        if self.update and "..." not in block.lines:
            self.updates.append((block.first, len(block.lines), block.indent, self.printed.rstrip().splitlines()))
            return
        self._complain(block, "another output:\n    " + "\n    ".join(actual))

    def _words(self, block, rest):
        known = (self.source / rest.removeprefix("of ")).read_text(encoding="utf-8")
        for word in re.findall(r"(?<!\S)--?[a-zA-Z][\w=+-]{3,}|\bheddle_\w+(?=\()", block.text):
            if word not in known and not word.startswith(("-std=", "-lheddle")):
                self._complain(block, f"{rest.removeprefix('of ')} knows no {word}")

    def _commands(self, block, rest):
        """Lines that name commands, with what they do behind two spaces or more."""
        for line in block.lines:
            words = re.split(r"\s{2,}|;\s| # ", line.replace("build/release/bin/heddle ", "heddle "))[0].split()
            if words:
                self._command(block, line, words)

    def _command(self, block, line, words):
        name = words[0]
        if name == "heddle":
            self._heddle(block, line, words)
        elif re.match(r"(tools|tests)/", name):
            if not os.access(self.source / name, os.X_OK):
                self._complain(block, f"no program {name}")
        elif name.startswith("build/release/bin/"):
            self._targets(block, [name.removeprefix("build/release/bin/")])
        elif words[:3] == ["cmake", "--build", "build/release"]:
            self._targets(block, words[words.index("--target") + 1:] if "--target" in words else [])
        elif words[:3] == ["ninja", "-C", "build/release"]:
            self._targets(block, words[3:])
        elif words[:3] != ["ctest", "--test-dir", "build/release"]:
            self._complain(block, f"nothing tries this; see tests/documents/documents.py: {line}")

    def _targets(self, block, targets):
        if not targets:
            return
        known = subprocess.run(["ninja", "-C", str(self.build), "-t", "query", *targets], capture_output=True, text=True)
        if known.returncode != 0:
            self._complain(block, known.stderr.strip())

    def _heddle(self, block, line, words):
        commands = [word for word in words[1:3] if re.fullmatch(r"[a-z]+", word)]
        commands = commands if commands[:1] == ["gallery"] else commands[:1]
        shown = subprocess.run([self.prefix / "bin/heddle", *commands, "--help"], capture_output=True, text=True)
        if shown.returncode != 0 or f"Usage: {' '.join(['heddle', *commands])} " not in shown.stdout:
            self._complain(block, f"no such command: {line}")
        for option in re.findall(r"--[a-z][a-z-]*", line.split(" -- ")[0]):
            if not re.search(rf"{option}\b", shown.stdout):
                self._complain(block, f"`heddle {' '.join(commands)}` has no {option}")
