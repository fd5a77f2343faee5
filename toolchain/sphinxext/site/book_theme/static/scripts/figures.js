// Pictures of the text open at full size: by click or tap on them, or by the button that keyboards reach. Escape closes.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const said = (words) => window.bookWords?.[words] ?? words; // in the language of the book
  const svg = "http://www.w3.org/2000/svg";
  const smallest = 120; // pixels: what is smaller is a sign and no figure

  const icon = () => {
    const drawing = document.createElementNS(svg, "svg");
    drawing.setAttribute("viewBox", "0 0 16 16");
    drawing.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(svg, "path");
    path.setAttribute("d", "M9.5 1.5h5v5M14 2 9.5 6.5M6.5 14.5h-5v-5M2 14l4.5-4.5");
    path.setAttribute("fill", "none");
    path.setAttribute("stroke", "currentColor");
    path.setAttribute("stroke-width", "1.5");
    drawing.append(path);
    return drawing;
  };

  const enlarge = (image) => {
    const dialog = document.createElement("dialog");
    dialog.className = "enlarged";
    dialog.setAttribute("aria-label", image.alt || said("Figure"));
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = said("Close");
    const large = document.createElement("img");
    large.src = image.currentSrc || image.src;
    large.alt = image.alt;
    for (const element of [close, large]) {
      element.addEventListener("click", () => dialog.close());
    }
    dialog.addEventListener("close", () => dialog.remove());
    dialog.append(close, large);
    document.body.append(dialog);
    dialog.showModal();
  };

  const offer = (image) => {
    if (image.closest("a, button, .enlarging") || image.clientWidth < smallest) {
      return;
    }
    const around = document.createElement("span");
    around.className = "enlarging";
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-label", image.alt ? said("Enlarge: {}").replace("{}", () => image.alt) : said("Enlarge the figure"));
    button.append(icon());
    if (image.style.width.endsWith("%")) {
      // Of what is around the picture; in there it has all of it.
      around.style.width = image.style.width;
      image.style.width = "100%";
    }
    image.replaceWith(around);
    around.append(image, button);
    image.addEventListener("click", () => enlarge(image));
    button.addEventListener("click", () => enlarge(image));
  };

  for (const image of document.querySelectorAll(".bd-article figure img, .bd-article .cell_output img")) {
    if (image.complete) {
      offer(image);
    } else {
      image.addEventListener("load", () => offer(image), { once: true });
    }
  }
});
