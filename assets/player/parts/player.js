// The player itself: which pass and node are shown, playing, keys, and what is told to the page around it.
export default function (component) {
  const { data, parentElement: root, setStateValue } = component;
  // One view per mounted element; a rerun with new data keeps the chosen pass and node where they still exist.
  const view = (root.__specviz ??= new View(root));
  view.tell = setStateValue;
  view.load(data);
  return () => view.close();
}

class View {
  constructor(root) {
    this.root = root;
    this.at = 0;
    this.node = null;
    this.chosen = new Map(); // pass number -> node that was chosen there
    this.timers = [];
    const parts = new Map(); // the fixed parts; compact players take some of them out of the page
    this.find = (selector) => { if (!parts.has(selector)) parts.set(selector, root.querySelector(selector)); return parts.get(selector); };
    for (const part of [".legend", ".text", ".transport", ".scrub input", ".ticks", ".play", ".speed select", ".numbers"]) this.find(part);
    this.active = () => root.getRootNode().activeElement;
    listen(this);
  }

  load(data) {
    const dark = isDark(this.root), said = JSON.stringify(data) + dark;
    if (said === this.said) return; // a rerun of the page that changed nothing here
    const before = this.data && this.steps[this.at], chain = before && this.chainOf(before, this.node);
    Object.assign(this, { said, data, dark, steps: data.iterations });
    this.colour = (kind) => (data.outcomes[kind] ? data.outcomes[kind][dark ? "dark" : "light"] : "currentColor");
    this.starts = new Map();
    data.tokens.forEach((token, place) => this.starts.has(token.i) || this.starts.set(token.i, place));
    const empty = this.steps.length === 0, fresh = before === undefined;
    if (data.compact) for (const part of [".legend", ".text", ".transport", ".numbers"]) this.find(part).remove();
    this.find(".player").classList.toggle("live", Boolean(data.live) || empty);
    this.find(".player").classList.toggle("nothing", empty);
    this.find(".arrivals").hidden = !this.steps.some((s) => s.races);
    drawLegend(this);
    drawText(this);
    if (empty) { this.find(".inspector").replaceChildren(make("p", { class: "soft" }, "No target pass yet: press Run to decode.")); return; }
    this.find(".views").hidden = this.steps.every((s) => s.nodes.length === 1);
    this.find(".scrub input").max = this.steps.length - 1;
    drawTicks(this);
    const open = fresh && data.open ? this.steps.findIndex((s) => s.i === data.open.iteration) : -1;
    if (open >= 0) { this.at = open; this.node = data.open.node ?? null; this.show(open); }
    else if (data.live) this.show(this.steps.length - 1);
    else if (fresh && data.autoplay && !still()) this.show(0, true);
    else {
      this.at = clamp(this.at, 0, this.steps.length - 1);
      this.node = chain ? this.nodeOf(this.steps[this.at], chain) : null; // the same guess, if this tree has it too
      this.show(this.at);
    }
  }

  close() {
    this.pause(true);
    clearTimeout(this.reporting);
  }

  // A node by its tokens from the root, which mean the same in every tree of this context.
  chainOf(step, node) {
    if (node === "closing" || node === null) return node;
    const chain = [];
    for (let at = node; at > 0; at = step.nodes[at].parent) chain.unshift(step.nodes[at].t);
    return chain;
  }
  nodeOf(step, chain) {
    if (chain === "closing") return chain;
    let at = 0;
    for (const text of chain) at = step.nodes.findIndex((n, i) => i > 0 && n.parent === at && n.t === text) || 0;
    return at < 0 ? null : at;
  }

  // Show one pass; `animated` tests the siblings level by level. Returns how long that takes, in milliseconds.
  show(at, animated = false) {
    this.timers.forEach(clearTimeout);
    this.timers = [];
    const before = this.steps[this.at], step = this.steps[at], other = before !== step;
    if (other) this.node = this.chosen.get(step.i) ?? this.carried(before, step);
    if (this.node !== "closing" && !(this.node >= 0 && this.node < step.nodes.length)) this.node = null;
    this.node ??= step.path[0] ?? "closing";
    this.at = at;
    const input = this.find(".scrub input");
    input.value = at;
    input.setAttribute("aria-valuetext", `pass ${step.i + 1} of ${this.data.first + this.steps.length}`);
    this.find(".ticks").childNodes.forEach((line, place) => line.classList.toggle("now", place === at));
    drawNumbers(this, step);
    const moving = animated && !still(), levels = step.accepted + 1, pace = 380 * this.speed();
    this.drawPicture(moving ? 0 : Infinity);
    paintText(this, step, moving ? 0 : step.emitted);
    if (moving) {
      for (let level = 1; level <= levels; level++) {
        this.later(() => { this.reveal(level); paintText(this, step, Math.min(level, step.emitted)); }, pace * level);
      }
    }
    this.select(this.node, { quiet: true });
    return moving ? pace * levels : 0;
  }

  // What a choice means in the next pass: the root, the closing token or a place on the path stay what they are.
  carried(before, step) {
    if (!before || this.node === "closing" || this.node === 0) return before ? this.node : null;
    const depth = before.path.indexOf(this.node);
    return depth < 0 ? null : step.path[depth] ?? "closing";
  }

  kind() { return this.wanted ?? this.data.view ?? "tree"; }
  room() { return Math.max(240, (this.find(".treebox").clientWidth || 800) - 2); }
  arrivals(step) { return this.find(".arrivals input").checked && step.races; }
  why(step, node) { return node === "closing" ? step.closing.why : node === 0 ? "" : this.data.says[step.nodes[node].why]; }

  says(step, i) {
    if (i === 0) return `root, the end of the context: ${step.nodes[0].t}`;
    const n = i === "closing" ? step.closing : step.nodes[i];
    return `${n.t}, ${n.k ?? n.s}, depth ${n.d ?? step.nodes[n.n].d + 1}. ${this.why(step, i)}`;
  }

  item(step, i) {
    const kind = i === "closing" ? "closing" : step.nodes[i].s, depth = i === "closing" ? step.nodes[step.closing.n].d + 1 : step.nodes[i].d;
    return draw("g", { class: `node ${kind}`, role: "treeitem", tabindex: "-1", "aria-selected": "false", "aria-level": depth + 1, "data-node": i, "aria-label": this.says(step, i) });
  }

  drawPicture(level) {
    const step = this.steps[this.at], svg = this.find(".tree"), held = svg.contains(this.active());
    const icicle = this.kind() === "icicle", picture = (icicle ? iciclePicture : treePicture)(this, step);
    const { width, height } = picture, parts = [...picture.back, ...picture.nodes, ...(picture.over ?? []), picture.closing];
    for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) svg.setAttribute(name, value);
    svg.setAttribute("aria-label", `Draft tree of pass ${step.i + 1}`);
    svg.classList.toggle("icicle", icicle);
    svg.classList.toggle("narrow", Boolean(picture.narrow));
    svg.replaceChildren(...parts);
    this.picture = picture;
    this.holdHeads();
    this.drawnAt = this.room();
    this.find(".views").querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", b.dataset.view === this.kind()));
    this.reveal(level);
    if (held) this.part(this.node)?.focus({ preventScroll: true });
  }

  holdHeads() { this.picture.heads.setAttribute("transform", `translate(0 ${this.find(".treebox").scrollTop})`); }

  // Everything up to one level has been examined: its marks are shown and the accepted edge is drawn.
  reveal(level) {
    const step = this.steps[this.at];
    this.picture.nodes.forEach((part, i) => part.classList.toggle("waiting", i > 0 && step.nodes[i].d > level && step.nodes[i].s !== "unseen"));
    this.picture.kept.forEach((part, i) => part.classList.toggle("later", i + 1 > level));
    this.picture.closing.classList.toggle("hidden", step.accepted + 1 > level);
  }

  part(node) { return node === "closing" ? this.picture.closing : this.picture.nodes[node]; }

  // quiet: neither announced nor told to the page.
  select(node, { quiet = false, focus = false } = {}) {
    const step = this.steps[this.at];
    this.node = node;
    for (const old of this.find(".tree").querySelectorAll(".selected, [tabindex='0']")) {
      old.classList.remove("selected");
      old.setAttribute("aria-selected", "false");
      old.setAttribute("tabindex", "-1");
    }
    const part = this.part(node);
    part.classList.add("selected");
    part.setAttribute("aria-selected", "true");
    part.setAttribute("tabindex", "0");
    this.scrollTo(node);
    if (focus) part.focus({ preventScroll: true });
    inspect(this, step, node);
    if (!this.data.compact) markText(this, step, node);
    if (quiet) return;
    this.chosen.set(step.i, node);
    if (!focus && this.active() !== part) this.announce(this.says(step, node));
    this.report();
  }
  choose(node, focus = false) { this.pause(true); this.reveal(Infinity); paintText(this, this.steps[this.at], this.steps[this.at].emitted); this.select(node, { focus }); }

  // The picture scrolls so that the node is seen; the page around it stays where it is.
  scrollTo(node) {
    const box = this.find(".treebox"), [x, y] = this.picture.spots.at(node === "closing" ? -1 : node);
    if (y < box.scrollTop + 30 || y > box.scrollTop + box.clientHeight - 20) box.scrollTop = y - box.clientHeight / 2;
    if (x < box.scrollLeft + 20 || x > box.scrollLeft + box.clientWidth - 40) box.scrollLeft = x - box.clientWidth / 2;
  }

  announce(text) { if (!this.playing) this.find(".said").textContent = text; }

  go(what) {
    if (what === "play") return this.playing ? this.pause() : this.play();
    this.pause(true);
    const last = this.steps.length - 1;
    return this.step({ first: 0, last, previous: Math.max(0, this.at - 1), next: Math.min(last, this.at + 1) }[what], what === "next");
  }
  // A step that a person asked for.
  step(at, animated = false) {
    if (!(at >= 0 && at < this.steps.length)) return;
    this.show(at, animated);
    const step = this.steps[at];
    this.announce(`Pass ${step.i + 1} of ${this.data.first + this.steps.length}: ${step.accepted} accepted, ${step.emitted} emitted.`);
    this.report();
  }

  play() {
    this.playing = true;
    this.find(".play").textContent = "‖ Pause";
    this.advance(this.at >= this.steps.length - 1 ? 0 : this.at + 1);
  }
  advance(at) {
    const wait = this.show(at, true);
    const more = at < this.steps.length - 1;
    this.later(() => (more ? this.advance(at + 1) : this.pause()), wait + (more ? 900 * this.speed() : 50));
  }
  pause(quiet = false) {
    const was = this.playing;
    this.playing = false;
    this.timers.forEach(clearTimeout);
    this.timers = [];
    this.find(".play").textContent = "▶ Play";
    if (!was || quiet) return;
    this.reveal(Infinity);
    paintText(this, this.steps[this.at], this.steps[this.at].emitted);
    this.report();
  }
  speed() { return Number(this.find(".speed select").value); }
  later(action, wait) { this.timers.push(setTimeout(action, wait)); }

  // The page hears of a choice once it has stood still for a moment, and never while a run is playing.
  report() {
    clearTimeout(this.reporting);
    this.reporting = setTimeout(() => {
      const value = { iteration: this.steps[this.at].i, node: this.node }, said = JSON.stringify(value);
      if (this.playing || said === this.reported) return;
      this.reported = said;
      this.tell?.("selected", value);
    }, 300);
  }
}
