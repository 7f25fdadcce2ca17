#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Small trees that break one rule each must be refused; one that breaks none must pass."""
import tempfile
import unittest
from pathlib import Path

import layers

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"


class HouseRules(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        self.write("checker/include/heddle/heddle.h", "#include <string>\n")
        self.write("checker/base/ids.h", "#include <cstdint>\n")
        self.write("checker/graph/event.h", '#include "checker/base/ids.h"\n')
        self.write("checker/search/search.h", '#include "checker/graph/event.h"\n')
        self.write("checker/runtime/fiber.h", '#include "checker/search/search.h"\n#include <sys/mman.h>\n')
        self.write("checker/explore.cc", '#include "checker/runtime/fiber.h"\n#include "heddle/heddle.h"\n')
        self.write("tools/main.cc", '#include "heddle/heddle.h"\n#include <iostream>\n')

    def tearDown(self):
        self.folder.cleanup()

    def write(self, name, text, head=SPDX):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(head + text)

    def assert_refused(self, *words):
        complaints = layers.check_layers(self.root) + layers.check_files(self.root)
        self.assertEqual(len(complaints), 1, complaints)
        for word in words:
            self.assertIn(word, complaints[0])

    def test_a_tree_in_order_passes(self):
        self.assertEqual(layers.check_layers(self.root) + layers.check_files(self.root), [])

    def test_a_higher_floor_is_refused(self):
        self.write("checker/graph/clock.h", '\n#include "checker/runtime/fiber.h"\n')
        self.assert_refused("checker/graph/clock.h:3", "checker/runtime/fiber.h")

    def test_a_neighbour_on_the_same_floor_is_refused(self):
        self.write("checker/detect/race.h", '#include "checker/search/search.h"\n')
        self.assert_refused("checker/detect must not include", "checker/search")

    def test_angle_brackets_are_no_way_round(self):
        self.write("checker/base/clock.h", "#include <heddle/heddle.h>\n")
        self.assert_refused("checker/base must not include heddle/heddle.h")

    def test_tools_and_bugs_see_the_public_headers_only(self):
        self.write("bugs/races/counter.cc", '#include "checker/base/ids.h"\n')
        self.assert_refused("bugs must not include")

    def test_includes_start_at_the_root(self):
        self.write("checker/graph/clock.h", '#include "event.h"\n')
        self.assert_refused("names no file from the repository root")

    def test_paths_do_not_climb(self):
        self.write("checker/graph/clock.h", '#include "checker/graph/../graph/event.h"\n')
        self.assert_refused("names no file from the repository root")

    def test_a_circle_is_refused(self):
        self.write("checker/graph/a.h", '#include "checker/graph/b.h"\n')
        self.write("checker/graph/b.h", '#include "checker/graph/a.h"\n')
        self.assert_refused("circle", "checker/graph/a.h -> checker/graph/b.h -> checker/graph/a.h")

    def test_pure_rooms_know_no_threads_and_no_system(self):
        self.write("checker/detect/race.h", "#include <unistd.h>\n")
        self.assert_refused("pure", "<unistd.h>")
        self.write("checker/detect/race.h", "#include <thread>\n")
        self.assert_refused("pure", "<thread>")

    def test_the_checker_does_not_print(self):
        self.write("checker/report/text.cc", "#include <iostream>\n")
        self.assert_refused("only tools/ writes to a terminal")

    def test_a_new_room_needs_a_floor(self):
        self.write("checker/attic/box.h", "")
        self.assert_refused("checker/attic/box.h", "in no room")

    def test_the_licence_line_is_needed(self):
        self.write("tools/a.cc", "int a;\n", head="")
        self.assert_refused("tools/a.cc", "SPDX")
        self.write("tools/a.cc", "")
        self.write("tools/run", "", head="#!/bin/sh\n")
        self.assert_refused("tools/run", "SPDX")

    def test_long_files_are_refused(self):
        self.write("tools/a.cc", "\n" * (layers.MAX_LINES - 1))
        self.assertEqual(layers.check_files(self.root), [])
        self.write("tools/a.cc", "\n" * layers.MAX_LINES)
        self.assert_refused("tools/a.cc", "601 lines")

    def test_build_trees_are_left_out(self):
        self.write("build/release/a.cc", "", head="")
        self.assertEqual(layers.check_files(self.root), [])


if __name__ == "__main__":
    unittest.main()
