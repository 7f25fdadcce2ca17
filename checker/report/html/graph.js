// SPDX-License-Identifier: Apache-2.0
// The execution graph: events by thread, levels by what comes before them, and the relations.
const most_nodes = 400;

/// An svg of the trace. `kinds` are the relations to draw beside program order.
function execution_graph(trace, kinds, decides) {
  let nodes = trace.map((_, at) => at).filter((at) => trace[at].w !== "start" && trace[at].w !== "end");
  let left_out = 0;
  if (nodes.length > most_nodes) {
    const matter = steps_that_matter(trace);
    const chosen = nodes.filter((at) => matter.has(at)).slice(-most_nodes);
    left_out = nodes.length - chosen.length;
    nodes = chosen;
  }
  const drawing = new GraphDrawing(trace, nodes, kinds, decides);
  return el("div", {}, left_out > 0 && el("p", { class: "soft" }, `${left_out} events are left out here.`),
    el("div", { class: "scroll pane" }, drawing.make()));
}

class GraphDrawing {
  constructor(trace, nodes, kinds, decides) {
    this.trace = trace;
    this.nodes = nodes;
    this.kinds = kinds;
    this.decides = decides;
    this.threads = threads_of(nodes.map((at) => trace[at]));
    const longest = Math.max(8, ...nodes.map((at) => this.label(at).length));
    this.lane = Math.min(longest, 38) * 7.2 + 70;
    this.level = new Map();
  }

  label(at) {
    const step = this.trace[at];
    return `${at + 1}: ${headline(step)}`;
  }

  /// A node stands below its thread's last one, its sources, and what happens before it.
  place_levels() {
    const last = new Map();
    const near = nearest_in_thread(this.trace, new Set(this.nodes));
    for (const at of this.nodes) {
      const step = this.trace[at];
      const before = [last.get(step.t), step.r, ...(step.h || [])].map(near.before).filter((from) => this.level.has(from));
      this.level.set(at, 1 + Math.max(-1, ...before.map((from) => this.level.get(from))));
      last.set(step.t, at);
    }
  }

  at(node) {
    return [30 + this.threads.indexOf(this.trace[node].t) * this.lane, 46 + this.level.get(node) * 34];
  }

  make() {
    this.place_levels();
    const height = 80 + Math.max(0, ...this.level.values()) * 34;
    const width = 30 + this.threads.length * this.lane;
    const parts = [marker_definitions("g")];
    this.threads.forEach((name, lane) => parts.push(svg("text", { x: 22 + lane * this.lane, y: 20, "font-weight": 700 }, name)));
    const edges = this.shown_edges();
    for (const [kind, from, to] of edges) parts.push(this.edge(kind, from, to));
    for (const node of this.nodes) parts.push(this.node(node));
    return svg("svg", { class: "graph", width, height, role: "img",
      "aria-label": `execution graph with ${this.nodes.length} events and ${edges.length} edges` }, parts);
  }

  shown_edges() {
    const all = edges_of(this.trace);
    const result = [];
    const last = new Map();
    for (const at of this.nodes) {
      if (last.has(this.trace[at].t)) result.push(["sb", last.get(this.trace[at].t), at]);
      last.set(this.trace[at].t, at);
    }
    const near = nearest_in_thread(this.trace, this.level);
    for (const kind of this.kinds) {
      for (const [first, second] of all[kind]) {
        const [from, to] = [near.before(first), near.after(second)];
        if (from !== undefined && to !== undefined && from !== to) result.push([kind, from, to]);
      }
    }
    return result;
  }

  edge(kind, from, to) {
    const [x1, y1] = this.at(from);
    const [x2, y2] = this.at(to);
    if (kind === "sb") return svg("path", { class: "sb", d: `M${x1} ${y1 + 7}L${x2} ${y2 - 7}` });
    const bend = { rf: 16, mo: 26, hb: 21, rb: 31 }[kind];
    const same = x1 === x2;
    const shift = { rf: 0, mo: 5, hb: -5, rb: 3 }[kind];
    const down = y2 > y1 ? 1 : -1;
    // As in the lanes: down from one mark, and to the other from the left.
    const d = same ? `M${x1 - 7} ${y1}C${x1 - bend} ${y1},${x2 - bend} ${y2},${x2 - 9} ${y2}`
      : `M${x1 + shift} ${y1 + down * 8}C${x1 + shift} ${(y1 + y2) / 2 + down * 8},${x2 - 60} ${y2 + shift},${x2 - 10} ${y2 + shift}`;
    const [tx, ty] = same ? [x1 - bend + 2, (y1 + y2) / 2] : [(x1 + 3 * x2) / 4 - 22, (y1 + 3 * y2) / 4 + shift];
    return svg("g", {}, svg("path", { class: kind, d, "marker-end": `url(#g-${kind})` }),
      svg("text", { class: "soft", x: tx, y: ty, "text-anchor": "middle" }, kind));
  }

  node(at) {
    const [x, y] = this.at(at);
    const shape = shape_of(this.trace[at]);
    const text = this.label(at);
    const short = text.length > 38 ? text.slice(0, 37) + "…" : text;
    return svg("g", { class: this.decides === at ? "now" : "" }, this.symbol(shape, x, y),
      svg("text", { x: x + 13, y: y + 4 }, short), svg("title", {}, text));
  }

  symbol(shape, x, y) {
    if (shape === "●") return svg("circle", { class: "write", cx: x, cy: y, r: 6 });
    if (shape === "○") return svg("circle", { cx: x, cy: y, r: 6 });
    if (shape === "■") return svg("rect", { class: "write", x: x - 6, y: y - 6, width: 12, height: 12 });
    if (shape === "□") return svg("rect", { x: x - 6, y: y - 6, width: 12, height: 12 });
    if (shape === "◉") return svg("g", {}, svg("circle", { cx: x, cy: y, r: 7 }), svg("circle", { class: "write", cx: x, cy: y, r: 3 }));
    return svg("g", {}, svg("polygon", { points: `${x},${y - 8} ${x + 8},${y} ${x},${y + 8} ${x - 8},${y}` }),
      svg("text", { x, y: y + 4, "text-anchor": "middle" }, shape));
  }
}
