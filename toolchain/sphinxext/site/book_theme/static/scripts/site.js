/* What readers do with a page besides reading it. Waits until the page is there; loads nothing. */
"use strict";

(function () {
  const root = document.documentElement;
  /* Where the themes below have their own scripts on a page, these do what is theirs. */
  const alone = !document.querySelector('script[src*="pydata-sphinx-theme.js"]');
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const wide = matchMedia("(min-width: 992px)");
  const all = (selector, within) => Array.from((within || document).querySelectorAll(selector));

  /* A browser may refuse to keep anything, from file:// for instance. */
  const kept = (store, name, value) => {
    try {
      if (value === undefined) return window[store].getItem(name);
      window[store].setItem(name, value);
    } catch (refused) {}
    return null;
  };

  /* --- Colours --- */

  function setColours(mode) {
    root.dataset.mode = mode;
    root.dataset.theme = mode !== "auto" ? mode : dark.matches ? "dark" : "light";
    for (const button of all(".theme-change-button")) {
      button.setAttribute("aria-pressed", String(button.dataset.mode === mode));
    }
  }

  function colours() {
    setColours(root.dataset.mode || "auto");
    dark.addEventListener("change", () => setColours(root.dataset.mode));
    /* Paper is white. */
    addEventListener("beforeprint", () => (root.dataset.theme = "light"));
    addEventListener("afterprint", () => setColours(root.dataset.mode));
    for (const button of all(".theme-change-button")) {
      button.addEventListener("click", () => {
        setColours(button.dataset.mode);
        kept("localStorage", "mode", button.dataset.mode);
        kept("localStorage", "theme", root.dataset.theme);
      });
    }
  }

  /* --- Print: what is folded is on the paper, too --- */

  function unfoldForPrint() {
    let folded = [];
    addEventListener("beforeprint", () => {
      folded = all(".bd-article details:not([open])");
      for (const part of folded) part.open = true;
    });
    addEventListener("afterprint", () => {
      for (const part of folded) part.open = false;
    });
  }

  /* --- What scrolls in itself is reached by the keyboard, and what does not is no stop --- */

  function scrollers() {
    const parts = all(".bd-article :is(pre, .math-scroll, .pst-scrollable-table-container, .output.text_html)");
    const mark = () => {
      const scrolls = parts.map((part) => part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight);
      parts.forEach((part, index) => {
        if (scrolls[index]) part.tabIndex = 0;
        else part.removeAttribute("tabindex");
      });
    };
    if (document.fonts) document.fonts.ready.then(mark);
    addEventListener("resize", mark);
    mark();
  }

  /* --- Menus: elements that open by themselves, and close as menus do --- */

  function menus() {
    const close = (menu, focus) => {
      menu.open = false;
      if (focus) menu.querySelector("summary").focus();
    };
    document.addEventListener("click", (event) => {
      for (const menu of all("details.menu[open]")) {
        const chosen = event.target.closest(".dropdown-item");
        if (!menu.contains(event.target)) close(menu);
        else if (chosen) close(menu, chosen.matches("button"));
      }
    });
    document.addEventListener("focusin", (event) => {
      all("details.menu[open]").filter((menu) => !menu.contains(event.target)).forEach((menu) => close(menu));
    });
    document.addEventListener("keydown", (event) => {
      const menu = event.target.closest && event.target.closest("details.menu");
      if (!menu || !menu.open) return;
      if (event.key === "Escape") close(menu, true);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        const items = all(".dropdown-item", menu);
        const at = items.indexOf(document.activeElement);
        items[(at + step + items.length) % items.length].focus();
        event.preventDefault();
      }
    });
  }

  /* --- Sidebars: beside the text, or a drawer over it --- */

  function drawer(sidebar, dialog, button) {
    if (!sidebar || !dialog || !button) return;
    const move = (from, to) => to.append(...from.childNodes);
    const open = () => {
      move(sidebar, dialog);
      dialog.className = sidebar.className;
      button.setAttribute("aria-expanded", "true");
      dialog.showModal();
    };
    button.setAttribute("aria-expanded", "false");
    dialog.setAttribute("aria-label", button.title || button.getAttribute("aria-label") || "");
    button.addEventListener("click", open);
    dialog.addEventListener("click", (event) => {
      const outside = event.target === dialog && !inside(dialog.getBoundingClientRect(), event);
      if (outside || event.target.closest("a[href]")) dialog.close();
    });
    dialog.addEventListener("close", () => {
      move(dialog, sidebar);
      dialog.className = "";
      button.setAttribute("aria-expanded", "false");
    });
    return dialog;
  }

  const inside = (box, event) =>
    box.left <= event.clientX && event.clientX <= box.right && box.top <= event.clientY && event.clientY <= box.bottom;

  function sidebars() {
    const contents = document.getElementById("pst-primary-sidebar");
    const toggle = document.querySelector(".primary-toggle");
    if (toggle && contents) {
      const hide = (hidden) => {
        contents.classList.toggle("pst-sidebar-hidden", hidden);
        toggle.setAttribute("aria-expanded", String(!hidden));
      };
      /* Beside the text it goes away at a click, and is so on the next page. */
      toggle.addEventListener("click", (event) => {
        if (!wide.matches) return;
        event.stopImmediatePropagation();
        const hidden = !contents.classList.contains("pst-sidebar-hidden");
        hide(hidden);
        kept("sessionStorage", "sidebar", hidden ? "hidden" : "");
      });
      drawer(contents, document.getElementById("pst-primary-sidebar-modal"), toggle);
      if (wide.matches) hide(kept("sessionStorage", "sidebar") === "hidden");
    }
    drawer(
      document.getElementById("pst-secondary-sidebar"),
      document.getElementById("pst-secondary-sidebar-modal"),
      document.querySelector(".secondary-toggle"),
    );
    wide.addEventListener("change", () => all("dialog.bd-sidebar[open]").forEach((dialog) => dialog.close()));
    if (contents) keepPlace(contents);
  }

  /* The contents of the book stay where they were scrolled to; the page's own entry is in sight. */
  function keepPlace(contents) {
    const before = parseInt(kept("sessionStorage", "sidebar-scroll-top"), 10);
    if (!isNaN(before)) contents.scrollTop = before;
    const own = all(".bd-docs-nav .current > a, .bd-docs-nav a.current", contents).pop();
    if (own) {
      const view = contents.getBoundingClientRect();
      const line = own.getBoundingClientRect();
      if (line.top < view.top || line.bottom > view.bottom) contents.scrollTop += line.top - view.top - view.height / 4;
    }
    addEventListener("pagehide", () => kept("sessionStorage", "sidebar-scroll-top", contents.scrollTop));
  }

  /* --- Contents of the page: where the reader is --- */

  function whereInPage() {
    const links = all("#pst-page-toc-nav a[href^='#']").filter((link) => link.hash.length > 1);
    const headings = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
    if (!links.length) return;
    let waiting = false;
    const mark = () => {
      waiting = false;
      let at = -1;
      headings.forEach((heading, index) => {
        if (heading && heading.getBoundingClientRect().top < innerHeight / 3) at = index;
      });
      if (innerHeight + scrollY >= root.scrollHeight - 2 && location.hash) {
        /* A last section that is short never comes up: the reader has gone there by its name. */
        const named = links.findIndex((link) => link.hash === location.hash);
        if (named > at) at = named;
      }
      links.forEach((link, index) => {
        link.classList.toggle("active", index === at);
        if (index === at) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      });
    };
    const later = () => {
      if (!waiting) requestAnimationFrame(mark);
      waiting = true;
    };
    addEventListener("scroll", later, { passive: true });
    addEventListener("hashchange", later);
    addEventListener("resize", later);
    mark();
  }

  /* --- Back to the top --- */

  function backToTop() {
    const button = document.getElementById("pst-back-to-top");
    let last = scrollY;
    addEventListener("scroll", () => {
      document.body.classList.toggle("scrolled", scrollY > 0);
      /* It comes when the reader turns back, and far down only. */
      if (button && alone) button.classList.toggle("show", scrollY < last && scrollY > innerHeight);
      last = scrollY;
    }, { passive: true });
    if (!button || !alone) return;
    button.addEventListener("click", () => {
      scrollTo({ top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
      const main = document.getElementById("main-content");
      main.tabIndex = -1;
      main.focus({ preventScroll: true });
    });
  }

  /* --- Arrow keys: to the page before and the next, where nothing else has the focus --- */

  function arrows() {
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
      if (document.activeElement && document.activeElement !== document.body) return;
      if (root.scrollWidth > root.clientWidth || !getSelection().isCollapsed) return;
      const to = { ArrowLeft: "a.left-prev", ArrowRight: "a.right-next" }[event.key];
      const link = to && document.querySelector(to);
      if (link) link.click();
    });
  }

  /* --- What header buttons and the themes' options call --- */

  window.toggleFullScreen = () => {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (root.requestFullscreen) root.requestFullscreen();
  };

  window.initThebeSBT = () => {
    const title = document.querySelector("section h1");
    const next = title && title.nextElementSibling;
    if (title && !(next && next.classList.contains("thebe-launch-button"))) {
      const button = document.createElement("button");
      button.className = "thebe-launch-button";
      title.after(button);
    }
    window.initThebe();
  };

  /* The little of clipboard.js that copybutton.js calls, and the address that it asks Sphinx's options for. */
  function copying() {
    window.DOCUMENTATION_OPTIONS = window.DOCUMENTATION_OPTIONS || { URL_ROOT: root.dataset.content_root };
    window.ClipboardJS = window.ClipboardJS || class {
      constructor(selector, options) {
        this.callbacks = {};
        for (const button of all(selector)) {
          button.type = "button";
          button.setAttribute("aria-label", button.dataset.tooltip);
          button.addEventListener("click", () => {
            const tell = (name) => () => this.callbacks[name] && this.callbacks[name]({ trigger: button });
            copy(options.text(button)).then(tell("success"), tell("error"));
          });
        }
      }
      on(name, callback) {
        this.callbacks[name] = callback;
      }
    };
  }

  /* Pages from plain http have no clipboard of their own. */
  function copy(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const field = document.createElement("textarea");
    const focused = document.activeElement;
    field.value = text;
    field.style.cssText = "position: fixed; top: 0; opacity: 0";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (focused) focused.focus();
    return done ? Promise.resolve() : Promise.reject(new Error("copy"));
  }

  copying();
  menus();
  scrollers();
  unfoldForPrint();
  if (alone) {
    colours();
    sidebars();
    whereInPage();
    if (document.body.dataset.arrowKeys === "true") arrows();
  }
  backToTop();
})();
