// The text of the run: each token is a button that leads to its pass and node, and back.
function drawText(view) {
  const { data } = view, box = view.find(".text"), parts = [make("span", { class: "prompt" }, data.prompt.slice(1).map(plain).join(""))];
  view.tokens = data.tokens.map((token, place) => {
    const item = make("button", { style: `--c:${view.colour(token.k)}`, "data-mark": data.outcomes[token.k].mark, "data-place": place, tabindex: "-1", "data-tip": `“${token.t}”: ${token.k}, pass ${token.i + 1}` }, plain(token.t));
    if (!plain(token.t).trim()) item.setAttribute("aria-label", token.t); // a space has no name of its own
    parts.push(item);
    if (token.t.includes("⏎")) parts.push(make("br"));
    return item;
  });
  box.replaceChildren(...parts);
}

// Which emitted tokens belong to a pass: [place of the first, how many].
const ofPass = (view, step) => [view.starts.get(step.i) ?? 0, step.emitted];

// The token that a node became; null for one that is not in the text.
function placeOf(view, step, node) {
  const [first, count] = ofPass(view, step), on = node === "closing" ? step.path.length : step.path.indexOf(node);
  if (node === 0) return first > 0 ? first - 1 : null;
  return on >= 0 && on < count ? first + on : null;
}

// A guess that is not in the text stands there for a moment, struck through, where it would have begun to differ.
function ghostOf(view, step, node) {
  const chain = [];
  let at = node;
  while (at > 0 && !step.path.includes(at)) { chain.unshift(step.nodes[at].t); at = step.nodes[at].parent; }
  const [first] = ofPass(view, step), depth = at > 0 ? step.path.indexOf(at) + 1 : 0, kind = step.nodes[node].s;
  const ghost = make("span", { class: `ghost ${kind}`, "data-mark": view.data.outcomes[kind].mark, style: `--c:${view.colour(kind)}` });
  ghost.append(make("s", {}, plain(cut(chain.join(""), 40))));
  return [ghost, view.tokens[first + depth] ?? null];
}

function markText(view, step, node) {
  const box = view.find(".text"), place = placeOf(view, step, node);
  box.querySelector(".ghost")?.remove();
  view.tokens.forEach((item, i) => {
    item.classList.toggle("chosen", i === place);
    item.tabIndex = i === (place ?? ofPass(view, step)[0]) ? 0 : -1;
    if (i === place) item.setAttribute("aria-current", "true"); else item.removeAttribute("aria-current");
  });
  let shown = view.tokens[place];
  if (place === null && node !== 0 && node !== "closing") {
    const [ghost, before] = ghostOf(view, step, node);
    before ? before.before(ghost) : box.append(ghost);
    shown = ghost;
  }
  if (shown) intoView(box, shown);
}

function intoView(box, item) {
  const top = item.offsetTop - box.offsetTop;
  if (top < box.scrollTop + 4) box.scrollTop = top - 34;
  else if (top + item.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = top + item.offsetHeight + 34 - box.clientHeight;
}

// Of the pass that is shown the first `shown` tokens have been emitted; all later ones are still to come.
function paintText(view, step, shown) {
  const [first, count] = ofPass(view, step);
  view.tokens.forEach((item, place) => {
    const own = place - first, now = own >= 0 && own < count;
    item.classList.toggle("now", now && own < shown);
    item.classList.toggle("future", own >= count || (now && own >= shown));
  });
  if (view.tokens[first]) intoView(view.find(".text"), view.tokens[first]);
}
