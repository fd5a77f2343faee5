// Previews: what a reference leads to is shown beside it, when the mouse rests on it, when it has the focus, or at a tap.
// The fragments of a page are a script of its own in _previews, which calls bookPreviews; a browser that reads the site from a
// disk loads nothing else. Without a fragment a reference is a link like others.
"use strict";
(() => {
  const REFERENCES = "article a.reference.internal, article a.footnote-reference, article a[role=doc-noteref]";
  const NONE = ".toctree-wrapper a, nav a, .reference-preview a, [role=doc-backlink], .headerlink, .image-reference, " +
    ".download, .sd-stretched-link, .sd-btn";
  // Pages that Sphinx makes itself have no fragments.
  const MADE = /^_|^(genindex|search|[^/]*-modindex)(-[^/]*)?$/;
  const SHOW_MS = 200, HIDE_MS = 300, PICTURES_MS = 300, PATIENCE_MS = 2000;
  const GAP = 6, MARGIN = 12;
  const root = document.documentElement.dataset.content_root;
  if (root === undefined || !HTMLElement.prototype.showPopover) return;
  const site = new URL(root, location.href).href;

  // Fragments --------------------------------------------------------------------------------------------------------

  let loaded = null;
  window.bookPreviews = (numbers, texts) => (loaded = { numbers, texts });

  function load(address) {
    // The browser remembers what it has loaded; the fragments are as new as the site.
    return new Promise((resolve) => {
      const script = document.createElement("script");
      const end = () => {
        resolve(loaded);
        loaded = null;
        script.remove();
      };
      script.src = address;
      script.onload = script.onerror = end;
      document.head.append(script);
    });
  }

  async function fragment(link) {
    // What is shown of the place that a link leads to; null if there is nothing.
    const [page] = link.href.split(/[?#]/);
    if (!page.startsWith(site)) return null;
    const name = page.slice(site.length).replace(/(^|\/)$/, "$1index").replace(/\.html$/, "");
    if (MADE.test(name)) return null;
    const of_page = await load(`${site}_previews/${name}.js`);
    const id = decodeURIComponent(link.hash.slice(1));
    if (!of_page || !Object.hasOwn(of_page.numbers, id)) return null;
    const { body } = new DOMParser().parseFromString(of_page.texts[of_page.numbers[id]], "text/html");
    for (const name of ["href", "src"])
      for (const element of body.querySelectorAll(`[${name}]`))
        element.setAttribute(name, new URL(element.getAttribute(name), page).href);
    const part = document.createElement("div");
    part.append(...body.childNodes);
    const pictures = [...part.querySelectorAll("img")].map((picture) => picture.decode().catch(() => {}));
    // Its place depends on its size.
    await Promise.race([Promise.all(pictures), new Promise((resolve) => setTimeout(resolve, PICTURES_MS))]);
    return part;
  }

  // The window -------------------------------------------------------------------------------------------------------

  const preview = document.createElement("div");
  preview.className = "reference-preview";
  preview.id = "reference-preview";
  preview.popover = "manual";
  preview.setAttribute("role", "dialog");
  let shown = null; // the link whose preview is open
  let wanted = null; // the one whose preview is to come
  let dismissed = null; // the one whose preview the reader has closed
  let timer = 0;

  async function show(link, { touched = false, x, y } = {}) {
    wanted = link;
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null));
    const part = await Promise.race([fragment(link), late]);
    if (wanted !== link || !link.isConnected) return true;
    wanted = null;
    // Who taps a reference to a section wants to read it.
    if (!part || (touched && part.querySelector(".preview-title"))) return false;
    hide();
    shown = link;
    preview.replaceChildren(bar(link), part);
    preview.setAttribute("aria-label", link.textContent.trim());
    preview.classList.toggle("touched", touched);
    link.setAttribute("aria-describedby", preview.id);
    if (link.title) [link.dataset.title, link.title] = [link.title, ""]; // the browser would show it as well
    link.after(preview); // there the tab key, and whoever reads aloud, come to it next
    preview.showPopover();
    place(link, touched, x, y);
    preview.tabIndex = preview.scrollHeight > preview.clientHeight ? 0 : -1;
    if (touched) preview.focus({ preventScroll: true });
    return true;
  }

  function bar(link) {
    // For who has no mouse that could click on the reference itself, and no key to close.
    const element = document.createElement("div"), go = document.createElement("a"), close = document.createElement("button");
    element.className = "preview-bar";
    go.href = link.href;
    go.textContent = link.textContent.trim();
    close.type = "button";
    close.textContent = "\u00d7";
    close.setAttribute("aria-label", "Close");
    close.onclick = dismiss;
    element.append(go, close);
    return element;
  }

  function place(link, touched, x, y) {
    // Below the line that is pointed at, or above it where there is more room; narrow screens have it at an edge: see the styles.
    const boxes = [...link.getClientRects()];
    const box = boxes.find((one) => x >= one.left && x <= one.right && y >= one.top && y <= one.bottom) || boxes[0];
    const { clientWidth: width, clientHeight: height } = document.documentElement;
    const size = preview.getBoundingClientRect();
    const above = box.top - GAP - MARGIN, below = height - box.bottom - GAP - MARGIN;
    const is_below = below >= size.height || below >= above;
    const left = Math.max(MARGIN, Math.min(box.left, width - size.width - MARGIN));
    const values = {
      left: `${left + scrollX}px`,
      top: is_below ? `${box.bottom + GAP + scrollY}px` : "auto",
      bottom: is_below ? "auto" : `${innerHeight - box.top + GAP - scrollY}px`,
      room: `${is_below ? below : above}px`,
    };
    for (const [name, value] of Object.entries(values)) preview.style.setProperty(`--${name}`, value);
    preview.classList.toggle("at-top", !touched && box.bottom > height / 2);
  }

  function hide() {
    clearTimeout(timer);
    wanted = null;
    if (!shown) return;
    const link = shown;
    shown = null;
    const focused = preview.contains(document.activeElement);
    if (focused) link.focus({ preventScroll: true });
    preview.hidePopover();
    preview.remove();
    link.removeAttribute("aria-describedby");
    if (link.dataset.title) link.title = link.dataset.title;
    delete link.dataset.title;
  }

  function dismiss() {
    dismissed = shown;
    hide();
  }

  // Who asks for it --------------------------------------------------------------------------------------------------

  function reference(element) {
    const link = element instanceof Element && element.closest(REFERENCES);
    return link && !link.matches(NONE) ? link : null;
  }

  function soon(action, delay) {
    clearTimeout(timer);
    timer = setTimeout(action, delay);
  }

  const in_use = () => preview.contains(document.activeElement) || (shown && shown.matches(":focus-visible"));

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const link = reference(event.target);
    if (link !== dismissed) dismissed = null;
    if (preview.contains(event.target) || (link && link === shown)) clearTimeout(timer);
    else if (link && link !== dismissed) soon(() => show(link, { x: event.clientX, y: event.clientY }), SHOW_MS);
    else if (in_use()) clearTimeout(timer);
    else soon(hide, shown ? HIDE_MS : 0);
  });

  document.addEventListener("focusin", (event) => {
    const link = reference(event.target);
    if (preview.contains(event.target) || (link && link === shown)) clearTimeout(timer);
    else if (link && link !== dismissed && link.matches(":focus-visible")) soon(() => show(link), SHOW_MS);
    else if (shown) hide();
  });

  document.addEventListener("focusout", (event) => {
    if (event.target === dismissed) dismissed = null;
    const stays = event.relatedTarget && (event.relatedTarget === shown || preview.contains(event.relatedTarget));
    if ((shown === event.target || preview.contains(event.target)) && event.relatedTarget && !stays) hide();
    else if (!shown && event.target === wanted) wanted = null;
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !shown) return;
    event.stopPropagation();
    dismiss();
  }, true);

  let touching = false;
  document.addEventListener("pointerdown", (event) => {
    touching = event.pointerType === "touch";
    if (shown && !preview.contains(event.target) && reference(event.target) !== shown) hide();
  });

  document.addEventListener("click", async (event) => {
    if (preview.contains(event.target)) {
      // What the reference stands in, a summary say, is not meant.
      if (!event.target.closest("a, button, summary")) event.preventDefault();
      if (event.target.closest("a")) setTimeout(hide);
      return;
    }
    const link = reference(event.target);
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) && event.detail > 0;
    if (!touching || !plain || !link || link === shown || event.defaultPrevented) return;
    event.preventDefault();
    if (!(await show(link, { touched: true }))) location.assign(link.href);
  });
})();
