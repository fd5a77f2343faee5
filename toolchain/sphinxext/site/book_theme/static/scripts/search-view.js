/* What readers see of the search: a dialog over the page, or the page search.html. Nothing of the index is taken for HTML. */
(() => {
  "use strict";
  const engine = window.toolchainSearch;
  const MOST = 30; // results that are shown
  const EXCERPT = 200; // characters
  const root = document.documentElement.dataset.content_root || "./";

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
    made.append(...children);
    return made;
  };
  const numbered = ({ number, title }) => (number ? `${number} ${title}` : title);

  /** A field, and below it what is found as one types: in a dialog, or in a page. */
  class Search {
    constructor(place) {
      const { said } = engine;
      this.place = place;
      this.query = "";
      this.field = element("input", {
        type: "search",
        name: "q",
        "aria-label": said.search,
        placeholder: said.search,
        autocomplete: "off",
        autocapitalize: "off",
        spellcheck: "false",
        enterkeyhint: "search",
      });
      this.status = element("p", { class: "search-status", role: "status" });
      this.list = element("ol", { class: "search-list", "aria-label": said.results });
      this.form = element("form", { class: "search-form", role: "search", action: `${root}search.html` }, this.field);
      place.append(this.form, this.status, this.list);
      this.field.addEventListener("input", () => this.find());
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.find().then(() => this.links()[0]?.click());
      });
      place.addEventListener("keydown", (event) => this.move(event));
    }

    links() {
      return [...this.list.querySelectorAll("a")];
    }

    /** Arrows lead from the field through the results and back; whoever types on, types in the field. */
    move(event) {
      const stops = [this.field, ...this.links()];
      const at = stops.indexOf(document.activeElement);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
      if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      if (to !== undefined) {
        event.preventDefault();
        stops[Math.max(0, Math.min(stops.length - 1, to))].focus();
      } else if (at > 0 && (event.key.length === 1 || event.key === "Backspace") && event.key !== " ") {
        this.field.focus();
      }
    }

    async find() {
      const query = (this.query = this.field.value);
      let found;
      try {
        found = await engine.search(query);
      } catch (error) {
        this.status.textContent = error.message;
        return;
      }
      if (query !== this.query) return; // something else has been typed meanwhile
      const { results, hits } = found;
      const { said } = engine;
      this.status.textContent = query.trim() ? said[results.length === 1 ? "one" : "several"].replace("{}", results.length) : "";
      const items = results.slice(0, MOST).map((section) => this.item(section));
      this.list.replaceChildren(...items.map(({ item }) => item));
      this.shown?.(query);
      await Promise.all(items.map((item) => this.fill(item, hits)));
    }

    item(section) {
      const { page } = section;
      const above = [...engine.above(page), ...(section.place ? [page] : [])].map(numbered);
      const text = element("span", { class: "search-text" });
      const link = element(
        "a",
        { href: `${root}${page.address}${section.place ? `#${encodeURIComponent(section.place)}` : ""}` },
        element("span", { class: "search-title" }, numbered(section) || page.name),
        element("span", { class: "search-above" }, above.join(" › ")),
        text,
      );
      link.addEventListener("click", () => this.left?.());
      return { item: element("li", {}, link), text, section };
    }

    /** Show the part of a section's text in which something was found, when it is there. */
    async fill({ text, section }, hits) {
      const paragraphs = await engine.textOf(section).catch(() => []); // the result is one without it
      const pieces = engine.excerpt(paragraphs, hits, EXCERPT);
      text.replaceChildren(...pieces.map(([piece, isHit]) => (isHit ? element("mark", {}, piece) : piece)));
    }
  }

  let dialog = null, onPage = null;

  const makeDialog = () => {
    const made = element("dialog", { id: "search-dialog", class: "search", "aria-label": engine.said.search });
    const search = new Search(made);
    const close = element("button", { type: "button", class: "search-close", "aria-label": engine.said.close }, "×");
    search.form.append(close);
    search.left = () => made.close();
    close.addEventListener("click", () => made.close());
    // In a field with text in it, browsers would only empty that.
    made.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.preventDefault();
        made.close();
      }
    });
    // A click beside it: the dialog's own box is all behind its content.
    made.addEventListener("click", (event) => event.target === made && made.close());
    document.body.append(made);
    return { made, search };
  };

  engine.view = {
    /** Open the dialog; when it is closed, the focus is where it was. */
    open(opener) {
      dialog ||= makeDialog();
      const { made, search } = dialog;
      if (!made.open) {
        made.showModal();
        made.addEventListener("close", () => opener?.focus?.({ preventScroll: true }), { once: true });
      }
      search.field.focus();
      search.field.select();
    },
    /** Search in the page, for what its address says. */
    onPage(place) {
      if (onPage) {
        onPage.field.focus();
        return;
      }
      onPage = new Search(place);
      onPage.shown = (query) => {
        const address = new URL(window.location.href);
        query ? address.searchParams.set("q", query) : address.searchParams.delete("q");
        window.history.replaceState(null, "", address);
      };
      onPage.field.value = new URLSearchParams(window.location.search).get("q") || "";
      onPage.field.focus();
      onPage.find();
    },
  };
})();
