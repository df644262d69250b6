// The run player. Token text comes from strangers: it is only ever set with textContent.
// Its parts are put together in a fixed order into one module (specviz/figures/player_source.py).
const SVG = "http://www.w3.org/2000/svg";
const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

const DEFINITIONS = {
  "target probability": "p: how probable the target finds this token here.",
  "draft probability": "q: how probable the draft model finds this token here.",
  "ratio p / q": "Above 1 the draft model was too shy, below 1 too bold.",
  "chance when tried": "Chance of being accepted at the moment it was first examined.",
  "path probability": "Product of the draft probabilities from the root: how likely the draft model finds the whole path.",
  "rank among siblings": "1 is the first guess at its node.",
  "arrival, draft": "Clock divided by the draft probability; the smallest arrival wins the draft's race.",
  "arrival, target": "The same clock divided by the target probability; the smallest arrival is the next token.",
};

function make(tag, attributes = {}, text) {
  const element = document.createElement(tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  if (text !== undefined) element.textContent = text;
  return element;
}
function draw(tag, attributes = {}, text) {
  const element = document.createElementNS(SVG, tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  if (text !== undefined) element.textContent = text;
  return element;
}
const number = (x) => (x === null || x === undefined ? "–" : x === 0 ? "0" : x >= 0.001 && x < 1000 ? x.toPrecision(3) : x.toExponential(1));
const share = (x) => (x === null || x === undefined ? "–" : x < 0.005 && x > 0 ? "<.01" : x.toFixed(2));
const coin = (x) => (x === null || x === undefined ? "–" : x === 0 || x === 1 ? `${x}` : x < 0.001 ? x.toExponential(0) : x.toFixed(3));
const cut = (t, n) => { const letters = [...t]; return letters.length > n ? letters.slice(0, Math.max(1, n - 1)).join("") + "…" : t; };
const clamp = (x, low, high) => Math.max(low, Math.min(high, x));

// In the running text a single space is a space; line ends and odd characters stay visible.
const plain = (text) => text.replace(/^␣+|␣+$/g, (run) => " ".repeat(run.length));

function isDark(root) {
  const colour = getComputedStyle(root.querySelector(".player")).color.match(/[\d.]+/g) || [0, 0, 0];
  return Number(colour[0]) + Number(colour[1]) + Number(colour[2]) > 384; // light letters: dark page
}

// Room on a picture: a label is placed only where it covers neither a mark nor another label.
class Room {
  constructor(width) { this.width = width; this.bands = new Map(); }
  *bandsOf([, top, , bottom]) { for (let band = Math.floor(top / 24); band <= Math.floor(bottom / 24); band++) yield band; }
  free(box) {
    if (box[0] < 1 || box[2] > this.width - 1 || box[1] < 18) return false;
    for (const band of this.bandsOf(box)) {
      for (const [left, top, right, bottom] of this.bands.get(band) ?? []) {
        if (left < box[2] && box[0] < right && top < box[3] && box[1] < bottom) return false;
      }
    }
    return true;
  }
  take(box) {
    for (const band of this.bandsOf(box)) {
      if (!this.bands.has(band)) this.bands.set(band, []);
      this.bands.get(band).push(box);
    }
  }
  // The longest cut of a text that fits at one of the places [x, baseline, anchor]; null where none does.
  fit(text, places, letter, longest, shortest = 3, rise = 9) {
    const length = [...text].length;
    for (let n = Math.min(longest, length); n >= Math.min(shortest, length); n--) {
      for (const [x, y, anchor] of places) {
        const wide = n * letter, left = anchor === "middle" ? x - wide / 2 : anchor === "end" ? x - wide : x;
        const box = [left, y - rise, left + wide, y + 0.3 * rise];
        if (this.free(box)) { this.take(box); return { x, y, anchor, text: cut(text, n) }; }
      }
    }
    return null;
  }
}
