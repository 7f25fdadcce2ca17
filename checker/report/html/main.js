// SPDX-License-Identifier: Apache-2.0
// Addresses behind #, keys, and a hook for tests. Last of the scripts.
let stage = null;

const key_list = [["← →  or  k j", "one step back, on"], ["Home End", "first, last step"], ["f", "all steps, or those that matter"],
  ["r h m", "arrows: reads-from, happens-before, modification order"], ["b", "what stands beside the failing execution"],
  ["g", "the execution graph"], ["/", "filter the list"], ["u", "up to the list"], ["?", "this list"]];

/// Programs, variants and findings by the numbers behind #; what does not exist leads to the front.
function route() {
  const [at, variant_at, finding_at] = location.hash.replace(/^#\/?/, "").split("/").map((part) => (part === "" ? NaN : Number(part)));
  const single = data.programs.length === 1 && data.programs[0].variants.length === 1;
  const program = data.programs[single && Number.isNaN(at) ? 0 : at];
  const variant = program && program.variants[variant_at || 0];
  stage = null;
  const page = document.getElementById("page");
  if (!variant) {
    document.title = data.title;
    page.replaceChildren(front_page());
  } else {
    const name = [program.name, variant.name].filter(Boolean).join("/");
    document.title = name ? `${name} - ${data.title}` : data.title;
    page.replaceChildren(program_page(data.programs.indexOf(program), variant_at || 0, finding_at || 0));
    if (stage) stage.start();
  }
  window.scrollTo(0, 0);
}

function make_top() {
  const single = data.programs.length === 1 && data.programs[0].variants.length === 1;
  document.getElementById("top").replaceChildren(el("h1", {}, data.title),
    el("nav", { "aria-label": "pages" }, !single && el("a", { href: "#/" }, "all programs")),
    el("button", { type: "button", onclick: toggle_help }, "keys (?)"), el("span", { class: "soft" }, "Heddle " + data.version));
  document.getElementById("help").replaceChildren(el("table", {}, key_list.map(([key, words]) =>
    el("tr", {}, el("td", { class: "mono" }, key), el("td", {}, words)))));
}

function toggle_help() {
  const help = document.getElementById("help");
  help.hidden = !help.hidden;
}

function toggle_graph() {
  const graph = document.getElementById("graph");
  if (!graph) return;
  graph.open = !graph.open;
  if (graph.open) graph.scrollIntoView();
}

/// True if the key was one of ours.
function act_on(key) {
  const steps = { ArrowRight: 1, ArrowDown: 1, j: 1, ArrowLeft: -1, ArrowUp: -1, k: -1 };
  const boxes = { f: "full", r: "rf", h: "hb", m: "mo" };
  if (key === "?") toggle_help();
  else if (key === "Escape") document.getElementById("help").hidden = true;
  else if (key === "u") location.hash = "#/";
  else if (key === "/" && document.getElementById("filter")) document.getElementById("filter").focus();
  else if (key === "g") toggle_graph();
  else if (!stage) return false;
  else if (key in steps) stage.step(steps[key]);
  else if (key === "Home") stage.go(stage.main.visible()[0]);
  else if (key === "End") stage.go(stage.main.visible().at(-1));
  else if (key in boxes) stage.toggle(boxes[key]);
  else if (key === "b") stage.next_beside();
  else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || no_text(event)) return;
  // Up and down scroll the page unless the steps have the focus.
  const scrolls = event.key === "ArrowUp" || event.key === "ArrowDown";
  if (scrolls && !(stage && stage.main.scroll.contains(document.activeElement))) return;
  if (act_on(event.key)) event.preventDefault();
});

let resized = null;
window.addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(() => { if (stage) stage.render(); }, 150);
});
window.addEventListener("hashchange", route);
// The contents of the page, for tests.
window.heddle = { data, errors, stage: () => stage, loaded: 0 };
const began = performance.now();
make_top();
route();
window.heddle.loaded = performance.now() - began;
