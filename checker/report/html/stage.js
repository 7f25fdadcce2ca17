// SPDX-License-Identifier: Apache-2.0
// Where a finding is played: its timeline, one beside it, the source, and the values so far.
class Stage {
  /// `finding` as in the data; `others`: [{name, trace, follows, stops, note}] to show beside it.
  constructor(finding, others) {
    this.finding = finding;
    this.others = others;
    const decides = finding.d && finding.d.step;
    this.main = new Timeline(finding.trace, { cycle: finding.cycle, decides, on_pick: (at) => this.go(at) });
    this.beside = null;
    this.kinds = new Set(["rf"]);
    this.where = el("span", { class: "where", role: "status", "aria-live": "polite" });
    this.source = el("div", { class: "scroll" });
    this.source_caption = el("div", { class: "caption" });
    this.values = el("div", {});
    this.stack = el("div", {});
    this.area = el("div", { class: "stage" });
    this.boxes = {};
  }

  make() {
    const button = (label, name, action) => el("button", { type: "button", title: name, "aria-label": name, onclick: action }, label);
    const tools = el("div", { class: "tools", role: "toolbar", "aria-label": "steps" },
      button("|◀", "first step (Home)", () => this.go(this.main.visible()[0])),
      button("◀ back", "one step back (left arrow)", () => this.step(-1)),
      button("step ▶", "one step on (right arrow)", () => this.step(1)),
      button("▶|", "last step (End)", () => this.go(this.main.visible().at(-1))),
      this.where,
      this.box("full", "all steps (f)", null, (on) => this.set_full(on)),
      ["rf", "hb", "mo", "rb"].map((kind) => this.box(kind, edge_names[kind] + (edge_keys[kind] ? ` (${edge_keys[kind]})` : ""), kind,
        () => this.set_edges())),
      this.others.length > 0 && this.chooser());
    this.boxes.rf.checked = true;
    return el("div", {}, tools, this.area, this.legend());
  }

  box(name, label, kind, action) {
    const input = el("input", { type: "checkbox", id: "box-" + name, onchange: (event) => action(event.target.checked) });
    this.boxes[name] = input;
    return el("label", {}, input, " ", kind && edge_key(kind), kind && " ", label);
  }

  chooser() {
    this.select = el("select", { id: "beside", onchange: () => this.set_beside(Number(this.select.value)) },
      el("option", { value: -1 }, "nothing"), this.others.map((other, at) => el("option", { value: at }, other.name)));
    return el("label", {}, "beside (b): ", this.select);
  }

  legend() {
    return el("p", { class: "soft" }, shapes.map(([shape, words]) => `${shape} ${words}`).join(" · "), el("br", {}),
      "Keys: ← → step, Home End, f all steps, r h m arrows, b beside, ? all keys.");
  }

  /// After the stage is in the document: lays everything out and shows the first step that matters.
  start() {
    this.lay_out();
    const decides = this.main.options.decides;
    this.go(decides !== undefined ? decides : this.main.visible()[0]);
  }

  lay_out() {
    const caption = (text, note) => el("div", { class: "caption" }, text, " ", note && el("span", { class: "soft" }, note));
    const gap = () => el("div", { style: "height:10px" });
    const state = el("div", { class: "pane" }, caption("values so far"), this.values);
    const panes = [el("div", {}, el("div", { class: "pane" }, caption("failing execution"), this.main.scroll), gap(), state)];
    if (this.beside) {
      this.stops = el("div", {});
      panes.push(el("div", { class: "pane" }, caption(this.beside.name, this.beside.note), this.stops, this.beside.timeline.scroll));
    }
    panes.push(el("div", { class: this.beside ? "pane wide" : "pane" }, this.source_caption, this.source, this.stack));
    this.area.className = "stage" + (this.beside ? " beside" : "");
    this.area.replaceChildren(...panes);
    this.render();
  }

  render() {
    this.main.render();
    if (this.beside) this.beside.timeline.render();
  }

  set_full(on) {
    this.boxes.full.checked = on;
    this.main.full = on;
    if (this.beside) this.beside.timeline.full = on;
    this.render();
    this.go(this.main.now);
  }

  set_edges() {
    const kinds = ["rf", "hb", "mo", "rb"].filter((kind) => this.boxes[kind].checked);
    this.main.show_edges(kinds);
    if (this.beside) this.beside.timeline.show_edges(kinds);
  }

  toggle(name) {
    this.boxes[name].checked = !this.boxes[name].checked;
    if (name === "full") this.set_full(this.boxes.full.checked);
    else this.set_edges();
  }

  set_beside(at) {
    if (this.select) this.select.value = String(at);
    this.beside = at < 0 ? null : { ...this.others[at] };
    if (this.beside) {
      const decides = this.beside.decides;
      this.beside.timeline = new Timeline(this.beside.trace, { decides, on_pick: (step) => this.show_source(this.beside.trace[step], this.beside.trace, step) });
      this.beside.timeline.full = this.main.full;
    }
    this.lay_out();
    this.set_edges();
    this.go(this.main.now);
  }

  next_beside() {
    if (this.others.length === 0) return;
    const now = Number(this.select.value);
    this.set_beside(now + 1 >= this.others.length ? -1 : now + 1);
  }

  step(direction) { this.go(this.main.neighbour(direction)); }

  go(at) {
    if (at === undefined) return;
    this.main.go(at);
    this.boxes.full.checked = this.main.full;
    const step = this.finding.trace[at];
    this.where.textContent = `step ${at + 1} of ${this.finding.trace.length}: ${step.t}`;
    this.show_source(step, this.finding.trace, at);
    this.show_values(at);
    if (this.beside) this.follow(at);
  }

  /// Beside: the last step that repeats one up to `at`, and what stopped it there.
  follow(at) {
    let there = -1;
    this.beside.follows.forEach((wanted, step) => {
      if (wanted >= 0 && wanted <= at && (there < 0 || wanted >= this.beside.follows[there])) there = step;
    });
    const stop = this.beside.stops.find((one) => one.wanted === at);
    if (stop && stop.step !== undefined) there = stop.step;
    this.beside.timeline.go(there);
    this.stops.replaceChildren(...this.beside.stops.map((one) =>
      el("div", { class: "stop" + (one === stop ? " here" : "") }, `✕ stopped at step ${one.wanted + 1}: ${one.message}`)));
  }

  show_source(step, trace, at) {
    const frame = place_of(step);
    this.show_frame(frame, trace, at);
    const frames = frames_of(step).filter((one) => one.l);
    this.stack.replaceChildren(frames.length < 2 ? "" : el("ol", { class: "stack" }, frames.map((one) =>
      el("li", {}, el("button", { type: "button", onclick: () => this.show_frame(one, trace, at) }, place_text(one)), " ", one.f || ""))));
  }

  show_frame(frame, trace, at) {
    const file = file_of(frame);
    this.source_caption.textContent = frame ? place_text(frame) : "no source line is known for this step";
    if (!file || file.parts.length === 0) {
      this.source.replaceChildren(el("p", { class: "soft", style: "padding:0 8px" }, frame ? "The page does not hold this file." : ""));
      this.shown_file = null;
      return;
    }
    if (this.shown_file !== file) this.fill_source(file);
    for (const node of this.marked || []) {
      node.classList.remove("now");
      node.querySelector(".who").textContent = "";
    }
    this.marked = [];
    const places = new Map(); // Where each thread is: its last step up to here.
    trace.slice(0, at + 1).forEach((one) => places.set(one.t, place_of(one)));
    for (const [thread, place] of places) {
      const node = place && file_of(place) === file && this.lines.get(place.l);
      if (!node) continue;
      const who = node.querySelector(".who");
      who.textContent = (who.textContent ? who.textContent + " " : "") + thread;
      this.marked.push(node);
    }
    const node = this.lines.get(frame.l);
    if (!node) return;
    node.classList.add("now");
    this.marked.push(node);
    const top = node.offsetTop; // Within its scrolling parent.
    if (top < this.source.scrollTop + 40 || top > this.source.scrollTop + this.source.clientHeight - 60) {
      this.source.scrollTop = Math.max(0, top - this.source.clientHeight / 2);
    }
  }

  fill_source(file) {
    this.shown_file = file;
    this.lines = new Map();
    const rows = [];
    file.parts.forEach(([first, lines], part) => {
      if (part > 0) rows.push(el("div", { class: "soft" }, "      ⋮"));
      lines.forEach((text, offset) => {
        const row = el("div", {}, el("span", { class: "line" }, first + offset), el("span", { class: "who" }), text);
        this.lines.set(first + offset, row);
        rows.push(row);
      });
    });
    this.source.replaceChildren(el("pre", { class: "source", style: "border:0;background:none" }, rows));
  }

  /// The newest value of each object, in the order shown.
  show_values(at) {
    const values = new Map();
    this.finding.trace.slice(0, at + 1).forEach((step, index) => {
      if (!step.o || !step.v) return;
      const writes = /^(store|write|fetch_|exchange|compare_exchange)/.test(step.w);
      const value = step.v.split(" -> ").at(-1);
      if (writes || !values.has(step.o)) values.set(step.o, [value, step.t, index]);
    });
    const rows = [...values].map(([object, [value, thread, index]]) =>
      el("tr", { class: index === at ? "changed" : "" }, el("td", {}, object), el("td", {}, value), el("td", { class: "soft" }, thread),
        el("td", {}, index === at ? "◂" : "")));
    this.values.replaceChildren(rows.length ? el("table", { class: "values" }, rows) : el("p", { class: "soft", style: "padding:0 8px" }, "none yet"));
  }
}
