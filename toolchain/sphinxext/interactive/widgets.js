// Draws the widgets of a page from the state that the notebook has left, without a kernel and without a network.
//
// extension.js of widgetsnbextension, which is loaded after this file, has all that a widget needs, and expects to find
// Jupyter's classic notebook around it. Here is as much of that as it asks for.
"use strict";
(() => {
  const VIEW = "application/vnd.jupyter.widget-view+json";
  const STATE = "application/vnd.jupyter.widget-state+json";
  const PICTURES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
  const nothing = () => {};
  const text_of = (value) => (Array.isArray(value) ? value.join("") : String(value));
  const plain = (text) => text_of(text).replace(/\u001b\[[0-9;:]*m/g, "");
  const json_in = (type, root) =>
    [...root.querySelectorAll(`script[type="${type}"]`)].map((script) => [script, JSON.parse(script.textContent)]);
  let view_in = nothing;

  function element(name, text, className) {
    const made = document.createElement(name);
    made.textContent = text || "";
    made.className = className || "";
    return made;
  }

  function view_later(view, tries = 100) {
    // A widget is drawn only where its place is on the page, and the one that has caught it may not be there yet.
    const place = element("div");
    const draw = () => {
      if (place.isConnected) view_in(place, view);
      else if (tries-- > 0) setTimeout(draw, 50);
    };
    draw();
    return place;
  }

  function drawn(output) {
    // The element that shows an output which a widget has caught; null if there is nothing to show.
    if (output.output_type === "stream") return element("pre", plain(output.text), `output ${output.name}`);
    if (output.output_type === "error") return element("pre", plain(output.traceback.join("\n")), "output traceback");
    const data = output.data || {};
    if (data[VIEW]) return view_later(data[VIEW]);
    if (data["image/svg+xml"]) {
      const svg = element("img");
      svg.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(text_of(data["image/svg+xml"]));
      return svg;
    }
    const kind = PICTURES.find((kind) => data[kind]);
    if (kind) {
      const picture = element("img");
      picture.src = `data:${kind};base64,${text_of(data[kind]).replace(/\s/g, "")}`;
      return picture;
    }
    if (data["text/html"]) {
      const html = element("div", "", "output text_html");
      html.innerHTML = text_of(data["text/html"]);
      return html;
    }
    const words = data["text/markdown"] || data["text/latex"] || data["text/plain"];
    return words ? element("pre", plain(words), "output text_plain") : null;
  }

  class OutputArea {
    // What the widget `Output` shows its outputs in.
    constructor(options) {
      this.node = options.selector;
      this.outputs = [];
      this.element = { trigger: nothing };
    }
    clear_output() {
      this.node.replaceChildren();
    }
    fromJSON(outputs) {
      this.outputs = outputs;
      this.node.append(...outputs.map(drawn).filter(Boolean));
    }
    toJSON() {
      return this.outputs;
    }
    register_mime_type(_type, append) {
      // Called once, for widgets.
      const area = {
        keyboard_manager: { register_events: nothing },
        handle_output: nothing,
        handle_clear_output: nothing,
        create_output_subarea: () => [element("div", "", "output jupyter-widgets-view")],
      };
      view_in = (node, view) => {
        append.call(area, view, {}, { append: ([drawn]) => node.append(drawn) });
      };
    }
  }

  function draw_views() {
    json_in(VIEW, document).forEach(([script, view]) => {
      const place = element("div");
      script.after(place);
      view_in(place, view);
    });
  }

  const events = { on: nothing };
  const action = { register: nothing, get: () => ({ handler: nothing }) };
  const comm_manager = {
    register_target: nothing,
    // Six arguments, so that it is taken for a recent one.
    new_comm: (_target, _data, _callbacks, _metadata, _comm_id, _buffers) => {
      throw new Error("no kernel runs here");
    },
  };
  const kernel = {
    comm_manager,
    is_connected: () => true,
    comm_info: (_target, answer) => answer({ content: { comms: {} } }),
  };
  comm_manager.kernel = kernel;
  const Jupyter = {
    version: "6.5.0",
    notebook: {
      kernel,
      events,
      metadata: {},
      container: events,
      keyboard_manager: { actions: action },
      // Asked for its cells as soon as all models are there.
      get_cells: () => (draw_views(), []),
    },
    notification_area: { widget: nothing },
    menubar: { actions: action },
  };
  const modules = {
    "base/js/namespace": Jupyter,
    "base/js/events": events,
    "notebook/js/outputarea": { OutputArea },
  };

  const was = { Jupyter: window.Jupyter, define: window.define, requirejs: window.requirejs };
  window.Jupyter = Jupyter;
  window.requirejs = (names, found) => found(...names.map((name) => modules[name]));
  window.requirejs.config = nothing;
  // A page's own `define` would take what comes with it for its own module.
  const here = document.currentScript.src;
  window.define = (_names, make) => {
    window.define = was.define;
    const extension = make({ uri: here, id: "widgets" });
    const start = () => {
      const states = json_in(STATE, document).map(([, states]) => states);
      Jupyter.notebook.metadata.widgets = { [STATE]: states[0] };
      // Every widget would have a mark that there is no kernel.
      document.head.append(element("style", ".jupyter-widgets-disconnected::before { display: none !important; }"));
      // The extension puts a menu beside the one for help.
      const menu = element("ul");
      menu.innerHTML = "<li><a id='help_menu'></a></li>";
      menu.hidden = true;
      document.body.append(menu);
      extension.load_ipython_extension().finally(() => menu.remove());
    };
    document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
  };
})();
