// SPDX-License-Identifier: Apache-2.0
// The data of the page and small helpers. Text from reports only ever becomes text nodes.
const data = JSON.parse(document.getElementById("data").textContent);
const errors = [];
window.addEventListener("error", (event) => errors.push(String(event.message)));

/// A node: el("a", {href: "#/", class: "x"}, "text", child, [children]). on... are listeners; null
/// children and attributes that are null or false are left out.
function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") node.style.cssText = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
  return node;
}

const plural = (count, noun) => count + " " + noun + (count === 1 ? "" : "s");
const spaced = (name) => name.replaceAll("_", " ");

/// The frames of a stack of the report: {f: function, p: index of the file, l: line, u: the user's own}.
const frames_of = (step) => (step.s === undefined ? [] : data.stacks[step.s].map((at) => data.frames[at]));

/// The innermost frame of the user's own code that has a line; or null.
function place_of(step) {
  const frames = frames_of(step);
  return frames.find((frame) => frame.u && frame.l) || frames.find((frame) => frame.l) || null;
}

const file_of = (frame) => (frame && frame.p !== undefined ? data.files[frame.p] : null);

function place_text(frame) {
  const file = file_of(frame);
  return file ? file.name + (frame.l ? ":" + frame.l : "") : frame && frame.m ? frame.m : "";
}

/// A line of the source, trimmed; "" if the page does not hold it.
function source_line(frame) {
  const file = file_of(frame);
  if (!file) return "";
  for (const [first, lines] of file.parts) {
    if (frame.l >= first && frame.l < first + lines.length) return lines[frame.l - first].trim();
  }
  return "";
}

/// What a step does, as a mark that needs no colour.
function shape_of(step) {
  const what = step.w;
  if (step.b) return "✕"; // Waits for ever.
  if (/^(assertion|abort|throws|crash|fail)/.test(what)) return "✕";
  if (/^create/.test(what)) return "▶";
  if (/^join/.test(what)) return "◀";
  if (what === "start" || what === "end") return "·";
  if (/^(load|read|failed compare)/.test(what)) return "○";
  if (/^(store|write)/.test(what)) return "●";
  if (/^(fetch_|exchange|compare_exchange)/.test(what)) return "◉";
  if (/unlock|post|release|notify|signal|broadcast|wake/.test(what)) return "□";
  if (/lock|wait|acquire|arrive/.test(what)) return "■";
  if (/^fence/.test(what)) return "═";
  if (/^choose/.test(what)) return "◆";
  return "▪";
}

const shapes = [["○", "reads"], ["●", "writes"], ["◉", "reads and writes in one step"], ["■", "takes or waits"],
  ["□", "gives back or wakes"], ["▶ ◀", "creates, joins a thread"], ["═", "fence"], ["◆", "choice"],
  ["✕", "fails, or waits for ever"]];

function headline(step) {
  let text = step.w;
  if (step.o) text += " " + step.o;
  if (step.v) text += (!step.o || step.v.includes(" -> ") ? ": " : " = ") + step.v;
  return text;
}

/// Threads of a trace in the order of their names: main, T1, T2, T1.1.
function threads_of(trace) {
  const names = [...new Set(trace.map((step) => step.t))];
  const rank = (name) => [name === "main" ? 0 : 1, name.length, name];
  return names.sort((a, b) => {
    const [x, y] = [rank(a), rank(b)];
    return x[0] - y[0] || x[1] - y[1] || (x[2] < y[2] ? -1 : 1);
  });
}

/// Which steps to show when not all are: those that matter, and what they read from.
function steps_that_matter(trace) {
  const routine = (step) => (step.w === "start" || step.w === "end") && !step.n;
  const any = trace.some((step) => step.i);
  const shown = new Set();
  trace.forEach((step, at) => {
    if ((step.i || !any) && !routine(step)) shown.add(at);
  });
  trace.forEach((step) => {
    if (step.i && step.r !== undefined && !routine(trace[step.r])) shown.add(step.r);
  });
  return shown;
}

/// Edges of a trace by kind: [from, to] pairs of indices into it.
function edges_of(trace) {
  const edges = { rf: [], mo: [], hb: [], rb: [], sb: [] };
  const readers = new Map();
  const last = new Map();
  trace.forEach((step, at) => {
    if (last.has(step.t)) edges.sb.push([last.get(step.t), at]);
    last.set(step.t, at);
    if (step.r !== undefined) {
      const sync = trace[step.r].t !== step.t || trace[step.r].o === step.o;
      if (sync && step.o) edges.rf.push([step.r, at]);
      if (!readers.has(step.r)) readers.set(step.r, []);
      readers.get(step.r).push(at);
    }
    for (const from of step.h || []) edges.hb.push([from, at]);
  });
  trace.forEach((step, at) => {
    if (step.m === undefined) return;
    edges.mo.push([step.m, at]);
    for (const reader of readers.get(step.m) || []) {
      if (reader !== at && trace[reader].o === step.o) edges.rb.push([reader, at]);
    }
  });
  return edges;
}

const edge_names = { rf: "reads-from", hb: "happens-before", mo: "modification order", rb: "reads-before" };
const edge_keys = { rf: "r", hb: "h", mo: "m" };
const no_text = (event) => /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox";
