// The chart's own camera, asked for one format or the other; it is in the chart's bar, which shows only under a pointer.
const WAIT = 100, PATIENCE = 100; // milliseconds between looks for the camera, and how many

// The buttons are drawn before this runs: they can be pressed only from here on, or an early click would do nothing.
export default function ({ data, parentElement }) {
  for (const button of parentElement.querySelectorAll("button")) {
    button.onclick = () => save(data.chart, button.dataset.format);
    button.disabled = false;
  }
}

// The chart itself may be drawn later than its buttons; a click is kept until it is there.
function save(chart, format, looks = 0) {
  const plot = document.querySelector(`.${CSS.escape(chart)} .js-plotly-plot`);
  const camera = plot?.querySelector('.modebar-btn[data-title^="Download plot"]');
  if (!camera) {
    if (looks < PATIENCE) setTimeout(save, WAIT, chart, format, looks + 1);
    return;
  }
  const before = plot._context.toImageButtonOptions;
  plot._context.toImageButtonOptions = { ...before, format };
  camera.click();
  plot._context.toImageButtonOptions = before;
}
