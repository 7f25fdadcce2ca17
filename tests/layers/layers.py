# SPDX-License-Identifier: Apache-2.0
"""The house rules that a machine can check: who may include whom, and how code files look.

check_layers(root) and check_files(root) return a list of complaints, one line each, empty when all
is well. tree_test.py runs them over the project; layers_test.py proves that they do complain.
"""
import os
import re
from pathlib import Path

# A room may include files of its own and of rooms on lower floors.
FLOORS = {
    "checker/include": 1,
    "checker/base": 1,
    "checker/graph": 2,
    "checker/search": 3,
    "checker/detect": 3,
    "checker/report": 3,
    "checker/runtime": 4,
    "checker/intercept": 5,
    "checker/explore": 5,
}
# What stands outside the house sees its door only.
OUTSIDE = {
    "tools": {"checker/include", "tools", "bugs", "primitives"},
    "bugs": {"checker/include", "bugs", "primitives"},
    "primitives": {"checker/include", "primitives"},
}
# Rooms that are driven in tests by hand-written event lists: they start no threads and ask nothing
# of the system but memory. (<pthread.h> is for its constants.)
PURE = {"checker/graph", "checker/search", "checker/detect"}
SYSTEM_HEADER = re.compile(
    r"(thread|mutex|shared_mutex|condition_variable|semaphore|barrier|latch|future|stop_token"
    r"|semaphore\.h|sched\.h|signal\.h|unistd\.h|dlfcn\.h|ucontext\.h|sys/(?!mman\.h).*|linux/.*)$"
)
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
CODE_SUFFIXES = {".h", ".cc", ".c", ".S", ".py", ".sh", ".cmake"}
MAX_LINES = 600


def _files(root):
    """Every file of the project, without build trees and what git or editors keep."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            f for f in folders if f not in {".git", ".cache", "build", "__pycache__"} and not f.startswith("build-")
        )
        for name in sorted(names):
            yield Path(folder, name)


def _room(path):
    """The room of a path relative to the root, or None: 'checker/graph', 'tools', ..."""
    parts = path.parts
    if parts[0] != "checker":
        return parts[0] if parts[0] in OUTSIDE else None
    if len(parts) == 2:
        return "checker/explore" if parts[1].startswith("explore") else None
    return "/".join(parts[:2])


def _includes(path):
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def _resolve(root, name):
    """The file that a quoted include names, relative to the root; None when there is none."""
    for base in ("", "checker/include"):
        candidate = Path(base, name)
        if ".." not in candidate.parts and (root / candidate).is_file():
            return candidate
    return None


def _may_include(room, target):
    if room == target:
        return True
    if room in OUTSIDE:
        return target in OUTSIDE[room]
    return target in FLOORS and FLOORS[target] < FLOORS[room]


def _check_system_header(room, name):
    if room in PURE and SYSTEM_HEADER.match(name):
        return f"{room} is pure: it must not include <{name}>"
    if room.startswith("checker/") and name == "iostream":
        return "only tools/ writes to a terminal: no <iostream> in checker/"
    return None


def _find_circle(graph):
    """One circle of a directed graph {node: [nodes]} as a list of nodes, or None."""
    done, path, on_path = set(), [], set()

    def visit(node):
        path.append(node)
        on_path.add(node)
        for following in graph.get(node, ()):
            if following in on_path:
                return path[path.index(following):] + [following]
            if following not in done:
                circle = visit(following)
                if circle:
                    return circle
        done.add(node)
        on_path.discard(path.pop())
        return None

    for node in sorted(graph):
        if node not in done:
            circle = visit(node)
            if circle:
                return circle
    return None


def check_layers(root):
    """Complaints about includes: unknown files, higher or neighbouring rooms, circles."""
    root = Path(root)
    complaints, graph = [], {}
    for path in _files(root):
        relative = path.relative_to(root)
        if path.suffix not in {".h", ".cc", ".S"} or len(relative.parts) < 2:
            continue
        room = _room(relative)
        if room is None or (room.startswith("checker/") and room not in FLOORS):
            if relative.parts[0] == "checker":
                complaints.append(f"{relative}: is in no room of checker/")
            continue
        for number, quoted, name in _includes(path):
            where = f"{relative}:{number}"
            target = _resolve(root, name)
            if target is None:
                if quoted:
                    complaints.append(f'{where}: "{name}" names no file from the repository root')
                elif complaint := _check_system_header(room, name):
                    complaints.append(f"{where}: {complaint}")
                continue
            graph.setdefault(str(relative), []).append(str(target))
            if not _may_include(room, _room(target)):
                complaints.append(f"{where}: {room} must not include {name} ({_room(target) or 'no room'})")
    circle = _find_circle(graph)
    if circle:
        complaints.append("includes go round in a circle: " + " -> ".join(circle))
    return complaints


def _is_code(path):
    if path.suffix in CODE_SUFFIXES or path.name == "CMakeLists.txt":
        return True
    with path.open("rb") as file:
        return not path.suffix and file.read(2) == b"#!"


def check_files(root):
    """Complaints about code files: the licence line on top, and at most MAX_LINES lines."""
    root = Path(root)
    complaints = []
    for path in _files(root):
        if not _is_code(path):
            continue
        lines = path.read_text(errors="replace").splitlines()
        relative = path.relative_to(root)
        head = lines[1:2] if lines and lines[0].startswith("#!") else lines[:1]
        if not re.fullmatch(r"(//|#) SPDX-License-Identifier: Apache-2\.0", head[0] if head else ""):
            complaints.append(f"{relative}: does not begin with the SPDX licence line")
        if len(lines) > MAX_LINES:
            complaints.append(f"{relative}: has {len(lines)} lines, more than {MAX_LINES}")
    return complaints
