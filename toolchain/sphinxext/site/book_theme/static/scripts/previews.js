// Previews: what a reference leads to is shown beside it, when the mouse rests on it, when it has the focus, or at a tap.
// The fragments of a page are a script of its own, which calls bookPreviews: a page that is read from a disk can load nothing
// else. Without a fragment a reference is a link like others.
"use strict";
(() => {
  const REFERENCES = "article :is(a.reference.internal, a.footnote-reference)";
  const NONE = ".reference-preview a, .toctree-wrapper a, nav a, .image-reference, .download, .sd-stretched-link, .sd-btn";
  const MADE = /^_|^(genindex|search$|[^/]*-modindex$)/; // by Sphinx, and files: they have no fragments
  const SHOW_MS = 200, HIDE_MS = 300, PICTURES_MS = 300, PATIENCE_MS = 2000;
  const GAP = 6, MARGIN = 12;
  const root = document.documentElement.dataset.content_root;
  if (root === undefined || !HTMLElement.prototype.showPopover) return;
  const site = new URL(root, location.href).href;
  const passed = (time) => new Promise((resolve) => setTimeout(resolve, time));

  // What is shown ----------------------------------------------------------------------------------------------------

  let loaded = null;
  window.bookPreviews = (numbers, texts) => (loaded = { numbers, texts });

  const load = (address) =>
    // Browsers keep what they have loaded, as long as it is good.
    new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = script.onerror = () => {
        resolve(loaded);
        loaded = null;
        script.remove();
      };
      document.head.append(script);
    });

  async function fragment(link) {
    // A copy of what a link leads to; nothing if that is not known.
    const page = link.href.split(/[?#]/)[0];
    const name = page.slice(site.length).replace(/(^|\/)$/, "$1index").replace(/\.html$/, "");
    const known = !MADE.test(name) && (await load(`${site}_previews/${name}.js`));
    const id = decodeURIComponent(link.hash.slice(1));
    if (!known || !Object.hasOwn(known.numbers, id)) return null;
    const { body } = new DOMParser().parseFromString(known.texts[known.numbers[id]], "text/html");
    for (const attribute of ["href", "src"])
      for (const element of body.querySelectorAll(`[${attribute}]`))
        element.setAttribute(attribute, new URL(element.getAttribute(attribute), page).href);
    const part = document.createElement("div");
    part.append(...body.childNodes);
    // Where it is put depends on its size.
    const pictures = [...part.querySelectorAll("img")].map((picture) => picture.decode().catch(() => {}));
    await Promise.race([Promise.all(pictures), passed(PICTURES_MS)]);
    return part;
  }

  const preview = document.createElement("div");
  const go = document.createElement("a"), close = document.createElement("button"), bar = document.createElement("div");
  preview.id = preview.className = "reference-preview";
  preview.popover = "manual";
  preview.setAttribute("role", "dialog");
  bar.className = "preview-bar";
  close.type = "button";
  close.textContent = "\u00d7";
  close.setAttribute("aria-label", window.bookWords?.Close ?? "Close");
  bar.append(go, close);

  let shown = null; // the link whose preview is open
  let wanted = null; // the one whose preview is to come
  let dismissed = null; // the one whose preview the reader has closed
  let timer = 0;

  async function show(link, { touched = false, x, y } = {}) {
    wanted = link;
    const part = await Promise.race([fragment(link).catch(() => null), passed(PATIENCE_MS)]);
    if (wanted !== link || !link.isConnected) return true;
    // Who taps a reference to a section wants to read it.
    if (!part || (touched && part.querySelector(".preview-title"))) return false;
    hide();
    shown = link;
    go.href = link.href;
    go.textContent = link.textContent.trim();
    preview.setAttribute("aria-label", go.textContent);
    preview.classList.toggle("touched", touched);
    preview.replaceChildren(bar, part);
    link.setAttribute("aria-describedby", preview.id);
    link.dataset.title = link.title; // browsers would show it as well
    link.removeAttribute("title");
    link.after(preview); // there the tab key comes to it next, and so does who reads aloud
    preview.showPopover();
    place(link, x, y, touched);
    const { scrollHeight, clientHeight, scrollWidth, clientWidth } = preview;
    preview.tabIndex = scrollHeight > clientHeight || scrollWidth > clientWidth ? 0 : -1;
    if (touched) preview.focus({ preventScroll: true });
    return true;
  }

  function place(link, x, y, touched) {
    // Below the line that is pointed at, or above it where there is more room. In a narrow window it is at an edge: previews.css.
    const lines = [...link.getClientRects()];
    const line = lines.find((box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) || lines[0];
    const { clientWidth, clientHeight } = document.documentElement;
    const above = line.top - GAP - MARGIN, below = clientHeight - line.bottom - GAP - MARGIN;
    const is_below = below >= preview.offsetHeight || below >= above;
    const left = Math.max(MARGIN, Math.min(line.left, clientWidth - preview.offsetWidth - MARGIN));
    const set = (name, value) => preview.style.setProperty(`--${name}`, value);
    set("left", `${left + scrollX}px`);
    set("top", is_below ? `${line.bottom + GAP + scrollY}px` : "auto");
    set("bottom", is_below ? "auto" : `${clientHeight - line.top + GAP - scrollY}px`);
    set("room", `${is_below ? below : above}px`);
    preview.classList.toggle("at-top", !touched && line.bottom > clientHeight / 2);
  }

  function hide() {
    wanted = null;
    if (!shown) return;
    const link = shown;
    shown = null;
    preview.remove();
    link.removeAttribute("aria-describedby");
    if (link.dataset.title) link.title = link.dataset.title;
    delete link.dataset.title;
  }

  function dismiss() {
    dismissed = shown;
    const focused = preview.contains(document.activeElement);
    hide();
    if (focused) dismissed.focus({ preventScroll: true });
  }

  // Who asks for it --------------------------------------------------------------------------------------------------

  function reference(element) {
    const link = element.closest?.(REFERENCES);
    return link && link.href.startsWith(site) && !link.matches(NONE) ? link : null;
  }

  function soon(action, delay) {
    clearTimeout(timer);
    timer = setTimeout(action, delay);
  }

  const within = (element) => element && (element === shown || preview.contains(element));

  function in_use() {
    // Whether the keyboard is at the open preview or its link, or at the link of one that is to come.
    const focused = document.activeElement;
    return preview.contains(focused) || ((shown ? focused === shown : reference(focused)) && focused.matches(":focus-visible"));
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const link = reference(event.target);
    if (link !== dismissed) dismissed = null;
    if (within(link || event.target)) clearTimeout(timer);
    else if (link && !dismissed) soon(() => show(link, { x: event.clientX, y: event.clientY }), SHOW_MS);
    else if (!in_use()) soon(hide, HIDE_MS);
  });

  document.addEventListener("focusin", (event) => {
    const link = reference(event.target);
    if (link !== dismissed) dismissed = null;
    if (within(event.target)) clearTimeout(timer);
    else if (link && !dismissed && link.matches(":focus-visible")) soon(() => show(link), SHOW_MS);
    else if (shown) soon(hide, 0);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !shown) return;
    event.stopPropagation();
    dismiss();
  }, true);

  window.addEventListener("pagehide", hide); // who comes back begins without it

  let touching = false;
  document.addEventListener("pointerdown", (event) => {
    touching = event.pointerType === "touch";
    if (!within(event.target) && reference(event.target) !== shown) hide();
  });

  document.addEventListener("click", async (event) => {
    const link = reference(event.target);
    if (close.contains(event.target)) dismiss();
    else if (preview.contains(event.target)) {
      if (event.target.closest("a")) setTimeout(hide);
      else if (!event.target.closest("summary")) event.preventDefault(); // what the reference stands in is not meant
    } else if (touching && event.detail && link && link !== shown && !event.defaultPrevented && !event.ctrlKey) {
      event.preventDefault();
      if (!(await show(link, { touched: true }))) location.assign(link.href);
    }
  });
})();
