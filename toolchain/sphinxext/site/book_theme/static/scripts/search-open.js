/* Opens the search: by its buttons, by Ctrl or Cmd + K, and by "/". What searches is loaded then, and not before. */
(() => {
  "use strict";
  const scripts = new URL(".", document.currentScript.src);
  const STYLE = new URL("../styles/search.css", scripts);
  // In this order: the index is handed to the engine.
  const NEEDED = ["search-engine.js", "search-view.js", "../search/index.js"];
  const page = document.getElementById("search-page");
  let loading = null;

  const loaded = (element) =>
    new Promise((resolve, reject) => {
      element.onload = resolve;
      element.onerror = () => reject(new Error(`The search could not load ${element.src || element.href}`));
      document.head.append(element);
    });

  const load = () => {
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: STYLE.href });
    const elements = NEEDED.map((name) =>
      Object.assign(document.createElement("script"), { src: new URL(name, scripts).href, async: false }),
    );
    return Promise.all([style, ...elements].map(loaded));
  };

  const open = async () => {
    const opener = document.activeElement;
    loading ||= load();
    try {
      await loading;
    } catch (error) {
      loading = null; // without a network, say: it may be there the next time
      throw error;
    }
    page ? window.toolchainSearch.view.onPage(page) : window.toolchainSearch.view.open(opener);
  };

  const typing = (element) => element?.closest?.("input, textarea, select, [contenteditable]:not([contenteditable=false])");

  document.addEventListener("click", (event) => {
    if (event.target.closest(".search-button__button")) {
      event.preventDefault();
      open();
    }
  });
  document.addEventListener("keydown", (event) => {
    const shortcut = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
    const slash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target);
    const isOn = document.querySelector(".search-button__button") || page;
    if (isOn && (shortcut || slash)) {
      event.preventDefault();
      open();
    }
  });
  if (page) {
    open();
  }
})();
