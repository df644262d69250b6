// The tree: root at the left, one column for each depth, siblings by rank from top to bottom.
const TOP = 30, LETTER = 7.6, NARROW = 64, MOST_LABELS = 60;

function treePicture(view, step) {
  const frame = treeFrame(step, view.room(), view.arrivals(step));
  const { place, column, width, height, narrow, deepest } = frame;
  const spots = step.nodes.map((n) => place(n.d, n.y));
  const end = step.nodes[step.closing.n], last = place(end.d + 1, step.closing.y);
  const size = (n, i) => (i === 0 ? 6 : 3.2 + 5.5 * Math.sqrt(Math.min(1, n.w ?? 0)));
  const curve = ([x1, y1], [x2, y2]) => `M${x1},${y1}C${x1 + column * 0.62},${y1} ${x1 + column * 0.62},${y2} ${x2},${y2}`;
  const back = draw("g", { "aria-hidden": "true" });
  const heads = [...Array(deepest + 1).keys()].map((d) => [place(d, 0)[0], narrow ? (d ? `${d}` : "depth") : d ? `depth ${d}` : "context"]);
  back.append(draw("path", { class: "edge", d: step.nodes.slice(1).map((n, i) => curve(spots[n.parent], spots[i + 1])).join("") }));
  const kept = [...step.path.map((i) => [spots[step.nodes[i].parent], spots[i], "accepted"]), [spots[step.closing.n], last, step.closing.k]]
    .map(([a, b, kind]) => draw("path", { class: "kept", d: curve(a, b), pathLength: 1, stroke: view.colour(kind) }));
  back.append(...kept);
  const nodes = step.nodes.map((n, i) => {
    const group = view.item(step, i), [x, y] = spots[i], r = size(n, i), colour = i ? view.colour(n.s) : "currentColor";
    group.append(draw("circle", { class: "ring", cx: x, cy: y, r: r + 4 }));
    if (n.s === "rejected") {
      const arm = Math.max(3.5, r * 0.8);
      group.append(draw("path", { class: "mark", d: `M${x - arm},${y - arm}l${2 * arm},${2 * arm}m${-2 * arm},0l${2 * arm},${-2 * arm}`, stroke: colour, "stroke-width": 2.4, fill: "none" }));
    } else {
      const hollow = n.s === "unseen";
      group.append(draw("circle", { class: hollow ? "mark hollow" : "mark", cx: x, cy: y, r, stroke: colour, "stroke-width": hollow ? 1.6 : 1, ...(hollow ? {} : { fill: colour }) }));
    }
    return group;
  });
  const closing = view.item(step, "closing");
  closing.append(draw("circle", { class: "ring", cx: last[0], cy: last[1], r: 12 }), closingMark(step.closing.k, ...last, view.colour(step.closing.k)));
  treeLabels(view, step, frame, spots, last, size, nodes, closing);
  const line = headLine(heads, width);
  return { back: [back], over: [line], heads: line, nodes, closing, kept, width, height, narrow, spots: [...spots, last] };
}

// What the columns are stays in sight while the picture scrolls.
function headLine(heads, width) {
  const line = draw("g", { class: "heads", "aria-hidden": "true" });
  line.append(draw("rect", { width, height: 21 }), ...heads.map(([x, text]) => draw("text", { class: "head", x, y: 15, "text-anchor": "middle" }, text)));
  return line;
}

function closingMark(kind, x, y, colour) {
  const shape = kind === "bonus" ? `M${x},${y - 8}l8,8l-8,8l-8,-8Z` : `M${x - 6},${y - 6}h12v12h-12Z`;
  return draw("path", { class: "mark", d: shape, fill: colour });
}

// Columns share the width there is; only a tree too deep for the shortest labels is wider than its box, and scrolls.
function treeFrame(step, room, arrivals) {
  const deepest = Math.max(step.nodes[step.closing.n].d + 1, ...step.nodes.map((n) => n.d));
  const roomy = (room - 46) / (deepest + 0.85), narrow = roomy < NARROW;
  const left = narrow ? 24 : 46, column = narrow ? Math.max(27, (room - left - 22) / deepest) : Math.min(150, roomy);
  const many = step.nodes.length, least = many > 300 ? 9 : many > 120 ? 13 : arrivals ? 44 : many > 41 && !narrow ? 25 : 28;
  const gap = clamp(370 / step.leaves, least, Math.max(least, 38)); // a small tree is drawn with more air
  const width = Math.max(room, left + column * deepest + 22), height = TOP + gap * step.leaves + (arrivals ? 24 : 12);
  return { deepest, narrow, column, width, height, gap, arrivals, place: (d, y) => [left + column * d, TOP + gap * (y + 0.5)] };
}

// Labels of all nodes of a small tree; of a large one those of the path, its siblings and the most probable.
function treeLabels(view, step, frame, spots, last, size, nodes, closing) {
  const space = new Room(frame.width), path = new Set([0, ...step.path]), parents = new Set(step.nodes.map((n) => n.parent));
  parents.add(step.closing.n);
  spots.forEach(([x, y], i) => { const r = size(step.nodes[i], i) + 1; space.take([x - r, y - r, x + r, y + r]); });
  space.take([last[0] - 8, last[1] - 8, last[0] + 8, last[1] + 8]);
  const weight = (i) => (path.has(i) ? 9 : path.has(step.nodes[i].parent) ? 3 : 0) + (step.nodes[i].w ?? 0);
  const order = step.nodes.map((_, i) => i).sort((a, b) => weight(b) - weight(a)).slice(0, MOST_LABELS);
  const write = (group, found, kind) => found && group.append(draw("text", { class: kind, x: found.x, y: found.y, "text-anchor": found.anchor }, found.text));
  const around = ([x, y], r, inner) => {
    const above = y - r - 4, below = y + r + 11;
    if (frame.narrow) return [[x, above, "middle"], [x + 18, above, "end"], [x, below, "middle"], [x + 18, below, "end"]];
    const beside = [x + r + 4, y + 3, "start"];
    return inner ? [[x - 3, above, "start"], [x - 3, below, "start"]] : [beside, [x - 3, above, "start"]];
  };
  const letter = frame.narrow ? 6.8 : LETTER, longest = frame.narrow ? Math.max(4, Math.floor((1.6 * frame.column) / letter)) : 14;
  write(closing, space.fit(step.closing.t, around(last, 9, false), letter, longest, 1), "label");
  for (const i of order) {
    const n = step.nodes[i], [x, y] = spots[i], r = size(n, i), tried = (n.o ?? []).join("·");
    const rivals = tried && step.nodes.some((m, j) => j !== i && m.parent === n.parent && m.o);
    if (rivals) write(nodes[i], space.fit(tried, [[x - r - 3, y - 4, "end"], [x - r - 3, y + 11, "end"]], 5.8, 9, 9), "order");
    const places = i === 0 ? [[Math.max(4, x - 20), y - r - 6, "start"], [Math.max(4, x - 20), y + r + 13, "start"]] : around([x, y], r, parents.has(i));
    write(nodes[i], space.fit(n.t, places, letter, i ? longest : 8), "label");
    if (frame.arrivals && n.ap !== undefined) writeArrivals(view, step, n, nodes[i], [x + r + 4, y], space);
  }
}

// Both times of a guess stand together below it, or not at all.
function writeArrivals(view, step, n, group, [x, y], space) {
  const siblings = step.nodes.filter((m) => m.parent === n.parent && m.aq !== undefined);
  const lines = [["aq", "draft", siblings.every((m) => n.aq <= m.aq)], ["ap", "target", n.s === "accepted"]].filter(([name]) => n[name] !== undefined);
  for (const down of [6, 16]) {
    const box = [x, y + down, x + 6.1 * 14, y + down + 11 * lines.length];
    if (!space.free(box)) continue;
    space.take(box);
    lines.forEach(([name, title, first], row) => {
      group.append(draw("text", { class: `arrival${first ? " first" : ""}`, x, y: y + down + 9 + 11 * row }, `${title} ${number(n[name])}`));
    });
    return;
  }
}
