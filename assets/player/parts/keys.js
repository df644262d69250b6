// What a visitor does: pointer, keyboard, and definitions that appear on hover and on focus.
function listen(view) {
  const on = (selector, event, action) => view.find(selector).addEventListener(event, action);
  const nodeOf = (event) => { const n = event.target.closest?.(".node")?.dataset.node; return n === undefined ? null : n === "closing" ? n : Number(n); };
  on(".transport", "click", (event) => { const go = event.target.closest("button")?.dataset.go; if (go) view.go(go); });
  on(".scrub input", "input", (event) => { view.pause(true); view.step(Number(event.target.value)); });
  on(".arrivals input", "change", () => { view.drawPicture(Infinity); view.select(view.node, { quiet: true }); });
  on(".views", "click", (event) => {
    const wanted = event.target.closest("button")?.dataset.view;
    if (wanted) { view.wanted = wanted; view.drawPicture(Infinity); view.select(view.node, { quiet: true }); }
  });
  on(".saves", "click", (event) => {
    const kind = event.target.closest("button")?.dataset.save, name = `specviz-pass-${view.steps[view.at].i + 1}`;
    if (kind) (kind === "svg" ? saveSvg : savePng)(view, name);
  });
  on(".tree", "click", (event) => { const node = nodeOf(event); if (node !== null) view.choose(node, true); });
  on(".tree", "focusin", (event) => { const node = nodeOf(event); if (node !== null && node !== view.node) view.choose(node); });
  on(".text", "click", (event) => { const place = event.target.closest("button")?.dataset.place; if (place) toToken(view, Number(place)); });
  on(".player", "keydown", (event) => key(view, event));
  on(".treebox", "scroll", () => view.holdHeads());
  hints(view, nodeOf);
  new ResizeObserver(() => {
    if (!view.picture || Math.abs(view.room() - view.drawnAt) < 6) return;
    view.drawPicture(Infinity);
    view.select(view.node, { quiet: true });
  }).observe(view.find(".treebox"));
}

// A token of the text: its pass and its node.
function toToken(view, place) {
  const token = view.data.tokens[place], at = view.steps.findIndex((step) => step.i === token.i);
  view.pause(true);
  if (at < 0) return;
  if (at !== view.at || view.picture.closing.classList.contains("hidden")) view.show(at);
  view.select(token.n ?? "closing");
}

function hints(view, nodeOf) {
  const player = view.find(".player"), tip = view.find(".tip");
  const hide = () => { tip.hidden = true; view.root.querySelectorAll(".hint").forEach((e) => e.classList.remove("hint")); };
  const show = (target, text, box = target.getBoundingClientRect()) => {
    const whole = player.getBoundingClientRect();
    tip.textContent = text;
    tip.hidden = false;
    const left = clamp(box.left - whole.left + box.width / 2 - tip.offsetWidth / 2, 0, whole.width - tip.offsetWidth);
    const above = box.top - whole.top - tip.offsetHeight - 6;
    tip.style.left = `${left}px`;
    tip.style.top = `${above >= -40 ? above : box.bottom - whole.top + 6}px`;
  };
  const enter = (event) => {
    hide();
    const term = event.target.closest?.("[data-tip]"), node = nodeOf(event), step = view.steps?.[view.at];
    if (term) show(term, term.dataset.tip);
    if (term?.dataset.place) {
      const token = view.data.tokens[Number(term.dataset.place)];
      if (token.i === step?.i) view.part(token.n ?? "closing").classList.add("hint");
    }
    if (node === null || !step || event.type !== "pointerover") return;
    show(event.target.closest(".node"), view.says(step, node), (event.target.closest(".node").querySelector(".mark") ?? event.target).getBoundingClientRect());
    view.tokens[placeOf(view, step, node)]?.classList.add("hint");
  };
  player.addEventListener("pointerover", enter);
  player.addEventListener("focusin", enter);
  player.addEventListener("pointerleave", hide);
  player.addEventListener("focusout", hide);
  player.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}

function key(view, event) {
  const target = event.target, compact = view.data.compact, inTree = target.closest?.(".tree"), inText = target.closest?.(".text");
  if (!view.steps.length || event.altKey || event.ctrlKey || event.metaKey || target.matches?.("input, select")) return;
  let done = true;
  if (inTree && ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) move(view, event.key);
  else if (inText && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) moveInText(view, Number(target.dataset.place ?? 0), event.key);
  else if (compact || target.closest?.(".inspector")) done = false;
  else if (event.key === " " && !target.matches?.("button")) view.go("play");
  else {
    const go = { ArrowLeft: "previous", ArrowRight: "next", Home: "first", End: "last", PageUp: "previous", PageDown: "next" }[event.key];
    if (go) view.go(go); else done = false;
  }
  if (done) event.preventDefault();
}

// Left: parent, right: a child (the kept one first), up and down: neighbours of the same depth, Home: root, End: closing.
function move(view, pressed) {
  const step = view.steps[view.at], { nodes, closing } = step, here = view.node, spot = (i) => view.picture.spots.at(i === "closing" ? -1 : i)[1];
  const depth = (i) => (i === "closing" ? nodes[closing.n].d + 1 : nodes[i].d);
  const all = [...nodes.keys(), "closing"], level = all.filter((i) => depth(i) === depth(here)).sort((a, b) => spot(a) - spot(b)), place = level.indexOf(here);
  const below = here === "closing" ? [] : nodes.map((_, i) => i).filter((i) => nodes[i].parent === here);
  const child = here === closing.n ? below[0] ?? "closing" : below.find((i) => nodes[i].s === "accepted") ?? below[0];
  const next = { ArrowLeft: here === "closing" ? closing.n : nodes[here].parent, ArrowRight: child, ArrowUp: level[place - 1], ArrowDown: level[place + 1], Home: 0, End: "closing" }[pressed];
  if (next !== undefined && next !== -1) view.choose(next, true);
}

function moveInText(view, place, pressed) {
  const last = view.tokens.length - 1;
  const next = clamp({ ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: last }[pressed], 0, last);
  toToken(view, next);
  view.tokens[next].focus({ preventScroll: true });
}
