// The chart's own camera, asked for one format or the other; it is in the chart's bar, which shows only under a pointer.
export default function ({ data, parentElement }) {
  for (const button of parentElement.querySelectorAll("button")) {
    button.onclick = () => save(data.chart, button.dataset.format);
  }
}

function save(chart, format) {
  const plot = document.querySelector(`.${CSS.escape(chart)} .js-plotly-plot`);
  const camera = plot?.querySelector('.modebar-btn[data-title^="Download plot"]');
  if (!camera) return;
  const before = plot._context.toImageButtonOptions;
  plot._context.toImageButtonOptions = { ...before, format };
  camera.click();
  plot._context.toImageButtonOptions = before;
}
