// What the preview adds to a page in the browser: the page is new when its source was saved, in its place as it was, and a
// panel says what is wrong. No part of the site: it is only in what the preview's server answers.
"use strict";
(() => {
  const script = document.currentScript;
  const ARTICLE = "article.bd-article, main article, article, [role=main]";
  // What the page's own scripts have to set up once: with such parts, the page is loaded anew.
  const ALIVE = "script, iframe, object, embed, .highlight, .toggle, .dropdown, .sd-tab-set, .jupyter-widgets, .output.widget";
  const KEPT = "toolchain-preview", DISMISSED = "toolchain-preview-dismissed";
  const RETRY_MS = 500, RESTORE_MS = 3000, STALE_MS = 20000;
  let version = script.dataset.version;
  let source = null, served = null, busy = false, again = false;

  // The page ---------------------------------------------------------------------------------------------------------

  async function text_of_page() {
    const answer = await fetch(location.pathname, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    return answer.text();
  }

  function parsed(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const ours = page.querySelector("script[data-version]");
    const found = ours ? ours.dataset.version : "";
    if (ours) ours.remove();
    const article = page.querySelector(ARTICLE);
    // The page without what its article has in it.
    const empty = article && article.cloneNode(false);
    if (article) article.replaceWith(empty);
    return { version: found, article, around: page.documentElement.outerHTML };
  }

  const same = (one, other) => one.outerHTML === other.outerHTML;
  const shell = (element) => element.cloneNode(false).outerHTML;
  const has_text = (element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const alive = (element) => element.matches(ALIVE) || element.querySelector(ALIVE) !== null;

  function shown_as(served_element, live) {
    // The children of a live element that stand for those of the element as it was served; null if scripts have moved them.
    const before = [...served_element.children], now = [...live.children];
    const fits = before.length === now.length &&
      before.every((child, at) => child.tagName === now[at].tagName && child.id === now[at].id);
    return fits && !has_text(served_element) ? now : null;
  }

  function difference(before, after, live) {
    // The smallest part that differs: what to remove, what to put there, and before what; null if it cannot be told.
    const now = shown_as(before, live);
    if (!now || has_text(after)) return null;
    const old = [...before.children], next = [...after.children];
    let start = 0, end = 0;
    const least = Math.min(old.length, next.length);
    while (start < least && same(old[start], next[start])) start++;
    while (end < least - start && same(old[old.length - 1 - end], next[next.length - 1 - end])) end++;
    const removed = old.slice(start, old.length - end), added = next.slice(start, next.length - end);
    if (removed.length === 1 && added.length === 1 && shell(removed[0]) === shell(added[0])) {
      const inner = difference(removed[0], added[0], now[start]);
      if (inner) return inner;
    }
    return { parent: live, remove: now.slice(start, old.length - end), add: added, next: now[old.length - end] || null };
  }

  async function patch() {
    // Put what is new into the page; false if it has to be loaded anew.
    const before = await served;
    const after = parsed(await text_of_page());
    if (after.version === version) return true; // what was told of is here already
    if (!before || !before.article || !after.article) return false;
    if (before.version !== version || before.around !== after.around) return false;
    const live = document.querySelector(ARTICLE);
    if (same(before.article, after.article) || shell(before.article) !== shell(after.article)) return false;
    const change = difference(before.article, after.article, live);
    if (!change || change.add.some(alive) || change.remove.some(alive)) return false;
    const added = change.add.map((element) => document.importNode(element, true));
    // Formulas that MathJax sets; all others are MathML already.
    const maths = added.filter((element) => element.querySelector(".math:not(:has(math))") || element.matches(".math:not(:has(math))"));
    if (maths.length && !(window.MathJax && window.MathJax.typesetPromise)) return false;
    const place = where();
    if (window.MathJax && window.MathJax.typesetClear) window.MathJax.typesetClear(change.remove);
    change.remove.forEach((element) => element.remove());
    added.forEach((element) => change.parent.insertBefore(element, change.next));
    return_to(place);
    if (maths.length) {
      await window.MathJax.typesetPromise(maths);
      return_to(place);
    }
    version = after.version;
    served = Promise.resolve(after);
    return true;
  }

  async function update() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      do {
        again = false;
        if (!(await patch())) return reload();
      } while (again);
    } catch (error) {
      return reload();
    } finally {
      busy = false;
    }
    document.documentElement.dataset.previewVersion = version;
  }

  // Its place --------------------------------------------------------------------------------------------------------

  function where() {
    // What stands at the top of the window: the last element with a name that begins above, and how far above.
    let found = null;
    const root = document.querySelector(ARTICLE) || document.body;
    for (const element of root.querySelectorAll("[id]")) {
      if (element.getBoundingClientRect().top > 100) break;
      if (element.getClientRects().length) found = element;
    }
    const top = found ? found.getBoundingClientRect().top : 0;
    return { id: found && window.scrollY > 0 ? found.id : "", top, x: window.scrollX, y: window.scrollY };
  }

  function return_to(place) {
    const named = place.id && document.getElementById(place.id);
    const y = named ? window.scrollY + named.getBoundingClientRect().top - place.top : place.y;
    window.scrollTo({ left: place.x, top: y, behavior: "instant" });
  }

  function reload() {
    const details = [...document.querySelectorAll("details")].map((element) => element.open);
    const focus = document.activeElement ? document.activeElement.id : "";
    const kept = { path: location.pathname, time: Date.now(), place: where(), details, focus, panel: open };
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
    history.scrollRestoration = "manual";
    location.reload();
  }

  function restore() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    sessionStorage.removeItem(KEPT);
    if (!kept || kept.path !== location.pathname || Date.now() - kept.time > STALE_MS) return;
    const details = [...document.querySelectorAll("details")];
    if (details.length === kept.details.length) details.forEach((element, at) => (element.open = kept.details[at]));
    open = kept.panel;
    const focused = kept.focus && document.getElementById(kept.focus);
    if (focused) focused.focus({ preventScroll: true });
    let mine = true;
    const leave = () => (mine = false);
    const back = () => mine && return_to(kept.place);
    const over = () => {
      leave();
      history.scrollRestoration = "auto";
    };
    for (const event of ["wheel", "touchstart", "keydown", "mousedown"]) addEventListener(event, leave, { once: true });
    back();
    // Formulas, pictures and fonts come later and move everything.
    const grows = new ResizeObserver(back);
    grows.observe(document.body);
    addEventListener("load", back);
    setTimeout(() => (grows.disconnect(), over()), RESTORE_MS);
  }

  // What the server says ---------------------------------------------------------------------------------------------

  function connect() {
    if (source || document.hidden) return;
    const query = `page=${encodeURIComponent(location.pathname)}&version=${version}`;
    source = new EventSource(`/_toolchain/events?${query}`);
    source.addEventListener("page", update);
    source.addEventListener("state", (event) => show({ ...JSON.parse(event.data), gone: false }));
    source.addEventListener("error", () => {
      disconnect();
      show({ ...state, gone: true });
      setTimeout(connect, RETRY_MS);
    });
  }

  function disconnect() {
    if (source) source.close();
    source = null;
  }

  // A browser has few connections to one server: pages that nobody sees do without.
  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", (event) => event.persisted && connect());

  // The panel --------------------------------------------------------------------------------------------------------

  let state = { here: [], elsewhere: [], others: 0, stopped: [], doing: "", waiting: [], pdfs: [] };
  let open = false, seen = "";
  const host = document.createElement("toolchain-preview");
  const root = host.attachShadow({ mode: "open" });
  const style = document.createElement("link");
  const panel = document.createElement("div");
  style.rel = "stylesheet";
  style.href = "/_toolchain/preview.css";
  panel.hidden = true;
  style.addEventListener("load", () => (panel.hidden = false));
  root.append(style, panel);

  function make(tag, text, className, ...inside) {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    if (className) element.className = className;
    element.append(...inside.filter(Boolean));
    return element;
  }

  function button(text, act, label) {
    const made = make("button", text);
    made.type = "button";
    if (label) made.setAttribute("aria-label", label);
    made.addEventListener("click", act);
    return made;
  }

  function problem(told) {
    const place = told.href && told.href !== location.pathname ? make("a", told.place, "place") : make("span", told.place, "place");
    if (place.tagName === "A") place.href = told.href;
    return make("li", "", "problem", told.place && place, make("p", told.message, "message"),
      told.remedy && make("p", told.remedy, "remedy"), told.detail && make("pre", told.detail));
  }

  const list = (problems, className) => problems.length ? make("ul", "", className, ...problems.map(problem)) : null;
  const act = (what) => fetch(`/_toolchain/${what}`, { method: "POST" });
  const wrong = (told) => JSON.stringify([told.stopped, told.here]);

  function show(told) {
    const news = wrong(told) !== seen && (told.stopped.length || told.here.length);
    const dismissed = sessionStorage.getItem(DISMISSED) === wrong(told);
    if (!told.stopped.length && !told.here.length && seen && seen !== wrong(told)) open = false;
    if (news && !dismissed) open = true;
    if (told.waiting.length && !state.waiting.length) open = true;
    seen = wrong(told);
    state = told;
    draw();
  }

  function summary() {
    if (state.gone) return "preview ended";
    const words = [];
    if (state.stopped.length) words.push("not made");
    if (state.here.length) words.push(`${state.here.length} wrong here`);
    if (state.others) words.push(`${state.others} elsewhere`);
    if (state.waiting.length) words.push(`${state.waiting.length} to run`);
    if (state.doing) words.push("…");
    return words.join(" · ");
  }

  function pdf_controls() {
    if (state.making_pdf) return [make("span", "The PDF is being made; what you save goes before it. "), button("Cancel", () => act("leave-pdf"))];
    if (state.waiting.length) return [make("span", "The PDF takes the notebooks that wait: run them first.")];
    return [button("Make the PDF", () => act("make-pdf"))];
  }

  function draw() {
    const bad = state.stopped.length || state.here.length;
    panel.className = `panel ${open ? "open" : "closed"} ${bad ? "bad" : state.others ? "elsewhere" : ""} ${state.gone ? "gone" : ""}`;
    const toggle = button(summary() || "✓", () => ((open = !open), draw()), summary() ? "" : "Preview: nothing is wrong");
    toggle.className = "summary";
    toggle.setAttribute("aria-expanded", String(open));
    if (!open) {
      panel.replaceChildren(toggle);
      return;
    }
    const close = button("×", () => {
      sessionStorage.setItem(DISMISSED, wrong(state));
      open = false;
      draw();
    }, "Dismiss");
    close.className = "close";
    const others = state.others ? make("details", "", "others",
      make("summary", state.others === 1 ? "1 on another page" : `${state.others} on other pages`), list(state.elsewhere)) : null;
    const run = state.waiting.length ? make("p", `Waiting to be run: ${state.waiting.join(", ")} `, "waiting", button("Run", () => act("run"))) : null;
    const pdf = make("p", "", "pdf", ...state.pdfs.map((address) => {
      const link = make("a", decodeURIComponent(address.split("/").pop()));
      link.href = address;
      return link;
    }), ...pdf_controls());
    panel.replaceChildren(make("div", "", "head", toggle, close), make("div", "", "body",
      state.gone && make("p", "The preview has ended. This page goes on when it is started again."),
      list(state.stopped, "stopped"), list(state.here), others, run, state.doing && make("p", state.doing, "doing"), pdf));
  }

  const themed = () => (host.dataset.theme = document.documentElement.dataset.theme || "");
  new MutationObserver(themed).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  themed();
  panel.setAttribute("role", "status");
  document.body.append(host);
  restore();
  draw();
  document.documentElement.dataset.previewVersion = version;
  served = text_of_page().then(parsed, () => null);
  connect();
})();
