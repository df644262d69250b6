// Lanes on one clock. Token text comes from strangers: it is only ever set with textContent.
const SVG = "http://www.w3.org/2000/svg";
const HIGH = 24, BAR = 13, WHOLE = 6000; // height of the token columns and of the blocks; milliseconds to play everything
const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

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
// In the running text a single space is a space; line ends and odd characters stay visible.
const plain = (text) => text.replace(/^␣+|␣+$/g, (run) => " ".repeat(run.length));
const ms = (seconds) => `${(1000 * seconds).toPrecision(2)} ms`;

function isDark(root) {
  const colour = getComputedStyle(root.querySelector(".board")).color.match(/[\d.]+/g) || [0, 0, 0];
  return Number(colour[0]) + Number(colour[1]) + Number(colour[2]) > 384; // light letters: dark page
}

export default function (component) {
  const { data, parentElement: root } = component;
  const view = (root.__specviz ??= new Board(root)); // a rerun with new data keeps the moment
  view.load(data);
  return () => view.pause();
}

class Board {
  constructor(root) {
    this.root = root;
    this.share = 1; // the moment, as a share of the longest lane
    this.find = (selector) => root.querySelector(selector);
    this.slider = this.find(".scrub input");
    this.slider.addEventListener("input", () => { this.pause(); this.show(Number(this.slider.value) / 1000, true); });
    this.slider.addEventListener("keydown", (event) => this.key(event));
    this.find(".play").addEventListener("click", () => (this.playing ? this.pause() : this.play()));
    this.find(".board").addEventListener("keydown", (event) => {
      if (event.key === " " && event.target === this.slider) { event.preventDefault(); this.find(".play").click(); }
    });
    new ResizeObserver(() => this.data && this.width() !== this.drawn && this.redraw()).observe(this.find(".board"));
  }

  load(data) {
    this.data = data;
    this.passes = data.clock === "passes";
    const dark = isDark(this.root);
    this.colour = (o) => o[dark ? "dark" : "light"];
    this.lanes = data.lanes.map((lane) => {
      let now = 0;
      const ends = lane.passes.map((p) => (now += this.passes ? 1 : p[0] + p[1] + p[2]));
      return { ...lane, ends, total: now };
    });
    this.total = Math.max(...this.lanes.map((lane) => lane.total), this.passes ? 1 : 1e-6);
    this.moments = [0, ...new Set(this.lanes.flatMap((lane) => lane.ends))].sort((a, b) => a - b);
    this.drawLegend();
    this.find(".titles").replaceChildren(...data.titles.map(([name, says]) => make("div", { title: says }, name)));
    this.find(".sentences").replaceChildren(...data.sentences.map((text) => make("li", {}, text)));
    this.find(".lanes").replaceChildren(...this.lanes.map((lane) => this.laneBox(lane)));
    this.redraw();
  }

  drawLegend() {
    const blocks = this.passes ? this.data.parts.slice(1, 2) : this.data.parts;
    const items = blocks.map((part) => {
      const item = make("span", { title: part.says });
      item.append(make("i", { style: `background:${this.colour(part)}` }), part.name);
      return item;
    });
    for (const [name, o] of Object.entries(this.data.outcomes)) {
      const item = make("span", { title: o.definition });
      item.append(make("b", { style: `color:${this.colour(o)}` }, o.mark), name === "plain" ? "target alone" : name);
      items.push(item);
    }
    const apart = make("span", { title: "The first token that another lane wrote differently." });
    apart.append(make("b", {}, "≠"), "texts part here");
    this.find(".legend").replaceChildren(...items, apart);
  }

  laneBox(lane) {
    const box = make("div", { class: "lane", style: `--c:${lane.colour}` });
    const name = make("div", { class: "name", title: lane.says });
    lane.count = make("span", { class: "count" });
    name.append(make("b", {}, lane.letter), make("span", { class: "method" }, lane.method), " ", make("span", { class: "size" }, lane.size), lane.count);
    lane.svg = draw("svg", { class: "clock", role: "img", "aria-label": lane.alt });
    lane.svg.addEventListener("mousemove", (event) => this.tell(lane, this.passAt(lane, event)));
    lane.svg.addEventListener("click", (event) => { this.pause(); this.show(lane.ends[this.passAt(lane, event)] / this.total, true); });
    const figures = make("div", { class: "figures" });
    for (const [value, range] of lane.figures) {
      const cell = make("div");
      cell.append(make("b", {}, value), make("small", {}, range));
      figures.append(cell);
    }
    box.append(name, lane.svg, figures, this.textBox(lane));
    return box;
  }

  textBox(lane) {
    const box = make("div", { class: "text", tabindex: "0", "aria-label": `Text of ${lane.letter}` });
    const marks = Object.fromEntries(lane.marks);
    lane.parts = lane.tokens.map(([text, kind, pass], place) => {
      const outcome = this.data.outcomes[kind];
      const token = make("span", { class: "token", style: `--c:${this.colour(outcome)}`, title: `token ${place + 1}: ${kind}, pass ${pass + 1}` });
      if (marks[place] !== undefined) {
        token.classList.add("apart");
        token.append(make("span", { class: "ne" }, marks[place]));
      }
      token.append(plain(text));
      if (outcome.mark) token.append(make("span", { class: "m" }, outcome.mark));
      box.append(token);
      if (text.includes("⏎")) box.append(make("br"));
      return token;
    });
    if (!lane.tokens.length) box.append("No token yet.");
    return box;
  }

  width() { return Math.max(60, this.lanes[0]?.svg.clientWidth || this.find(".board").clientWidth - 570); }

  redraw() {
    this.drawn = this.width();
    this.x = (time) => (this.drawn * time) / this.total;
    const most = Math.max(1, ...this.lanes.flatMap((lane) => lane.passes.map((p) => p[5])));
    this.lanes.forEach((lane) => this.drawClock(lane, most));
    this.drawAxis();
    this.show(this.share, false);
  }

  drawClock(lane, most) {
    const parts = this.data.parts.map(() => []), columns = {}, unit = HIGH / most, base = HIGH + 1;
    let now = 0;
    lane.passes.forEach((p, i) => {
      const seconds = this.passes ? [0, 1, 0] : p.slice(0, 3);
      seconds.forEach((s, j) => {
        const left = this.x(now), right = this.x((now += s));
        // Blocks of one colour in a row keep a seam where there is room for one.
        const seam = j === 2 || this.passes ? Math.min(1, (right - left) / 3) : 0;
        if (s > 0) parts[j].push(`M${left},${base + 1}H${right - seam}v${BAR}H${left}Z`);
      });
      const end = this.x(now), accepted = Math.min(p[4], p[5]);
      if (accepted) (columns.accepted ??= []).push(`M${end - 1.5},${base}v${-unit * accepted}`);
      if (p[5] > accepted) (columns[p[6]] ??= []).push(`M${end - 1.5},${base - unit * accepted}v${-unit * (p[5] - accepted)}`);
    });
    lane.cursor = draw("line", { class: "cursor", y1: 0, y2: base + BAR + 2 });
    lane.future = draw("rect", { class: "future", y: 0, height: base + BAR + 2 });
    lane.svg.replaceChildren(
      ...parts.map((d, j) => draw("path", { d: d.join(""), fill: this.colour(this.data.parts[j]) })),
      ...Object.entries(columns).map(([kind, d]) => draw("path", { d: d.join(""), stroke: this.colour(this.data.outcomes[kind]), "stroke-width": 3, fill: "none" })),
      lane.future, lane.cursor,
    );
  }

  drawAxis() {
    const svg = this.find(".axis svg"), parts = [], rough = this.total / Math.max(2, this.drawn / 90);
    const power = 10 ** Math.floor(Math.log10(rough)), found = [1, 2, 5, 10].find((m) => m * power >= rough) * power;
    const step = this.passes ? Math.max(1, Math.round(found)) : found;
    const digits = this.passes ? 0 : Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    for (let t = 0; t <= this.total * 1.0001; t += step) {
      const x = this.x(t), last = x > this.drawn - 20;
      parts.push(draw("line", { x1: x, x2: x, y1: 0, y2: 4 }));
      parts.push(draw("text", { x, y: 15, "text-anchor": t === 0 ? "start" : last ? "end" : "middle" },
        t === 0 ? (this.passes ? "0 target passes" : "0 s since the start") : t.toFixed(digits)));
      if (t === 0) t += Math.ceil((this.passes ? 100 : 112) / 2 / (this.drawn * step / this.total)) * step - step;
    }
    svg.replaceChildren(...parts);
  }

  passAt(lane, event) {
    const box = lane.svg.getBoundingClientRect(), time = ((event.clientX - box.left) / box.width) * this.total;
    const found = lane.ends.findIndex((end) => end >= time);
    return found < 0 ? lane.ends.length - 1 : found;
  }

  tell(lane, i) {
    const p = lane.passes[i];
    if (!p) return;
    this.find(".readout").textContent = `${lane.letter}, pass ${i + 1}: ${p[3]} drafted, ${p[4]} accepted, ${p[5]} written; ` +
      `draft ${ms(p[0])}, target ${ms(p[1])}, verify ${ms(p[2])}.`;
  }

  // Every lane as it stood at this share of the clock.
  show(share, spoken) {
    this.share = Math.min(1, Math.max(0, share));
    const time = this.share * this.total + 1e-9;
    this.slider.value = Math.round(1000 * this.share);
    const said = [];
    for (const lane of this.lanes) {
      let passes = lane.ends.findIndex((end) => end > time);
      if (passes < 0) passes = lane.ends.length;
      const written = lane.passes.slice(0, passes).reduce((sum, p) => sum + p[5], 0);
      lane.parts.forEach((token, i) => token.classList.toggle("future", i >= written));
      lane.count.textContent = `${written} of ${lane.tokens.length} tokens, ${passes} ${passes === 1 ? "pass" : "passes"}`;
      const x = Math.min(this.drawn, this.x(time));
      lane.cursor.setAttribute("x1", x); lane.cursor.setAttribute("x2", x);
      lane.future.setAttribute("x", x); lane.future.setAttribute("width", Math.max(0, this.drawn - x + 2));
      said.push(`${lane.letter} ${written}`);
    }
    const shown = this.passes ? `${Math.floor(time)} passes` : `${time.toFixed(3)} s`;
    this.find(".moment").textContent = shown;
    this.slider.setAttribute("aria-valuetext", `${shown}: tokens written: ${said.join(", ")}`);
    if (spoken) {
      clearTimeout(this.speaking);
      this.speaking = setTimeout(() => (this.find(".spoken").textContent = `${shown}: tokens written: ${said.join(", ")}`), 400);
    }
  }

  key(event) {
    const time = this.share * this.total, near = this.total * 1e-6 + 1e-9;
    const later = this.moments.find((m) => m > time + near), earlier = this.moments.findLast((m) => m < time - near);
    const to = { ArrowRight: later ?? this.total, ArrowUp: later ?? this.total, ArrowLeft: earlier ?? 0, ArrowDown: earlier ?? 0,
      Home: 0, End: this.total }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.pause();
    this.show(to / this.total, true);
  }

  play() {
    this.playing = true;
    this.find(".play").textContent = "⏸ Pause";
    if (this.share >= 1) this.show(0, false);
    const began = performance.now() - this.share * WHOLE;
    const frame = () => {
      if (!this.playing) return;
      this.show((performance.now() - began) / WHOLE, false);
      if (this.share >= 1) return this.pause();
      if (still()) this.timer = setTimeout(frame, 1000); // reduced motion: six still pictures instead
      else this.timer = requestAnimationFrame(frame);
    };
    frame();
  }
  pause() {
    this.playing = false;
    cancelAnimationFrame(this.timer);
    clearTimeout(this.timer);
    this.find(".play").textContent = "▶ Play";
  }
}
