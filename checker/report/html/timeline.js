// SPDX-License-Identifier: Apache-2.0
// One execution as lanes: a row a step, a column a thread, arrows above them. Positions are
// computed, never measured, so that thousands of steps are laid out at once.
const row_height = 23;
const note_height = 17;
const head_height = 24;
const number_width = 48;

class Timeline {
  /// `options`: cycle (index where the loop begins, or undefined), decides (index), on_pick(index).
  constructor(trace, options) {
    this.trace = trace;
    this.options = options;
    this.threads = threads_of(trace);
    this.lane_of = new Map(this.threads.map((name, at) => [name, at]));
    this.edges = edges_of(trace);
    this.matter = steps_that_matter(trace);
    this.full = this.matter.size === 0;
    this.shown_edges = new Set(["rf"]);
    this.now = -1;
    this.scroll = el("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "steps of the execution" });
  }

  visible() {
    const all = this.trace.map((_, at) => at);
    return this.full ? all : all.filter((at) => this.matter.has(at));
  }

  /// Builds all rows anew: after a change of width, or of what is shown.
  render() {
    const width = Math.max(this.scroll.clientWidth || 700, 320);
    const room = width - number_width - 20;
    this.lane_width = Math.max(Math.floor(room / Math.max(this.threads.length, 1)), 170);
    const total = number_width + this.lane_width * this.threads.length;
    this.marked = undefined;
    this.rows = new Map();
    this.tops = new Map();
    let top = head_height;
    const rows = [];
    for (const at of this.visible()) {
      const height = row_height + note_height * ((this.trace[at].n ? 1 : 0) + (this.options.decides === at ? 1 : 0));
      this.tops.set(at, top);
      const row = this.row(at, top, height);
      this.rows.set(at, row);
      rows.push(row);
      top += height;
    }
    if (this.options.cycle !== undefined) {
      rows.push(el("div", { class: "again", style: `top:${top + 3}px` },
        `↺ and so on from step ${this.options.cycle + 1}, for ever`));
      top += row_height;
    }
    this.height = top;
    const lanes = this.threads.map((_, at) => el("div", { class: "lane", style: `left:${this.lane_left(at) + 8}px` }));
    const head = el("div", { class: "head" }, this.threads.map((name, at) =>
      el("span", { style: `left:${this.lane_left(at)}px` }, name)));
    this.arrows = svg("svg", { class: "arrows", width: total, height: top, "aria-hidden": "true" });
    this.scroll.replaceChildren(el("div", { class: "lanes", style: `height:${top}px;width:${total}px` },
      head, lanes, rows, this.arrows));
    this.draw_arrows();
    this.mark();
  }

  lane_left(lane) { return number_width + lane * this.lane_width; }

  row(at, top, height) {
    const step = this.trace[at];
    const lane = this.lane_of.get(step.t);
    const in_loop = this.options.cycle !== undefined && at >= this.options.cycle;
    const classes = ["row"];
    if (step.i) classes.push("important");
    if (!this.matter.has(at)) classes.push("dim");
    if (this.options.decides === at) classes.push("decides");
    const place = place_of(step);
    return el("div", { class: classes.join(" "), style: `top:${top}px;height:${height}px`, "data-step": at,
      title: [headline(step), step.n, place ? place_text(place) + "  " + source_line(place) : ""].filter(Boolean).join("\n"),
      onclick: () => this.options.on_pick(at) },
    el("span", { class: "number" }, at + 1), in_loop && el("span", { class: "loop" }),
    el("div", { class: "cell", style: `left:${this.lane_left(lane)}px;width:${this.lane_width}px` },
      el("div", {}, el("span", { class: "shape" }, shape_of(step)), el("span", { class: "text" }, headline(step))),
      step.n && el("div", { class: "note" }, el("span", { class: "text" }, "^ " + step.n)),
      this.options.decides === at && el("div", { class: "note" }, el("span", { class: "text" }, "^ this decides"))));
  }

  show_edges(kinds) {
    this.shown_edges = new Set(kinds);
    this.draw_arrows();
    this.mark();
  }

  draw_arrows() {
    this.paths = [];
    const near = nearest_in_thread(this.trace, this.tops);
    const parts = [marker_definitions("t")];
    for (const kind of this.shown_edges) {
      for (const [first, second] of this.edges[kind]) {
        const [from, to] = [near.before(first), near.after(second)];
        if (from === undefined || to === undefined || from === to) continue;
        const path = svg("path", { class: kind, d: this.arrow(from, to, kind), "marker-end": `url(#t-${kind})` });
        this.paths.push([from, to, path]);
        parts.push(path);
      }
    }
    this.arrows.replaceChildren(...parts);
  }

  point(at) {
    return [this.lane_left(this.lane_of.get(this.trace[at].t)) + 8, this.tops.get(at) + row_height / 2];
  }

  arrow(from, to, kind) {
    const [x1, y1] = this.point(from);
    const [x2, y2] = this.point(to);
    if (x1 === x2) {
      const bend = { rf: 14, mo: 22, hb: 18, rb: 26 }[kind];
      return `M${x1 - 5} ${y1} C${x1 - bend} ${y1 + 8},${x1 - bend} ${y2 - 8},${x2 - 7} ${y2}`;
    }
    // Down from its mark, and to the other one from the left: texts are to the right of marks.
    const shift = { rf: 0, mo: 4, hb: -4, rb: 2 }[kind];
    const down = y2 > y1 ? 1 : -1;
    return `M${x1 + shift} ${y1 + down * 7} C${x1 + shift} ${(y1 + y2) / 2 + down * 6},${x2 - 60} ${y2 + shift},${x2 - 8} ${y2 + shift}`;
  }

  set_full(full) {
    this.full = full;
    this.render();
  }

  /// Makes `at` the present step, without telling anybody.
  go(at) {
    this.now = at;
    if (at >= 0 && !this.rows.has(at)) this.set_full(true);
    this.mark();
    const row = this.rows.get(at);
    if (!row) return;
    const top = this.tops.get(at) - head_height - 40;
    const bottom = this.tops.get(at) + row.offsetHeight + 60;
    if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
    if (bottom > this.scroll.scrollTop + this.scroll.clientHeight) this.scroll.scrollTop = bottom - this.scroll.clientHeight;
  }

  mark() {
    const [low, high] = this.marked === undefined ? [-1, Infinity] : [Math.min(this.marked, this.now), Math.max(this.marked, this.now)];
    for (const [at, row] of this.rows) {
      if (at < low || at > high) continue; // The others are as they were.
      row.classList.toggle("now", at === this.now);
      row.classList.toggle("later", at > this.now && this.now >= 0);
      if (at === this.now) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    }
    this.marked = this.now;
    for (const [from, to, path] of this.paths) path.classList.toggle("now", from === this.now || to === this.now);
  }

  /// The step shown after (direction 1) or before (-1) the present one; the first of a loop follows its last.
  neighbour(direction) {
    const steps = this.visible();
    const at = steps.findIndex((step) => step >= this.now);
    if (direction > 0) {
      const next = steps.find((step) => step > this.now);
      if (next !== undefined) return next;
      return this.options.cycle === undefined ? this.now : steps.find((step) => step >= this.options.cycle);
    }
    const before = at < 0 ? steps[steps.length - 1] : at > 0 ? steps[at - 1] : steps[0];
    return before === undefined ? this.now : before;
  }
}

/// For edges of steps that are not shown: what is shown before or after them in their thread.
function nearest_in_thread(trace, shown) {
  const before = new Array(trace.length);
  const after = new Array(trace.length);
  const last = new Map();
  for (let at = 0; at < trace.length; ++at) {
    if (shown.has(at)) last.set(trace[at].t, at);
    before[at] = last.get(trace[at].t);
  }
  last.clear();
  for (let at = trace.length - 1; at >= 0; --at) {
    if (shown.has(at)) last.set(trace[at].t, at);
    after[at] = last.get(trace[at].t);
  }
  return { before: (at) => before[at], after: (at) => after[at] };
}

/// Heads of arrows: rf a full triangle, mo a diamond, hb an open angle, rb a bar.
function marker_definitions(prefix) {
  const head = (kind, d, size) => svg("marker", { id: prefix + "-" + kind, class: kind, viewBox: "0 0 10 10", refX: 8, refY: 5,
    markerWidth: size, markerHeight: size, markerUnits: "userSpaceOnUse", orient: "auto" }, svg("path", { d }));
  return svg("defs", {}, head("rf", "M0 0L10 5L0 10z", 9), head("mo", "M0 5L5 1L10 5L5 9z", 10),
    head("hb", "M1 1L9 5L1 9", 9), head("rb", "M8 0V10M1 1L8 5L1 9", 10));
}

/// A short piece of line as the key of a checkbox.
function edge_key(kind) {
  return svg("svg", { class: "key", width: 30, height: 10, "aria-hidden": "true" },
    marker_definitions("k" + kind), svg("path", { class: kind, d: "M1 5H27", "marker-end": `url(#k${kind}-${kind})` }));
}
