// SPDX-License-Identifier: Apache-2.0
// The front page (matrix or list of findings), and the page of one program.
const marks = { ok: "✓", bounded: "✓", bug: "✕", incomplete: "?", internal_error: "!" };
const verdict_class = (verdict) => ({ ok: "good", bounded: "doubt", incomplete: "doubt" })[verdict] || "bad";

function verdict_badge(report) {
  return el("span", { class: "badge " + verdict_class(report.verdict) }, `${marks[report.verdict]} ${spaced(report.verdict)}`);
}

const address = (program, variant, finding) => `#/${program}/${variant}${finding === undefined ? "" : "/" + finding}`;
const kind_words = (finding) => spaced(finding.kind) + (finding.cause ? ` (${spaced(finding.cause)})` : "");

function explored_words(report) {
  if (report.search === "cycles") return `${plural(report.states, "state")} and ${plural(report.transitions, "step")}`;
  return `${plural(report.executions, "execution")}${report.deadlocked ? `, ${report.deadlocked} deadlocked` : ""}, ${report.blocked} blocked`;
}

const duration = (seconds) => (seconds < 0.0995 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`);

function front_page() {
  const filter = el("input", { type: "search", placeholder: "filter by name, kind, verdict (/)", id: "filter",
    "aria-label": "filter", oninput: () => apply_filter(filter.value) });
  const rows = [];
  let group = null;
  data.programs.forEach((program, at) => {
    if (program.group && program.group !== group) {
      group = program.group;
      rows.push(el("tr", { class: "group" }, el("td", { colspan: 6 }, group)));
    }
    program.variants.forEach((variant, index) => rows.push(matrix_row(program, at, variant, index)));
  });
  const head = ["program", "Heddle", data.other_tool || null, "explored", "time", "as expected"];
  return el("div", {}, data.summary.map((text) => el("p", {}, text)), el("p", {}, filter),
    el("table", { class: "matrix" }, el("thead", {}, el("tr", {}, head.filter(Boolean).map((name) => el("th", { scope: "col" }, name)))),
      el("tbody", {}, rows)));
}

function matrix_row(program, at, variant, index) {
  const report = variant.report;
  const kinds = [...new Set(report.findings.map(kind_words))];
  const name = [program.name, variant.name].filter(Boolean).join("/") || data.title;
  return el("tr", { "data-text": [program.group, name, program.title, report.verdict, kinds.join(" "), variant.other].join(" ").toLowerCase() },
    el("td", { class: "name" }, el("a", { href: address(at, index), title: program.title }, name)),
    el("td", {}, verdict_badge(report), " ", kinds.join(", "), variant.late ? " late" : ""),
    data.other_tool && el("td", {}, variant.other || ""),
    el("td", { class: "number" }, report.search === "cycles" ? `${report.states} states` : report.executions),
    el("td", { class: "number" }, duration(report.seconds)),
    el("td", { class: variant.expected ? "" : "bad" }, variant.expected ? "yes" : "NO"));
}

function apply_filter(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  let group = null;
  let any = false;
  for (const row of document.querySelectorAll("table.matrix tbody tr")) {
    if (row.className === "group") {
      if (group) group.hidden = !any;
      group = row;
      any = false;
    } else {
      row.hidden = !words.every((word) => row.dataset.text.includes(word));
      any = any || !row.hidden;
    }
  }
  if (group) group.hidden = !any;
}

function program_page(at, variant_at, finding_at) {
  const program = data.programs[at];
  const variant = program.variants[variant_at];
  const report = variant.report;
  const finding = report.findings[finding_at];
  const title = [program.group, program.name].filter(Boolean).join("/") || data.title;
  return el("div", {}, el("h2", {}, title, program.title && el("span", { class: "soft" }, "  " + program.title)),
    facts_table(program.facts), program.story && el("p", {}, program.story), variant_tabs(program, at, variant_at),
    verdict_line(variant), facts_table(variant.facts), variant.problems.map((text) => el("p", { class: "bad" }, "! " + text)),
    report.findings.length > 1 && finding_tabs(report, at, variant_at, finding_at),
    finding && finding_part(program, variant, finding, finding_at),
    outcomes_part(report, finding), notes_part(report),
    variant.diff && difference_part(variant.diff));
}

const facts_table = (facts) => facts.length > 0 && el("table", { class: "facts" }, facts.map(([name, text]) =>
  el("tr", {}, el("td", {}, name), el("td", {}, text))));

function variant_tabs(program, at, current) {
  if (program.variants.length < 2) return null;
  return el("ul", { class: "tabs", "aria-label": "variants" }, program.variants.map((variant, index) =>
    el("li", {}, el("a", { href: address(at, index), "aria-current": index === current ? "true" : null },
      `${marks[variant.report.verdict]} ${variant.name}${variant.bug ? " (the bug)" : ""}`))));
}

function verdict_line(variant) {
  const report = variant.report;
  return el("p", { class: "verdict" }, verdict_badge(report), ` ${explored_words(report)}, model ${report.model}, ${duration(report.seconds)}`,
    report.complete ? "" : "; not all executions were explored", variant.other && `; ${data.other_tool}: ${variant.other}`);
}

function finding_tabs(report, at, variant_at, current) {
  return el("ul", { class: "tabs", "aria-label": "findings" }, report.findings.map((finding, index) =>
    el("li", {}, el("a", { href: address(at, variant_at, index), "aria-current": index === current ? "true" : null },
      `${index + 1}. ${kind_words(finding)}${finding.count > 1 ? ` ×${finding.count}` : ""}`))));
}

function finding_part(program, variant, finding, at) {
  const entry = (name, text) => text && [el("dt", {}, name), el("dd", {}, text)];
  const others = besides(program, variant, finding, at);
  const parts = [el("h3", {}, `${kind_words(finding)}: `, el("span", { style: "font-weight:400" }, finding.message)),
    el("dl", { class: "explain" }, entry("What went wrong", finding.wrong), entry("What decides it", finding.d && finding.d.message),
      entry("What would fix it", finding.fix))];
  if (finding.trace.length > 0) {
    stage = new Stage(finding, others);
    parts.push(stage.make());
  }
  parts.push(participants_part(finding));
  if (finding.trace.length > 0) parts.push(graph_part(finding));
  if (finding.output) parts.push(el("h3", {}, "What the program wrote"), el("pre", {}, finding.output));
  parts.push(replay_part(finding));
  return parts;
}

/// What can stand beside a failing execution: the nearest one that passes, and attempts on fixes.
function besides(program, variant, finding, at) {
  const others = [];
  for (const one of program.attempts) {
    if (one.failing !== variant.name || one.finding !== at) continue;
    const stops = one.stops.length === 0 ? "nothing stops it" : `stopped ${one.stops.length === 1 ? "once" : one.stops.length + " times"}`;
    others.push({ name: `the same schedule on ${one.variant}`, trace: one.trace, follows: one.follows, stops: one.stops,
      note: `${one.followed} of ${plural(one.wanted, "step")} repeated, ${stops}; ${one.end}` });
  }
  if (finding.d && finding.d.passing && finding.d.passing.length > 0) {
    const name = finding.cycle === undefined ? "the nearest execution that passes" : "the shortest way out of the loop";
    others.push({ name, trace: finding.d.passing, follows: matching(finding.trace, finding.d.passing),
      stops: [], decides: finding.d.passing_step, note: "" });
  }
  return others;
}

/// For each step of `other` the one of `trace` that is its thread's n-th, too; -1 beyond.
function matching(trace, other) {
  const own = new Map();
  trace.forEach((step, at) => own.set(step.t, [...(own.get(step.t) || []), at]));
  const seen = new Map();
  return other.map((step) => {
    const count = seen.get(step.t) || 0;
    seen.set(step.t, count + 1);
    const found = (own.get(step.t) || [])[count];
    return found === undefined ? -1 : found;
  });
}

function participants_part(finding) {
  if (finding.participants.length === 0) return null;
  return el("details", {}, el("summary", {}, "Who takes part"), finding.participants.map((part) =>
    el("div", {}, el("p", {}, el("b", {}, part.t), " ", part.w), el("ol", { class: "stack" },
      frames_of(part).map((frame) => el("li", {}, el("span", { class: "mono" }, place_text(frame)), " ", frame.f || "",
        frame.u && source_line(frame) && el("div", { class: "soft mono" }, source_line(frame))))))));
}

function graph_part(finding) {
  const kinds = new Set(["rf", "hb"]);
  const holder = el("div", {});
  const decides = finding.d && finding.d.step;
  const draw = () => holder.replaceChildren(execution_graph(finding.trace, kinds, decides));
  const boxes = ["rf", "mo", "hb", "rb"].map((kind) => el("label", {}, el("input", { type: "checkbox", checked: kinds.has(kind),
    onchange: (event) => { if (event.target.checked) kinds.add(kind); else kinds.delete(kind); draw(); } }),
  " ", edge_key(kind), " ", edge_names[kind]));
  return el("details", { id: "graph", ontoggle: (event) => { if (event.target.open && !holder.firstChild) draw(); } },
    el("summary", {}, "Execution graph"), el("div", { class: "tools" }, boxes), holder);
}

function replay_part(finding) {
  const command = finding.replay;
  if (!command) return null;
  const copy = el("button", { type: "button", onclick: () => {
    if (navigator.clipboard) navigator.clipboard.writeText(command).then(() => { copy.textContent = "copied"; }, () => {});
  } }, "copy");
  return [el("h3", {}, "Replay"), el("div", { class: "token" }, el("code", {}, command), copy),
    finding.count > 1 && el("p", { class: "soft" }, `${finding.count} findings have this kind, cause and places; this is the first.`)];
}

function outcomes_part(report, finding) {
  if (report.outcomes.length === 0) return null;
  const words = (values) => values.map(([name, value]) => `${name} = ${value}`).join(", ") || "(nothing observed)";
  const failing = finding && finding.outcome && words(finding.outcome);
  const most = Math.max(...report.outcomes.map((outcome) => outcome.count), 1);
  const rows = report.outcomes.slice(0, 200).map((outcome) => {
    const here = words(outcome.values) === failing;
    return [el("span", {}, words(outcome.values), here ? " ✕ of this finding" : ""), el("span", { class: "count" }, outcome.count),
      el("span", { class: "bar" + (here ? " failing" : ""), style: `width:${Math.max(1, (100 * outcome.count) / most)}%` })];
  });
  return [el("h3", {}, `${plural(report.outcomes.length, "outcome")} over all executions`), el("div", { class: "bars" }, rows),
    report.outcomes.length > 200 && el("p", { class: "soft" }, `${report.outcomes.length - 200} more are left out.`)];
}

function notes_part(report) {
  const lines = [["within the bound", report.bounds], ["assuming", report.assumptions], ["warning", report.warnings]]
    .flatMap(([name, texts]) => texts.map((text) => [name, text]));
  const waits = report.waits.map((text) => ["waiting", text]);
  if (lines.length + waits.length === 0) return null;
  return el("details", { open: report.findings.length === 0 }, el("summary", {}, "What the verdict rests on"), facts_table([...waits, ...lines]));
}

function difference_part(text) {
  const line_class = (line) => (line.startsWith("@@") ? "hunk" : line.startsWith("+") ? "plus" : line.startsWith("-") ? "minus" : "");
  return [el("h3", {}, "Difference to the bug"), el("pre", {}, text.split("\n").map((line) =>
    el("div", { class: line_class(line) }, line || " ")))];
}
