// The strips around the picture: legend, marks of the passes, numbers of one pass.
function drawLegend(view) {
  view.find(".legend").replaceChildren(...Object.entries(view.data.outcomes).map(([name, o]) => {
    const item = make("button", { class: "term", "data-tip": o.definition });
    item.append(make("b", { style: `color:${view.colour(name)}`, "aria-hidden": "true" }, o.mark), name);
    return item;
  }));
}

function drawTicks(view) {
  const most = Math.max(...view.steps.map((s) => s.emitted));
  view.find(".ticks").replaceChildren(...view.steps.map((step, place) => {
    const x = `${(100 * place) / Math.max(1, view.steps.length - 1)}%`;
    return draw("line", { x1: x, x2: x, y1: 17, y2: 17 - (15 * step.emitted) / most });
  }));
}

function drawNumbers(view, step) {
  const emitted = (view.starts.get(step.i) ?? 0) + step.emitted;
  const cells = [
    ["pass", `${step.i + 1} of ${view.data.first + view.steps.length}`, "One draft tree, checked by one target pass."],
    [step.nodes.length - 1, "guessed", "Draft nodes in this tree, the root not counted."],
    [step.accepted, "accepted", "Draft tokens kept in this pass."],
    [step.emitted, "emitted", "Tokens added to the text: the accepted ones and the closing token."],
    [(emitted / (step.i + 1)).toFixed(2), "tokens per pass so far", `Block efficiency: ${emitted} tokens emitted / ${step.i + 1} target passes.`],
    [step.seconds.map((s) => (1000 * (s ?? 0)).toFixed(0)).join(" + "), "ms to draft, check, decide", "Time to draft, to check in one target pass, and to decide."],
  ];
  const box = view.find(".numbers");
  if (!box.children.length) box.append(...cells.map(() => make("button", { class: "term" })));
  cells.forEach(([head, rest, tip], i) => {
    box.children[i].replaceChildren(make("b", {}, head), ` ${rest}`);
    box.children[i].dataset.tip = tip;
  });
}
