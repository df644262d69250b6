// The drawn picture as a file of its own: every style written out, the page's colour behind it.
const STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "opacity",
  "paint-order", "font-family", "font-size", "font-weight", "font-style"];

function pictureFile(view) {
  const svg = view.find(".tree"), copy = svg.cloneNode(true), width = Number(svg.getAttribute("width")), height = Number(svg.getAttribute("height"));
  const from = svg.querySelectorAll("*"), to = copy.querySelectorAll("*");
  from.forEach((element, i) => {
    const style = getComputedStyle(element);
    to[i].setAttribute("style", STYLES.filter((name) => style[name] ?? style.getPropertyValue(name)).map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
    for (const name of ["tabindex", "role", "aria-level", "aria-selected", "aria-posinset", "aria-setsize"]) to[i].removeAttribute(name);
  });
  copy.querySelectorAll(".node").forEach((group) => group.prepend(draw("title", {}, group.getAttribute("aria-label"))));
  copy.querySelector(".heads")?.removeAttribute("transform");
  copy.querySelectorAll(".ring").forEach((ring) => ring.remove());
  const page = getComputedStyle(view.find(".treebox")).backgroundColor;
  copy.prepend(draw("rect", { width, height, fill: page }));
  copy.setAttribute("xmlns", SVG);
  copy.setAttribute("style", `color:${getComputedStyle(svg).color}`);
  return { text: new XMLSerializer().serializeToString(copy), width, height };
}

function download(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 4000);
}

function saveSvg(view, name) {
  download(new Blob([pictureFile(view).text], { type: "image/svg+xml" }), `${name}.svg`);
}

function savePng(view, name) {
  const { text, width, height } = pictureFile(view), scale = Math.min(2, 8000 / Math.max(width, height));
  const image = new Image(), canvas = make("canvas", { width: Math.ceil(width * scale), height: Math.ceil(height * scale) });
  image.addEventListener("load", () => {
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => blob && download(blob, `${name}.png`), "image/png");
  });
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`; // unlike a blob's, its canvas can be read back
}
