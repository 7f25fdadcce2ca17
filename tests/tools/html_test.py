#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The HTML report in a headless Chromium: no complaints, keys, both colour schemes, 2,000 steps.

With HEDDLE_SCREENSHOTS=FOLDER it leaves pictures there. Skipped (77) where there is no Chromium.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import browser as chromium

BEGIN, END = '<script type="application/json" id="data">', "</script>"
failures = []


def check(condition, what):
    if not condition:
        failures.append(what)
        print("FAILED:", what)


def with_data(page, change):
    """The page with other data: change(data) works in place."""
    begin = page.index(BEGIN) + len(BEGIN)
    end = page.index(END, begin)
    data = json.loads(page[begin:end])
    change(data)
    return page[:begin] + json.dumps(data).replace("<", "\\u003c") + page[end:]


def long_trace(data):
    """One program with a finding of 2,000 steps on four threads."""
    finding = next(f for p in data["programs"] for v in p["variants"] for f in v["report"]["findings"])
    stack = next(step["s"] for step in finding["trace"] if "s" in step)
    trace = []
    for at in range(2000):
        step = {"t": ["main", "T1", "T2", "T1.1"][at % 4], "w": ["store(release)", "load(acquire)", "lock mutex", "fetch_add(relaxed)"][at % 3],
                "o": f"object{at % 7}", "v": str(at), "i": True, "s": stack}
        if at > 8:
            step.update(r=at - 7, m=at - 8, h=[at - 3])
        if at % 50 == 0:
            step["n"] = "reads 0 of T1 at line 12, not the newer 1 of T2 at line 20"
        trace.append(step)
    finding.update(trace=trace, message="a long one")
    finding.pop("cycle", None)
    program = data["programs"][0]
    program["variants"] = [program["variants"][0]]
    program["variants"][0]["report"]["findings"] = [finding]
    program["attempts"] = []
    data["programs"] = [program]


def present_step(tab):
    return tab.evaluate("heddle.stage().main.now")


def page_of(tab, path, program, finding):
    """What stands behind the address for a finding of the program's first variant."""
    tab.open(path)
    at = tab.evaluate(f"heddle.data.programs.findIndex((program) => program.name === '{program}')")
    return f"#/{at}/0/{finding}"


def press(tab, *keys):
    for key in keys:
        tab.press(key)


def screenshot(tab, name):
    folder = os.environ.get("HEDDLE_SCREENSHOTS")
    with tempfile.TemporaryDirectory() as own:
        return tab.screenshot(Path(folder or own, name + ".png"))


def test_front(tab, path, count):
    seconds = tab.open(path)
    print(f"front page: {Path(path).stat().st_size} bytes, {seconds:.2f} s, script {tab.evaluate('heddle.loaded'):.0f} ms")
    check(tab.evaluate("document.querySelectorAll('table.matrix tbody tr:not(.group)').length") == count, "the matrix has a row a variant")
    press(tab, "/")
    check(tab.evaluate("document.activeElement.id") == "filter", "/ goes to the filter")
    press(tab, *"mutex")
    shown = tab.evaluate("[...document.querySelectorAll('table.matrix tbody tr:not(.group)')].filter((row) => !row.hidden).length")
    check(0 < shown < count, f"the filter leaves some rows ({shown})")
    tab.evaluate("document.activeElement.blur()")


def test_finding(tab, path):
    """races/lost_update/buggy, second finding: the assertion, with its attempts."""
    tab.open(path, page_of(tab, path, "lost_update", 1))
    check("assertion" in tab.evaluate("document.querySelector('h3').textContent"), "the second finding is the assertion")
    for words in ("What went wrong", "What decides it", "What would fix it"):
        check(words in tab.evaluate("document.querySelector('.explain').textContent"), words)
    press(tab, "Home")
    first = present_step(tab)
    press(tab, "ArrowRight", "ArrowRight")
    second = present_step(tab)
    check(second > first, "right goes on")
    line = tab.evaluate("document.querySelector('.source div.now .line').textContent")
    press(tab, "ArrowRight")
    check(tab.evaluate("document.querySelector('.source div.now .line').textContent") != line, "the source line moves with the step")
    check(tab.evaluate("document.querySelectorAll('.row.now').length") == 1, "one row is the present one")
    press(tab, "ArrowLeft")
    check(present_step(tab) == second, "left goes back")
    press(tab, "End")
    last = present_step(tab)
    press(tab, "ArrowRight")
    check(present_step(tab) == last, "the end is the end")
    rows = "document.querySelectorAll('.stage .row').length"
    few = tab.evaluate(rows)
    press(tab, "f")
    check(tab.evaluate(rows) > few, "f shows all steps")
    press(tab, "f")
    paths = "document.querySelectorAll('.stage .arrows > path.%s').length"
    check(tab.evaluate(paths % "rf") > 0 and tab.evaluate(paths % "hb") == 0, "reads-from is on at first, happens-before is not")
    press(tab, "r", "h", "m")
    check(tab.evaluate(paths % "rf") == 0 and tab.evaluate(paths % "hb") > 0 and tab.evaluate(paths % "mo") > 0, "r, h, m switch arrows")
    press(tab, "r")
    press(tab, "?")
    check(not tab.evaluate("document.getElementById('help').hidden"), "? shows the keys")
    press(tab, "Escape")
    press(tab, "g")
    tab.evaluate("new Promise((done) => setTimeout(done, 100))")  # The element tells later that it is open.
    check(tab.evaluate("document.querySelectorAll('svg.graph title').length") > 5, "g draws the execution graph")
    check(tab.evaluate("document.querySelectorAll('.bars .bar.failing').length") == 1, "the outcome of the finding is marked")
    buttons = tab.evaluate("[...document.querySelectorAll('.tools button')].filter((b) => b.getAttribute('aria-label')).length")
    check(buttons == 4, "four buttons with names")
    tab.evaluate("document.querySelectorAll('.tools button')[0].click()")
    check(present_step(tab) == first, "the first button goes to the first step")


def test_beside(tab, path):
    tab.open(path, page_of(tab, path, "lost_update", 1))
    press(tab, "b")
    check(tab.evaluate("document.querySelectorAll('.stage.beside .pane .lanes').length") == 2, "b puts another execution beside")
    caption = tab.evaluate("[...document.querySelectorAll('.pane .caption')].find((one) => one.textContent.includes('schedule')).textContent")
    check("mutex" in caption and "passes" in caption, f"the attempt says how it ended: {caption}")
    wanted = tab.evaluate("heddle.stage().beside.stops[0].wanted")
    tab.evaluate(f"heddle.stage().go({wanted})")
    check("waits: lock mutex" in tab.evaluate("(document.querySelector('.stop.here') || {textContent: ''}).textContent"),
          "the stop is told at its step")


def test_lasso(tab, path):
    tab.open(path, page_of(tab, path, "lock_all", 0))
    check("and so on from step" in tab.evaluate("document.querySelector('.again').textContent"), "a loop is marked")
    press(tab, "End", "ArrowRight")
    check(present_step(tab) == tab.evaluate("heddle.stage().finding.cycle"), "after its last step a loop begins again")
    check("the loop ends if" in tab.evaluate("document.querySelector('.explain').textContent"), "what ends a loop is said")
    way = tab.evaluate("[...document.querySelectorAll('#beside option')].find((one) => one.textContent.includes('way out of the loop')).value")
    tab.evaluate(f"{{const beside = document.getElementById('beside'); beside.value = {way}; beside.dispatchEvent(new Event('change'));}} 0")
    check(tab.evaluate("document.querySelectorAll('.stage.beside .pane .lanes').length") == 2, "the way out stands beside the loop")


def test_schemes(tab, path):
    papers = set()
    for scheme in ("light", "dark"):
        tab.emulate(scheme)
        tab.open(path, page_of(tab, path, "lost_update", 1))
        press(tab, "b", "h")
        tab.evaluate("heddle.stage().go(heddle.stage().beside.stops[0].wanted)")
        papers.add(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
        check(len(screenshot(tab, "finding-" + scheme)) > 20000, "a picture")
        tab.open(path)
        screenshot(tab, "front-" + scheme)
    check(len(papers) == 2, f"light and dark differ: {papers}")
    tab.emulate("light")


def test_long(tab, path):
    seconds = tab.open(path)
    print(f"2,000 steps: {Path(path).stat().st_size} bytes, {seconds:.2f} s, script {tab.evaluate('heddle.loaded'):.0f} ms")
    check(tab.evaluate("document.querySelectorAll('.row').length") == 2000, "2,000 rows")
    check(seconds < 20, "2,000 steps are there in time")
    tab.evaluate("heddle.stage().go(0); for (let i = 0; i < 300; ++i) heddle.stage().step(1)")
    check(present_step(tab) == 300, "300 steps on")
    check(tab.evaluate("heddle.stage().main.scroll.scrollTop") > 1000, "the present row is scrolled to")
    press(tab, "h", "m", "End")
    check(present_step(tab) == 1999, "the last of 2,000")
    screenshot(tab, "long")


def main():
    heddle = os.environ.get("HEDDLE_BINARY") or str(Path(os.environ["HEDDLE_BUILD_DIR"], "bin", "heddle"))
    if chromium.find() is None:
        print("no Chromium: skipped (Debian: apt-get install chromium-headless-shell)")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder, chromium.Browser() as tab:
        path = str(Path(folder, "a page.html"))
        names = ["races/lost_update", "deadlocks/opposite_order", "livelocks/lock_all"]
        run = subprocess.run([heddle, "gallery", "run", *names, "--no-tsan", "--html", path], capture_output=True, text=True, check=False)
        check(run.returncode == 0, f"heddle gallery run --html: {run.stdout}{run.stderr}")
        page = Path(path).read_text()
        tab.open(path)
        count = tab.evaluate("heddle.data.programs.reduce((sum, program) => sum + program.variants.length, 0)")
        complaints = []
        for test in (lambda: test_front(tab, path, count), lambda: test_finding(tab, path), lambda: test_beside(tab, path),
                     lambda: test_lasso(tab, path), lambda: test_schemes(tab, path)):
            test()
            complaints += tab.complaints()
        long = Path(folder, "long.html")
        long.write_text(with_data(page, long_trace))
        test_long(tab, str(long))
        complaints += tab.complaints()
        check(not complaints, f"the console is silent and the network is not asked: {complaints}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
