// The run player. Token text comes from strangers: it is only ever set with textContent.
const SVG = "http://www.w3.org/2000/svg";
const LEFT = 46, TOP = 34;
const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

const DEFINITIONS = {
  "target probability": "p: how probable the target finds this token here.",
  "draft probability": "q: how probable the draft model finds this token here.",
  "ratio p / q": "Above 1 the draft model was too shy, below 1 too bold.",
  "chance when tried": "Chance of being accepted at the moment it was examined.",
  "path probability": "Product of the draft probabilities from the root: how likely the draft model finds the whole path.",
  "rank among siblings": "1 is the first guess at its node.",
  "arrival, draft": "Clock divided by the draft probability; the smallest arrival wins the draft's race.",
  "arrival, target": "The same clock divided by the target probability; the smallest arrival is the next token.",
};

function make(tag, attributes = {}, text) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}
function draw(tag, attributes = {}, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}
const number = (x) => (x === null || x === undefined ? "–" : x === 0 ? "0" : x >= 0.001 && x < 1000 ? x.toPrecision(3) : x.toExponential(1));
const cut = (t, n = 13) => ([...t].length > n ? [...t].slice(0, n - 1).join("") + "…" : t);

function isDark(root) {
  const colour = getComputedStyle(root.querySelector(".player")).color.match(/[\d.]+/g) || [0, 0, 0];
  return Number(colour[0]) + Number(colour[1]) + Number(colour[2]) > 384; // light letters: dark page
}

export default function (component) {
  const { data, parentElement: root, setStateValue } = component;
  // One view per mounted element; a rerun with new data keeps the chosen pass and node where they still exist.
  const view = (root.__specviz ??= new View(root));
  view.tell = setStateValue;
  view.load(data);
  return () => view.pause();
}

class View {
  constructor(root) {
    this.root = root;
    this.at = 0;
    this.node = null;
    this.timers = [];
    this.find = (selector) => root.querySelector(selector);
    this.find(".transport").addEventListener("click", (event) => {
      const go = event.target.closest("button")?.dataset.go;
      if (go) { this.node = null; this.go(go); }
    });
    this.find(".scrub input").addEventListener("input", (event) => { this.pause(); this.node = null; this.show(Number(event.target.value), true); });
    this.find(".arrivals input").addEventListener("change", () => this.drawTree(Infinity));
    this.find(".player").addEventListener("keydown", (event) => this.key(event));
  }

  load(data) {
    this.data = data;
    this.steps = data.iterations;
    this.dark = isDark(this.root);
    this.colour = (kind) => (data.outcomes[kind] ? data.outcomes[kind][this.dark ? "dark" : "light"] : "currentColor");
    const empty = this.steps.length === 0;
    this.find(".transport").style.display = empty || data.live ? "none" : "";
    this.find(".arrivals").style.display = this.steps.some((s) => s.races) ? "" : "none";
    this.drawLegend();
    this.drawText();
    if (empty) {
      this.find(".numbers").replaceChildren();
      this.find(".tree").replaceChildren();
      this.find(".inspector").replaceChildren(make("p", { class: "empty" }, "No target pass yet: press Run to decode."));
      return;
    }
    this.find(".scrub input").max = this.steps.length - 1;
    this.drawTicks();
    const fresh = this.started === undefined;
    this.started = true;
    if (data.live) this.show(this.steps.length - 1, false);
    else if (fresh && data.autoplay && !still()) { this.at = 0; this.show(0, false, true); }
    else this.show(Math.min(this.at, this.steps.length - 1), false);
  }

  drawLegend() {
    this.find(".legend").replaceChildren(...Object.entries(this.data.outcomes).map(([name, o]) => {
      const item = make("span", { title: o.definition, tabindex: "0" });
      const mark = make("b", { style: `color:${this.colour(name)}` }, o.mark);
      item.append(mark, name);
      return item;
    }));
  }

  drawText() {
    const box = this.find(".text");
    const parts = [make("span", { class: "prompt" }, this.data.prompt.slice(1).map(plain).join(""))];
    this.tokens = this.data.tokens.map((token) => {
      const item = make("button", { style: `--c:${this.colour(token.k)}`, title: `${token.k}, pass ${token.i + 1}` }, plain(token.t));
      item.append(make("span", { class: "m" }, this.data.outcomes[token.k].mark));
      item.addEventListener("click", () => { this.pause(); this.node = token.n; this.show(token.i - this.data.first, true); this.select(token.n ?? "closing", true); });
      return item;
    });
    this.tokens.forEach((item, place) => {
      parts.push(item);
      if (this.data.tokens[place].t.includes("⏎")) parts.push(document.createElement("br"));
    });
    box.replaceChildren(...parts);
  }

  drawTicks() {
    const svg = this.find(".ticks");
    const most = Math.max(...this.steps.map((s) => s.emitted));
    svg.replaceChildren(...this.steps.map((step, place) => {
      const x = `${(100 * place) / Math.max(1, this.steps.length - 1)}%`;
      return draw("line", { x1: x, x2: x, y1: 17, y2: 17 - (15 * step.emitted) / most });
    }));
  }

  key(event) {
    const inTree = event.target.closest?.(".node");
    if (inTree && ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Enter", " "].includes(event.key)) {
      this.move(event.key);
      event.preventDefault();
      return;
    }
    if (event.target.matches?.("input, select")) return;
    const go = { ArrowLeft: "previous", ArrowRight: "next", Home: "first", End: "last", " ": "play" }[event.key];
    if (go && !(event.key === " " && event.target.matches?.("button"))) { this.node = null; this.go(go); event.preventDefault(); }
  }

  move(key) {
    const nodes = this.steps[this.at].nodes;
    const current = this.node === "closing" ? this.steps[this.at].closing.n : this.node ?? 0;
    const level = nodes.map((n, i) => i).filter((i) => nodes[i].d === nodes[current].d).sort((a, b) => nodes[a].y - nodes[b].y);
    const place = level.indexOf(current);
    const next = {
      ArrowLeft: nodes[current].parent, ArrowUp: level[place - 1], ArrowDown: level[place + 1],
      ArrowRight: nodes.findIndex((n) => n.parent === current),
    }[key];
    if (next !== undefined && next >= 0) this.select(next, true, true);
  }

  go(what) {
    if (what === "play") return this.playing ? this.pause() : this.play();
    this.pause();
    const last = this.steps.length - 1;
    this.show({ first: 0, last, previous: Math.max(0, this.at - 1), next: Math.min(last, this.at + 1) }[what], true, what === "next");
  }

  play() {
    this.playing = true;
    this.find(".play").textContent = "⏸ Pause";
    if (this.at >= this.steps.length - 1) this.at = -1;
    this.advance();
  }
  advance() {
    if (!this.playing) return;
    if (this.at >= this.steps.length - 1) return this.pause();
    const wait = this.show(this.at + 1, false, true);
    this.later(() => this.advance(), wait + 900 * this.speed());
  }
  pause() {
    this.playing = false;
    this.timers.forEach(clearTimeout);
    this.timers = [];
    this.find(".play").textContent = "▶ Play";
  }
  speed() { return Number(this.find(".speed select").value); }
  later(action, wait) { this.timers.push(setTimeout(action, wait)); }

  // Show one pass; `animated` tests the siblings level by level. Returns how long that takes, in milliseconds.
  show(at, told, animated = false) {
    if (!(at >= 0 && at < this.steps.length)) return 0;
    this.timers.forEach(clearTimeout);
    this.timers = [];
    const other = this.shown !== this.steps[at].i;
    this.at = at;
    const step = this.steps[at];
    if (other && !told) this.node = null; // a node number means nothing in another tree
    this.shown = step.i;
    if (this.node !== "closing" && !(this.node > 0 && this.node < step.nodes.length)) this.node = null;
    const input = this.find(".scrub input");
    input.value = at;
    input.setAttribute("aria-valuetext", `pass ${step.i + 1} of ${this.data.first + this.steps.length}`);
    this.find(".ticks").childNodes.forEach((line, place) => line.classList.toggle("now", place === at));
    this.paintText(step, animated ? 0 : step.emitted);
    this.drawNumbers(step);
    const levels = step.accepted + 1;
    let wait = 0;
    if (animated && !still()) {
      const pace = 380 * this.speed();
      this.drawTree(-1);
      for (let level = 0; level <= levels; level++) {
        this.later(() => { this.reveal(level); this.paintText(step, Math.min(level, step.emitted)); }, pace * (level + 1));
      }
      wait = pace * (levels + 1);
    } else {
      this.drawTree(Infinity);
      this.paintText(step, step.emitted);
    }
    this.select(this.node ?? (step.accepted ? step.path[0] : "closing"), false);
    if (told) this.report();
    return wait;
  }

  report() {
    clearTimeout(this.reporting);
    const value = { iteration: this.steps[this.at].i, node: this.node };
    this.reporting = setTimeout(() => this.tell?.("selected", value), 250);
  }

  paintText(step, shown) {
    let seen = 0;
    this.tokens.forEach((item, place) => {
      const token = this.data.tokens[place];
      const now = token.i === step.i;
      if (now) seen += 1;
      item.classList.toggle("now", now && seen <= shown);
      item.classList.toggle("future", token.i > step.i || (now && seen > shown));
      if (now && seen === 1) {
        const box = this.find(".text"), top = item.offsetTop - box.offsetTop;
        if (top < box.scrollTop || top > box.scrollTop + box.clientHeight - 30) box.scrollTop = top - 40;
      }
    });
  }

  drawNumbers(step) {
    const emitted = this.data.tokens.filter((t) => t.i <= step.i).length;
    const cells = [
      [`pass ${step.i + 1} of ${this.data.first + this.steps.length}`, "one draft tree, one target pass"],
      [`${step.nodes.length - 1} guessed`, "draft nodes in this tree, the root not counted"],
      [`${step.accepted} accepted`, "draft tokens kept in this pass"],
      [`${step.emitted} emitted`, "accepted tokens and the closing token"],
      [`${(emitted / (step.i + 1)).toFixed(2)} tokens per pass so far`, "block efficiency: tokens emitted / target passes"],
      [`${step.seconds.map((s) => (1000 * s).toFixed(1)).join(" + ")} ms`, "time to draft, to check in one target pass, and to decide"],
    ];
    this.find(".numbers").replaceChildren(...cells.map(([text, title]) => {
      const [head, ...rest] = text.split(" ");
      const item = make("span", { title });
      item.append(make("b", {}, head), " " + rest.join(" "));
      return item;
    }));
  }

  drawTree(level) {
    const step = this.steps[this.at], svg = this.find(".tree"), many = step.nodes.length;
    const arrivals = this.find(".arrivals input").checked && step.races;
    const gap = many > 300 ? 9 : many > 120 ? 13 : arrivals ? 44 : 22;
    const deepest = Math.max(step.nodes[step.closing.n].d + 1, ...step.nodes.map((n) => n.d));
    // Columns share the width there is; a tree too deep for that keeps columns wide enough for a token, and scrolls.
    const room = (this.find(".treebox").clientWidth || 800) - LEFT - 30;
    const shared = room / (deepest + 0.75);
    this.column = shared < 60 ? 88 : Math.min(150, shared);
    const width = LEFT + this.column * (deepest + 0.75) + 28, height = TOP + gap * step.leaves + 18;
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.place = (d, y) => [LEFT + this.column * d, TOP + gap * (y + 0.5)];
    const parts = [];
    for (let d = 0; d <= deepest; d++) {
      parts.push(draw("text", { class: "head", x: this.place(d, 0)[0], y: 16, "text-anchor": "middle" }, d ? `depth ${d}` : "context"));
    }
    const edges = step.nodes.slice(1).map((n) => this.curve(step.nodes[n.parent], n)).join(" ");
    parts.push(draw("path", { class: "edge", d: edges }));
    this.keptParts = [...step.path.map((i) => this.kept(step.nodes[step.nodes[i].parent], step.nodes[i], "accepted")),
      this.kept(step.nodes[step.closing.n], { d: step.nodes[step.closing.n].d + 1, y: step.closing.y }, step.closing.k)];
    parts.push(...this.keptParts);
    const labelled = this.labels(step, gap);
    this.nodeParts = step.nodes.map((n, i) => this.drawNode(step, n, i, labelled.has(i), arrivals));
    this.closingPart = this.drawClosing(step);
    parts.push(...this.nodeParts, this.closingPart);
    svg.replaceChildren(...parts);
    this.reveal(level);
    if (level === Infinity || level < 0) this.find(".treebox").scrollTop = Math.max(0, this.place(0, step.nodes[0].y)[1] - 220);
  }

  // Everything up to one level has been examined: its marks are shown and the accepted edge is drawn.
  reveal(level) {
    const step = this.steps[this.at];
    this.nodeParts.forEach((part, i) => part.classList.toggle("waiting", i > 0 && step.nodes[i].d > level && step.nodes[i].s !== "unseen"));
    this.keptParts.forEach((part, i) => part.classList.toggle("later", i + 1 > level));
    this.closingPart.classList.toggle("hidden", step.accepted + 1 > level);
  }

  curve(a, b) {
    const [x1, y1] = this.place(a.d, a.y), [x2, y2] = this.place(b.d, b.y), mid = x1 + this.column * 0.62;
    return `M${x1},${y1}C${mid},${y1} ${mid},${y2} ${x2},${y2}`;
  }
  kept(a, b, kind) {
    return draw("path", { class: "kept", d: this.curve(a, b), pathLength: 1, stroke: this.colour(kind) });
  }

  // Which nodes get a label: all of a small tree; else the path, its siblings and the most probable, never too close.
  labels(step, gap) {
    const all = step.nodes.map((_, i) => i);
    if (all.length <= 41) return new Set(all);
    const path = new Set([0, ...step.path]);
    const weight = (i) => (path.has(i) ? 9 : path.has(step.nodes[i].parent) ? 3 : 0) + (step.nodes[i].w ?? 0);
    const chosen = new Set(), used = {};
    for (const i of all.sort((a, b) => weight(b) - weight(a))) {
      const n = step.nodes[i], taken = (used[n.d] ??= []);
      if (taken.every((y) => Math.abs(y - n.y) * gap >= 13)) { taken.push(n.y); chosen.add(i); }
    }
    return chosen;
  }

  drawNode(step, n, i, labelled, arrivals) {
    const [x, y] = this.place(n.d, n.y), size = i === 0 ? 6 : 3.2 + 5.5 * Math.sqrt(n.w ?? 0), colour = this.colour(n.s);
    const says = i === 0 ? `root, the end of the context: ${n.t}` : `${n.t}, ${n.s}, depth ${n.d}. ${n.why}`;
    const group = draw("g", { class: `node ${n.s}`, role: "treeitem", tabindex: i === 0 ? "0" : "-1", "aria-label": says, "aria-level": n.d + 1 });
    group.append(draw("title", {}, says), draw("circle", { class: "ring", cx: x, cy: y, r: size + 4 }));
    if (n.s === "rejected") {
      const r = Math.max(3.5, size * 0.8);
      group.append(draw("path", { class: "mark", d: `M${x - r},${y - r}L${x + r},${y + r}M${x - r},${y + r}L${x + r},${y - r}`, stroke: colour, "stroke-width": 2.4 }));
    } else {
      const hollow = n.s === "unseen";
      group.append(draw("circle", { class: "mark", cx: x, cy: y, r: size, fill: hollow ? "var(--page)" : i ? colour : "currentColor", stroke: i ? colour : "currentColor", "stroke-width": hollow ? 1.6 : 1 }));
    }
    if (labelled) group.append(draw("text", { class: "label", x: i ? x + size + 4 : x - 8, y: y + (i === 0 ? -12 : n.s === "accepted" ? -6 : 4) }, cut(n.t, Math.floor((this.column - 17) / 8))));
    if (arrivals && n.aq !== undefined) {
      const siblings = step.nodes.filter((m) => m.parent === n.parent && m.aq !== undefined);
      const first = (name) => siblings.every((m) => n[name] <= m[name]);
      group.append(draw("text", { class: `arrival${first("aq") ? " first" : ""}`, x: x + size + 4, y: y + 15 }, `draft ${number(n.aq)}`));
      group.append(draw("text", { class: `arrival${n.s === "accepted" ? " first" : ""}`, x: x + size + 4, y: y + 25 }, `target ${number(n.ap)}`));
    }
    group.addEventListener("click", () => { this.pause(); this.select(i, true); });
    group.addEventListener("focus", () => this.node === i || this.select(i, false)); // Tab selects what it reaches
    return group;
  }

  drawClosing(step) {
    const c = step.closing, [x, y] = this.place(step.nodes[c.n].d + 1, c.y), colour = this.colour(c.k), says = `${c.t}, ${c.k}. ${c.why}`;
    const group = draw("g", { class: "node closing", role: "treeitem", tabindex: "-1", "aria-label": says });
    group.append(draw("title", {}, says), draw("circle", { class: "ring", cx: x, cy: y, r: 12 }));
    const shape = c.k === "bonus" ? `M${x},${y - 8}L${x + 8},${y}L${x},${y + 8}L${x - 8},${y}Z` : `M${x - 6},${y - 6}h12v12h-12Z`;
    group.append(draw("path", { class: "mark", d: shape, fill: colour }));
    group.append(draw("text", { class: "label", x: x + 12, y: y + 4 }, cut(c.t, Math.max(4, Math.floor((this.column * 0.75 + 14) / 8)))));
    group.addEventListener("click", () => { this.pause(); this.select("closing", true); });
    return group;
  }

  select(node, told, focus = false) {
    const step = this.steps[this.at];
    if (node !== "closing" && !(node >= 0 && node < step.nodes.length)) return;
    this.node = node;
    [...this.nodeParts, this.closingPart].forEach((part) => part.classList.remove("selected"));
    const part = node === "closing" ? this.closingPart : this.nodeParts[node];
    part.classList.add("selected");
    if (focus) part.focus();
    this.inspect(step, node);
    if (told) this.report();
  }

  inspect(step, node) {
    const box = this.find(".inspector"), closing = node === "closing";
    const n = closing ? step.closing : step.nodes[node], kind = closing ? n.k : n.s;
    const outcome = this.data.outcomes[kind];
    const head = make("h4", {}, n.t), state = make("p", {});
    if (outcome) state.append(make("b", { style: `color:${this.colour(kind)}` }, `${outcome.mark} ${kind} `));
    state.append(node === 0 ? "The root: the last token of the context. Guesses start here." : n.why);
    const rows = node === 0 ? [] : [["target probability", n.p]];
    if (!closing && node !== 0) {
      rows.push(["draft probability", n.q], ["ratio p / q", n.p !== null && n.q ? n.p / n.q : null], ["chance when tried", n.a],
        ["path probability", n.w], ["rank among siblings", n.r]);
      if (n.aq !== undefined) rows.push(["arrival, draft", n.aq], ["arrival, target", n.ap]);
    }
    const list = make("dl");
    for (const [name, value] of rows) list.append(make("dt", { title: DEFINITIONS[name] }, name), make("dd", {}, number(value)));
    box.replaceChildren(head, state, list, this.bars(step, closing ? n.n : node === 0 ? 0 : n.parent, closing || node ? n.t : null));
  }

  // The laws of both models side by side at the node where this token competed.
  bars(step, at, me) {
    const rows = step.rows[at], box = make("div", { class: "bars" });
    if (!rows) { box.append(make("p", {}, "Nothing was examined here, so the laws were not looked up.")); return box; }
    const names = [...new Set([...rows.p, ...rows.q].map(([t]) => t))];
    const of = (law, t) => (law.find(([name]) => name === t) ?? [t, 0])[1];
    names.sort((a, b) => Math.max(of(rows.p, b), of(rows.q, b)) - Math.max(of(rows.p, a), of(rows.q, a)));
    const shown = names.slice(0, 8);
    if (me && !shown.includes(me) && names.includes(me)) shown[7] = me;
    const table = make("table"), caption = make("caption", {}, "Candidates here:");
    caption.append(make("span", { class: "key", style: "background:#8e5bb5" }), "draft q", make("span", { class: "key", style: "background:#2f6fb0" }), "target p");
    table.append(caption);
    for (const t of shown) {
      const line = make("tr", t === me ? { class: "me" } : {}), bar = make("td", { class: "bar" });
      bar.append(make("div", { class: "q", style: `width:${100 * of(rows.q, t)}%` }), make("div", { class: "p", style: `width:${100 * of(rows.p, t)}%` }));
      line.append(make("td", { class: "name", title: t }, t), bar, make("td", {}, `${of(rows.p, t).toFixed(2)}`));
      table.append(line);
    }
    box.append(table);
    if (!rows.q.length) box.append(make("p", {}, "No draft law here: the draft model was not run on this node."));
    return box;
  }
}

// In the running text a single space is a space; line ends and odd characters stay visible.
function plain(text) { return text.replace(/^␣+|␣+$/g, (run) => " ".repeat(run.length)); }
