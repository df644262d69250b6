// The icicle: one column for each depth, the height of a cell is its path probability under the draft model; what the
// children of a cell leave blank is what the tree does not cover.
const TALL = 370;

function icicleCells(step) {
  const top = new Float64Array(step.nodes.length), high = new Float64Array(step.nodes.length), children = step.nodes.map(() => []);
  step.nodes.forEach((n, i) => i && children[n.parent].push(i));
  high[0] = 1;
  const gaps = step.nodes.map((n, i) => {
    const below = children[i].sort((a, b) => step.nodes[a].r - step.nodes[b].r);
    const whole = n.w || 0, total = below.reduce((sum, c) => sum + (step.nodes[c].w ?? 0), 0);
    const scale = total > 0 ? high[i] / Math.max(whole, total) : 0; // rounding must not let children exceed their parent
    let at = top[i];
    for (const c of below) { top[c] = at; high[c] = (step.nodes[c].w ?? 0) * scale; at += high[c]; }
    return { node: i, from: at, size: Math.max(0, top[i] + high[i] - at), open: below.length > 0 };
  });
  return { top, high, gaps };
}

function iciclePicture(view, step) {
  const { top, high, gaps } = icicleCells(step), room = view.room();
  const deepest = Math.max(step.nodes[step.closing.n].d + 1, ...step.nodes.map((n) => n.d));
  const first = 34, column = clamp((room - first - 8) / deepest, 26, 170), width = Math.max(room, first + column * deepest + 6);
  const x = (d) => (d ? first + column * (d - 1) : 2), wide = (d) => (d ? column : first) - 3, y = (part) => TOP + TALL * part;
    const heads = [...Array(deepest).keys()].map((d) => [x(d + 1) + wide(d + 1) / 2, column < 52 ? `${d + 1}` : `depth ${d + 1}`]);
  const kind = (n, i) => (i ? n.s : "root");
  const nodes = step.nodes.map((n, i) => {
    const group = view.item(step, i), tall = TALL * high[i], colour = i ? view.colour(n.s) : "currentColor";
    const at = { x: x(n.d).toFixed(1), y: y(top[i]).toFixed(2), width: wide(n.d).toFixed(1), height: Math.max(0.5, tall - 0.8).toFixed(2) };
    group.append(draw("rect", { class: `cell mark ${kind(n, i)}${tall < 3 ? " sliver" : ""}`, ...at, fill: colour, stroke: colour }));
    if (tall >= 13 && i) {
      const marked = `${view.data.outcomes[n.s].mark}${column < 40 ? "" : " " + cut(n.t, Math.floor((column - 24) / LETTER))}`;
      group.append(draw("text", { class: "label", x: x(n.d) + 4, y: y(top[i]) + Math.min(tall / 2 + 4, 16) }, marked));
    }
    return group;
  });
  const centre = (i) => [x(step.nodes[i].d) + wide(step.nodes[i].d) - 8, y(top[i] + high[i] / 2)];
  const floor = (i) => [centre(i)[0], y(top[i] + high[i]) - 1.5]; // below the letters of a cell
  const spots = step.nodes.map((_, i) => centre(i));
  const gap = gaps[step.closing.n], blank = gap.open ? TALL * gap.size : 0, d = step.nodes[step.closing.n].d + 1;
  const last = [x(d) + 12, clamp(blank ? y(gap.from) + Math.min(blank / 2, 14) : centre(step.closing.n)[1], TOP + 9, TOP + TALL - 9)];
  const floors = [...step.path.map(floor), last], way = [[centre(0)[0], floors[0][1]], ...floors];
  const kept = way.slice(1).map((b, i) => draw("path", { class: "kept thin", pathLength: 1, d: `M${way[i]}L${b}`, stroke: view.colour(i < step.path.length ? "accepted" : step.closing.k) }));
  const closing = view.item(step, "closing");
  closing.append(draw("circle", { class: "ring", cx: last[0], cy: last[1], r: 12 }), closingMark(step.closing.k, ...last, view.colour(step.closing.k)));
  const letters = Math.floor((width - last[0] - 14) / LETTER);
  if (letters >= 3) closing.append(draw("text", { class: "label", x: last[0] + 12, y: last[1] + 4 }, cut(step.closing.t, Math.min(14, letters))));
  const line = headLine(heads, width), note = gapNote(step, gaps, x, y, width, last);
  return { back: [], over: [...kept, ...(note ? [note] : []), line], heads: line, nodes, closing, kept, width, height: TOP + TALL + 8, spots: [...spots, last] };
}

// The largest blank that has room for words says what a blank means; once is enough.
function gapNote(step, gaps, x, y, width, last) {
  const words = (part) => `not covered: ${share(part)}`;
  for (const gap of [...gaps].filter((g) => g.open).sort((a, b) => b.size - a.size)) {
    const tall = TALL * gap.size, left = x(step.nodes[gap.node].d + 1) + 6, base = y(gap.from + gap.size) - Math.min(6, tall / 2 - 5);
    const text = words(gap.size);
    const meets = Math.abs(base - 4 - last[1]) < 18 && last[0] < left + text.length * 6.4 + 12;
    if (tall < 14) break;
    if (!meets && left + text.length * 6.4 < width) return draw("text", { class: "gap", "aria-hidden": "true", x: left, y: base }, text);
  }
  return null;
}
