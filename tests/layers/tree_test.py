#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The project itself keeps the house rules of layers.py."""
import os
import sys
from pathlib import Path

import layers

root = Path(os.environ.get("HEDDLE_SOURCE_DIR", Path(__file__).resolve().parents[2]))
complaints = layers.check_layers(root) + layers.check_files(root)
for complaint in complaints:
    print(complaint)
sys.exit(1 if complaints else 0)
