// A text coloured token by token. Token text comes from strangers: it is only ever set with textContent.
const DEFINITIONS = {
  "target probability p": "How probable the target finds this token here.",
  "draft probability q": "How probable the draft model finds this token here.",
  "acceptance rate": "1 - TV: chance that one guess of the draft model is accepted here.",
  "total variation": "TV(p, q): how much probability the two models place differently.",
  "rank under the draft": "Place of this token among the draft model's guesses; 1 is its first.",
  "entropy of the target": "How undecided the target is here, in nats; exp(entropy) is a number of equal choices.",
  "entropy of the draft": "How undecided the draft model is here, in nats.",
  "surprisal": "-log p: how unlikely the target finds this token, in nats.",
};
const SAMPLE = { good: 90, middle: 55, poor: 20 };

function make(tag, attributes = {}, text) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}
const plain = (text) => text.replaceAll("␣", " ");
const number = (x) => (x === null || x === undefined ? "–" : x === 0 ? "0" : x >= 0.001 && x < 1000 ? x.toPrecision(3) : x.toExponential(1));

export default function (component) {
  const { data, parentElement: root } = component;
  // One view per mounted element; new numbers keep the chosen token where it still exists.
  const view = (root.__heat ??= new View(root));
  view.load(data);
}

class View {
  constructor(root) {
    this.root = root;
    this.pinned = 0;
    this.span = null;
    this.find = (selector) => root.querySelector(selector);
    const box = this.find(".text");
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("focusin", (event) => this.point(event.target));
    box.addEventListener("pointerover", (event) => this.point(event.target));
    box.addEventListener("pointerleave", () => this.show(this.pinned));
    box.addEventListener("click", (event) => this.pin(event.target.closest(".token")));
  }

  load(data) {
    const fresh = this.data?.tokens.length !== data.tokens.length || this.data.tokens.some((t, i) => t.t !== data.tokens[i].t);
    this.data = data;
    const letters = getComputedStyle(this.find(".heat")).color.match(/[\d.]+/g) || [0, 0, 0];
    this.dark = Number(letters[0]) + Number(letters[1]) + Number(letters[2]) > 384; // light letters: dark page
    this.find(".heat").className = `heat ${this.dark ? "dark" : "light"}`;
    if (fresh) {
      this.span = null;
      this.pinned = data.spans[0].items[0]?.from ?? 0;
    }
    this.drawLegend();
    this.drawText();
    this.drawSpans();
    this.show(this.pinned);
  }

  colour(kind) {
    const outcome = this.data.outcomes[kind];
    return outcome ? outcome[this.dark ? "dark" : "light"] : null;
  }

  paint(item, kind, share) {
    item.className = `token ${kind}`;
    item.style.setProperty("--bar", `${Math.round(100 * share)}%`);
    const colour = this.colour(kind);
    if (colour) {
      item.style.setProperty("--c", colour);
      item.append(make("span", { class: "m", "aria-hidden": "true" }, this.data.outcomes[kind].mark));
    }
  }

  drawLegend() {
    const total = this.data.tokens.length;
    const items = this.data.legend.map((entry) => {
      const item = make("span");
      const sample = make("span", {}, "token");
      this.paint(sample, entry.k, (SAMPLE[entry.k] ?? 100) / 100);
      sample.classList.add("sample");
      item.append(sample, `${entry.label}: ${entry.count} of ${total} (${Math.round((100 * entry.count) / total)} %)`);
      return item;
    });
    const note = this.data.measure === "outcome" ? "A bar and a mark stand for each fate." : `Colour and frame show the class, the bar the ${this.data.measure}.`;
    this.find(".legend").replaceChildren(...items, make("span", { class: "note" }, note));
  }

  drawText() {
    const parts = [make("span", { class: "lead", title: "Nothing stands before the first token." }, plain(this.data.first))];
    this.tokens = this.data.tokens.map((token, place) => {
      const item = make("button", { tabindex: "-1", "data-place": place, "aria-label": this.label(token) }, plain(token.t));
      this.paint(item, token.k, token.b);
      parts.push(item);
      if (token.t.includes("⏎")) parts.push(document.createElement("br"));
      return item;
    });
    this.find(".text").replaceChildren(...parts);
    this.mark();
  }

  label(token) {
    const c = token.c;
    return `${token.t}: ${token.k}, p ${number(c.p)}, q ${number(c.q)}, acceptance rate ${number(1 - c.tv)}, rank ${c.r}`;
  }

  drawSpans() {
    this.find(".spans").replaceChildren(...this.data.spans.map((part) => {
      const box = make("div"), list = make("ol");
      box.append(make("h2", {}, part.title), list);
      for (const span of part.items) {
        const item = make("li");
        const pressed = this.span && this.span.from === span.from && this.span.to === span.to;
        const go = make("button", { "aria-pressed": String(Boolean(pressed)), title: "Show this place in the text" }, plain(span.text).trim() || span.text);
        go.addEventListener("click", () => this.choose(span));
        item.append(go, make("span", { class: "why" }, ` acceptance rate ${number(span.rate)}. ${span.why}`));
        list.append(item);
      }
      return box;
    }));
  }

  choose(span) {
    this.span = span;
    this.pinned = span.from;
    this.mark();
    this.drawSpans();
    this.show(this.pinned);
    const box = this.find(".text"), token = this.tokens[span.from];
    box.scrollTop += token.getBoundingClientRect().top - box.getBoundingClientRect().top - 60;
  }

  mark() {
    this.tokens.forEach((item, place) => item.classList.toggle("inspan", Boolean(this.span) && place >= this.span.from && place < this.span.to));
  }

  point(target) {
    const item = target.closest?.(".token");
    if (item) this.show(Number(item.dataset.place));
  }

  pin(item) {
    if (!item) return;
    this.pinned = Number(item.dataset.place);
    this.show(this.pinned);
  }

  key(event) {
    const item = event.target.closest?.(".token");
    if (!item) return;
    const place = Number(item.dataset.place), last = this.tokens.length - 1;
    const to = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: last, ArrowDown: this.below(place, 1), ArrowUp: this.below(place, -1) }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.pinned = Math.max(0, Math.min(last, to));
    this.tokens[this.pinned].focus();
  }

  below(place, way) {
    const here = this.tokens[place].getBoundingClientRect();
    let best = place, distance = Infinity, row = null;
    for (let i = place + way; i >= 0 && i < this.tokens.length; i += way) {
      const there = this.tokens[i].getBoundingClientRect();
      if (Math.abs(there.top - here.top) < 4) continue;
      row ??= there.top;
      if (Math.abs(there.top - row) > 4) break;
      if (Math.abs(there.left - here.left) < distance) { best = i; distance = Math.abs(there.left - here.left); }
    }
    return best;
  }

  show(place) {
    const at = Math.max(0, Math.min(this.tokens.length - 1, place));
    this.tokens.forEach((item, i) => { item.classList.toggle("now", i === at); item.tabIndex = i === at ? 0 : -1; });
    const token = this.data.tokens[at], c = token.c;
    const facts = {
      "target probability p": number(c.p), "draft probability q": number(c.q), "acceptance rate": number(1 - c.tv),
      "total variation": number(c.tv), "rank under the draft": String(c.r), "entropy of the target": `${number(c.hp)} nats`,
      "entropy of the draft": `${number(c.hq)} nats`, "surprisal": c.s === null ? "never" : `${number(c.s)} nats`,
    };
    const list = make("dl");
    for (const [name, value] of Object.entries(facts)) list.append(make("dt", { title: DEFINITIONS[name] }, name), make("dd", {}, value));
    const what = `Token ${at + 2} of the text${c.o ? `, ${c.o}` : ""}. Arrow keys move on, a click holds.`;
    this.find(".card").replaceChildren(make("h2", {}, token.t), make("p", {}, what), list, this.candidates(c));
  }

  candidates(c) {
    const table = make("table"), caption = make("caption", {}, "What both models expected:");
    caption.append(make("span", { class: "key p" }), "target", make("span", { class: "key q" }), "draft");
    table.append(caption);
    for (const [id, p, q] of c.n) {
      const row = make("tr", id === c.i ? { class: "me" } : {}), bars = make("td", { class: "bar" });
      bars.append(make("div", { class: "p", style: `width:${100 * p}%` }), make("div", { class: "q", style: `width:${100 * q}%` }));
      const value = make("td", { class: "value" });
      value.append(`${number(p)} · ${number(q)}`);
      row.append(make("td", { class: "name", title: this.data.texts[id] }, this.data.texts[id]), bars, value);
      table.append(row);
    }
    return table;
  }
}
