// The trials at one node, in order: the coin against its chance, what a loss left behind, and the last draw.
const ORDINAL = ["1st", "2nd", "3rd"];

function trialList(view, step, at, me) {
  const trials = step.trials[at];
  if (!trials?.length) return null;
  const box = make("section", { class: "trials" }), list = make("ol");
  const coins = trials.filter((t) => t.k === "coin").length;
  box.append(make("div", { class: "what" }, coins > 1 ? `${coins} trials here, in order` : "How it was decided here"));
  let place = 0;
  for (const trial of trials) {
    if (trial.k === "coin") place += 1;
    const item = make("li", trial.n !== null && trial.n === me ? { class: "me" } : {});
    item.append(...trialParts(view, trial, coins > 1 ? place : 0, coins));
    list.append(item);
  }
  box.append(list);
  return box;
}

function trialParts(view, trial, place, coins) {
  const name = tokenButton(view, trial.n, trial.t), line = make("div", { class: "trial" });
  if (trial.k === "coin" || trial.k === "choice") {
    const says = trial.k === "choice" ? (trial.ok ? "is tested" : "is passed over") : trial.ok ? "accepted" : "rejected";
    line.append(...(place && trial.k === "coin" ? [make("span", { class: "place" }, ORDINAL[place - 1] ?? `${place}th`)] : []), name,
      make("span", { class: "coin" }, `u = ${coin(trial.u)} ${trial.ok ? "<" : "≥"} ${coin(trial.law)} `), outcome(view, trial.k === "choice" ? null : says, says));
    const parts = [line, coinBar(view, trial)];
    if (trial.left) parts.push(changeBars(trial));
    return parts;
  }
  if (trial.k === "none") {
    line.append(name, make("span", { class: "coin" }, "nothing was left for it: "), outcome(view, "rejected", "rejected"));
    return [line];
  }
  if (trial.k === "clock") {
    line.append("First arrival under the target: ", name, make("span", { class: "coin" }, `at ${number(trial.u)}`));
    return trial.field?.length > 1 ? [line, fieldBar(view, trial)] : [line];
  }
  const from = coins ? "Drawn from what was left: " : "The target drew ";
  line.append(from, name, make("span", { class: "coin" }, `chance ${share(trial.law)}`));
  return trial.spans ? [line, spanBar(view, trial)] : [line];
}

// A guess can be reached from here; the closing token too.
function tokenButton(view, node, text) {
  const button = make("button", { class: "token", "data-node": node ?? "closing" }, cut(text, 16));
  button.addEventListener("click", () => view.choose(node ?? "closing"));
  return button;
}
function outcome(view, kind, text) {
  const o = kind && view.data.outcomes[kind];
  const box = make("b", {}, o ? ` ${text}` : text);
  if (o) box.prepend(make("span", { style: `color:${view.colour(kind)}`, "aria-hidden": "true" }, o.mark));
  return box;
}

const bar = (says) => draw("svg", { class: "strip", viewBox: "0 0 240 18", role: "img", "aria-label": says });

// [0, 1) with the part below the chance filled, the chance as a line and the coin as a dot.
function coinBar(view, trial) {
  const svg = bar(`coin ${number(trial.u)}, chance ${number(trial.law)}`), at = (v) => 6 + 228 * clamp(v, 0, 1);
  svg.append(draw("rect", { class: "rail", x: 6, y: 6, width: 228, height: 6, rx: 3 }),
    draw("rect", { x: 6, y: 6, width: 228 * clamp(trial.law, 0, 1), height: 6, rx: 3, fill: view.colour("accepted"), "fill-opacity": 0.55 }),
    draw("line", { class: "limit", x1: at(trial.law), x2: at(trial.law), y1: 1, y2: 17 }),
    draw("circle", { class: "dot", cx: at(trial.u), cy: 9, r: 5, fill: view.colour(trial.ok ? "accepted" : "rejected") }));
  return svg;
}

// Before (pale) and after (full) the rejection, of the guess itself and the weightiest others.
function changeBars(trial) {
  const box = make("div", { class: "change" });
  const most = Math.max(0.05, ...trial.left.flatMap(([, before, after]) => [before ?? 0, after ?? 0]));
  box.append(make("div", { class: "soft" }, "The target's law before and after this rejection:"));
  for (const [text, before, after] of trial.left) {
    const line = make("div", { class: "row" }), pair = make("div", { class: "pair" });
    pair.append(make("div", { class: "before", style: `width:${(100 * (before ?? 0)) / most}%` }), make("div", { class: "after", style: `width:${(100 * (after ?? 0)) / most}%` }));
    line.append(make("span", { class: "name" }, text), pair, make("span", { class: "value" }, `${share(before)} → ${share(after)}`));
    box.append(line);
  }
  return box;
}

// Where the uniform number of a draw fell: the drawn token's part and those of the guesses.
function spanBar(view, trial) {
  const svg = bar(`draw ${number(trial.u)}`), at = (v) => 6 + 228 * clamp(v, 0, 1);
  svg.append(draw("rect", { class: "rail", x: 6, y: 6, width: 228, height: 6, rx: 3 }));
  for (const [text, start, width, node] of trial.spans) {
    const mine = text === trial.t && node === trial.n;
    const part = draw("rect", { x: at(start), y: mine ? 3 : 6, width: Math.max(1, 228 * width), height: mine ? 12 : 6, fill: view.colour(node === null ? "bonus" : mine ? "accepted" : "rejected"), "fill-opacity": mine ? 0.8 : 0.45 });
    part.append(draw("title", {}, `${text}: ${number(width)}`));
    svg.append(part);
  }
  svg.append(draw("circle", { class: "dot", cx: at(trial.u), cy: 9, r: 4.5, fill: "currentColor" }));
  return svg;
}

// Arrival times under the target on a logarithmic line, the first at the left.
function fieldBar(view, trial) {
  const box = make("div", {}), svg = bar("arrivals under the target, earliest first"), shown = trial.field.slice(0, 5);
  const logs = shown.map(([, time]) => Math.log(Math.max(1e-9, time))), from = logs[0], reach = Math.max(0.5, logs.at(-1) - from);
  svg.append(draw("rect", { class: "rail", x: 6, y: 8, width: 228, height: 2 }));
  const list = make("ul", { class: "field" });
  shown.forEach(([text, time, node], i) => {
    svg.append(draw("circle", { class: "dot", cx: 10 + (220 * (logs[i] - from)) / reach, cy: 9, r: i ? 4 : 6, fill: i ? (node === null ? "currentColor" : view.colour("rejected")) : view.colour(node === null ? "correction" : "accepted") }));
    list.append(make("li", {}, `${cut(text, 12)} ${number(time)}${node === null ? " (not guessed)" : ""}`));
  });
  box.append(svg, list);
  return box;
}
