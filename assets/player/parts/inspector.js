// The inspector: what is known of the chosen node, how it was decided, and both models' laws where it competed.
function inspect(view, step, node) {
  const box = view.find(".inspector"), closing = node === "closing", n = closing ? step.closing : step.nodes[node];
  const kind = closing ? n.k : n.s, at = closing ? n.n : node === 0 ? 0 : n.parent;
  const head = make("div", { class: "name" }, n.t), state = make("p", {});
  if (view.data.outcomes[kind]) state.append(outcome(view, kind, `${kind} `));
  state.append(node === 0 ? "The root: the last token of the context. Guesses start here." : view.why(step, node));
  const rows = node === 0 ? [] : [["target probability", n.p]];
  if (!closing && node !== 0) {
    rows.push(["draft probability", n.q], ["ratio p / q", n.p !== null && n.q ? n.p / n.q : null], ["chance when tried", n.a],
      ["path probability", n.w], ["rank among siblings", n.r]);
    if (n.aq !== undefined) rows.push(["arrival, draft", n.aq]);
    if (n.ap !== undefined) rows.push(["arrival, target", n.ap]);
  }
  const list = make("dl");
  for (const [name, value] of rows) {
    const term = make("dt"), shown = name.startsWith("rank") ? String(value) : number(value);
    term.append(make("button", { class: "term", "data-tip": DEFINITIONS[name] }, name));
    list.append(term, make("dd", {}, shown));
  }
  const held = view.active(), again = box.contains(held) && held.dataset.node;
  const top = box.scrollTop, trials = trialList(view, step, at, closing ? null : node);
  box.replaceChildren(head, state, list, ...(trials ? [trials] : []), lawBars(step, at, closing || node ? n.t : null));
  box.scrollTop = again ? top : 0;
  if (again) box.querySelector(`[data-node="${again}"]`)?.focus({ preventScroll: true });
}

// The laws of both models side by side at the node where this token competed.
function lawBars(step, at, me) {
  const rows = step.rows[at], box = make("section", { class: "bars" });
  if (!rows) { box.append(make("p", {}, "Nothing was examined here, so the laws were not looked up.")); return box; }
  const names = [...new Set([...rows.p, ...rows.q].map(([t]) => t))], drafted = rows.q.length > 0;
  const p = new Map(rows.p), q = new Map(rows.q), most = (t) => Math.max(p.get(t) ?? 0, q.get(t) ?? 0);
  names.sort((a, b) => most(b) - most(a));
  const shown = names.slice(0, 6);
  if (me && !shown.includes(me) && names.includes(me)) shown[5] = me;
  const table = make("table"), caption = make("caption", {}, "Candidates here:");
  if (drafted) caption.append(make("span", { class: "key q" }), "draft q");
  caption.append(make("span", { class: "key p" }), "target p");
  table.append(caption);
  for (const t of shown) {
    const line = make("tr", t === me ? { class: "me" } : {}), bars = make("td", { class: "bar" });
    if (drafted) bars.append(make("div", { class: "q", style: `width:${100 * (q.get(t) ?? 0)}%` }));
    bars.append(make("div", { class: "p", style: `width:${100 * (p.get(t) ?? 0)}%` }));
    line.append(make("td", { class: "name", title: t }, t), bars);
    if (drafted) line.append(make("td", {}, share(q.get(t))));
    line.append(make("td", {}, share(p.get(t))));
    table.append(line);
  }
  box.append(table);
  if (!drafted) box.append(make("p", { class: "soft" }, "The draft model was not run here."));
  return box;
}
