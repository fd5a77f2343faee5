/*
 * Finds sections of the book. The index is made with the site (toolchain/sphinxext/site/search); its scripts call
 * toolchainSearch.index, .places and .text when they are loaded, from a folder as from a server.
 */
window.toolchainSearch = (() => {
  "use strict";
  const folder = new URL("../search/", document.currentScript.src);

  // Words: as words.py makes them of the text of the book.
  const RUN = /[\p{L}\p{N}_]+(?:\.[\p{L}\p{N}_]+)*/gu;
  const UNSPACED = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]+/gu;
  const NUMBER = /^(?:[a-z]\.)?\d+(?:\.\d+)*$|^[a-z]$/;
  const HUMP = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g; // a part of a name such as L2Loss
  const LEVEL = /(\d*)([A-Z])/g;

  // How well a word of the book stands for one that was typed.
  const SAME = 1, SAME_STEM = 0.8, BEGUN = 0.7, MISTYPED = 0.6, BEGINS_ALIKE = 0.4;
  const MOST_OTHERS = 40; // words that stand for a typed one
  const LONGEST = 64; // letters of a word that anybody looks for
  const LEAST_PART = 5; // letters of what is found within a longer word
  const MOST_WORDS = 24; // of a query
  const TITLE_HAS_ALL = 1.6, TITLE_IS_ALL = 1.5, WHOLE_PAGE = 1.1;
  const LOOKED_AT = 100; // results whose titles are compared

  let words, groups, ids, masks, sections, pages, stop, kinds, files, said;
  const places = []; // by word, as far as they are loaded
  const texts = new Map(); // by page
  const loading = new Map(); // by address

  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").normalize("NFC").toLowerCase();

  /** Return the words of a text: names whole, and scripts without spaces in pairs of characters. */
  const tokens = (text) => {
    const found = [];
    for (const [run] of fold(text).matchAll(RUN)) {
      let at = 0;
      const word = (end) => {
        const spaced = run.slice(at, end).replace(/^\.+|\.+$/g, "");
        if (spaced) found.push(spaced);
      };
      for (const unspaced of run.matchAll(UNSPACED)) {
        word(unspaced.index);
        const signs = Array.from(unspaced[0]);
        for (let first = 0; first < Math.max(1, signs.length - 1); first++) {
          found.push(signs.slice(first, first + 2).join(""));
        }
        at = unspaced.index + unspaced[0].length;
      }
      word(run.length);
    }
    return found;
  };

  /** Return how many typing errors lie between two words, a swap of neighbours being one; more than `most` is `most + 1`. */
  const errors = (typed, word, most) => {
    if (Math.abs(typed.length - word.length) > most) return most + 1;
    let before = [], last = [], row = Array.from({ length: word.length + 1 }, (_, at) => at);
    for (let i = 1; i <= typed.length; i++) {
      [before, last, row] = [last, row, [i]];
      let least = i;
      for (let j = 1; j <= word.length; j++) {
        const same = typed[i - 1] === word[j - 1];
        row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
        if (i > 1 && j > 1 && typed[i - 1] === word[j - 2] && typed[i - 2] === word[j - 1]) {
          row[j] = Math.min(row[j], before[j - 2] + 1);
        }
        least = Math.min(least, row[j]);
      }
      if (least > most) return most + 1;
    }
    return row[word.length];
  };

  /** Return a word's letters as bits: an error changes two of them at most. */
  const mask = (word) => {
    let bits = 0;
    for (let at = 0; at < word.length; at++) bits |= 1 << (word.charCodeAt(at) % 31);
    return bits;
  };
  const count = (bits) => {
    let found = 0;
    for (; bits; bits &= bits - 1) found++;
    return found;
  };

  /** Return the words that are like a typed one but for typing errors; those that begin so, too, if it is still being typed. */
  const mistyped = (typed, isBegun) => {
    const most = typed.length >= 8 ? 2 : typed.length >= 4 ? 1 : 0;
    if (!most || /\d/.test(typed)) return [];
    const bits = mask(typed);
    const found = [];
    words.forEach((word, id) => {
      if (word.includes(":") || word.length < typed.length - most) return;
      if (!isBegun && (word.length > typed.length + most || count(bits ^ masks[id]) > 2 * most)) return;
      if (isBegun && count(bits & ~masks[id]) > most) return;
      const shown = isBegun ? word.slice(0, typed.length) : word;
      const wrong = errors(typed, shown, most);
      if (wrong <= most) found.push([id, wrong + (shown[0] === typed[0] ? 0 : 0.5) + (word.length - shown.length) / 100]);
    });
    return found
      .sort((one, other) => one[1] - other[1])
      .slice(0, 8)
      .map(([id, wrong]) => [id, MISTYPED ** wrong]);
  };

  /** Return the words that a typed one is a part of. */
  const around = (typed) => {
    const found = [];
    if (typed.length < LEAST_PART) return found;
    words.forEach((word, id) => {
      if (!word.includes(":") && word.includes(typed)) found.push([id, BEGUN * Math.sqrt(typed.length / word.length)]);
    });
    return found.sort((one, other) => other[1] - one[1]);
  };

  /** Return the words that have the longest beginning in common with a typed one, if that is half of it. */
  const beginsAlike = (typed) => {
    let longest = Math.max(4, Math.ceil(typed.length / 2)), found = [];
    words.forEach((word, id) => {
      let same = 0;
      while (same < word.length && word[same] === typed[same]) same++;
      if (same > longest) [longest, found] = [same, []];
      if (same === longest) found.push([id, BEGINS_ALIKE]);
    });
    return found;
  };

  /** Return the words of the book that stand for a typed one, with how well they do. */
  const candidates = (typed, isLast) => {
    const found = new Map();
    const add = (id, quality) => {
      for (let at = groups[id][0]; at < groups[id][1]; at++) {
        const own = quality * (at === id ? SAME : SAME_STEM);
        if (own > (found.get(at) || 0)) found.set(at, own);
      }
    };
    const exact = ids.get(typed);
    if (exact !== undefined) add(exact, SAME);
    if (isLast && typed.length > 1) {
      const begun = [];
      words.forEach((word, id) => {
        if (id !== exact && word.startsWith(typed) && !word.includes(":")) begun.push(id);
      });
      begun.sort((one, other) => words[one].length - words[other].length);
      for (const id of begun.slice(0, MOST_OTHERS)) {
        const quality = BEGUN * Math.sqrt(typed.length / words[id].length);
        add(id, exact === undefined ? quality : quality / 2);
      }
    }
    for (const others of [() => around(typed), () => mistyped(typed, false), () => (isLast ? mistyped(typed, true) : []), () => beginsAlike(typed)]) {
      if (found.size) break;
      for (const [id, quality] of others().slice(0, MOST_OTHERS)) add(id, quality);
    }
    return found;
  };

  /** Say whether a name is a part of one that the book has, or is one with a slip. */
  const isPart = (typed, isLast) =>
    (isLast && words.some((word) => word.startsWith(typed))) ||
    (!/[._]/.test(typed) && (around(typed).length || mistyped(typed, false).length) > 0);

  /** Return what is looked for: words, and things with a number such as `equation:2.11`. */
  const wanted = (query) => {
    const typed = tokens(query).slice(0, MOST_WORDS).map((word) => word.slice(0, LONGEST));
    // Names by their parts, as words.py has them; in small letters nobody would see these.
    const parts = new Map();
    for (const [run] of query.matchAll(RUN)) {
      const humps = (name) => (ids.has(fold(name)) || !/^[a-z\d]+$/i.test(name) ? [name] : name.match(HUMP) || [name]);
      parts.set(fold(run), run.split(/[._]+/).flatMap(humps));
    }
    const found = [];
    for (let at = 0; at < typed.length; at++) {
      // `figure 1.3`, and, as in Chinese, the number first.
      const pair = [typed[at], typed[at + 1] || ""];
      const numbered = [pair, [pair[1], pair[0]]]
        .filter(([, number]) => NUMBER.test(number))
        .map(([kind, number]) => `${kinds.get(kind)}:${number}`)
        .find((word) => ids.has(word));
      if (numbered) {
        found.push(numbered);
        at++;
      } else {
        // A name that the book has not got: its parts, or what it is a part of.
        const own = (parts.get(typed[at]) || []).map(fold).filter(Boolean);
        const isWhole = ids.has(typed[at]) || own.length < 2 || isPart(typed[at], at === typed.length - 1);
        found.push(...(isWhole ? [typed[at]] : own));
      }
    }
    const said = found.filter((word) => ids.has(word) || (word.length > 1 && !stop.has(word)) || word.search(UNSPACED) >= 0);
    return [...new Set(said)];
  };

  const load = (name) => {
    if (!loading.has(name)) {
      const script = document.createElement("script");
      script.src = new URL(name, folder).href;
      loading.set(
        name,
        new Promise((resolve, reject) => {
          script.onload = resolve;
          script.onerror = () => {
            loading.delete(name);
            reject(new Error(`The search could not load ${script.src}`));
          };
        }),
      );
      document.head.append(script);
    }
    return loading.get(name);
  };

  const loadPlaces = (wordIds) => {
    const names = new Set();
    for (const id of wordIds) {
      if (places[id] === undefined) names.add(files.filter(([first]) => first <= id).pop()[1]);
    }
    return Promise.all([...names].map(load));
  };

  /** Return the sections that a query finds, the best first: each with its words of the book. */
  const search = async (query) => {
    const typed = wanted(query);
    const isOpen = /[\p{L}\p{N}_]$/u.test(query.trimEnd()); // the last word may go on
    const found = typed.map((word, at) => candidates(word, isOpen && at === typed.length - 1));
    await loadPlaces(new Set(found.flatMap((stands) => [...stands.keys()])));
    const total = new Float64Array(sections.length);
    const matched = new Float64Array(sections.length);
    let possible = 0;
    for (const stands of found) {
      const best = new Map();
      for (const [id, quality] of stands) {
        let section = -1;
        for (const [, between, level] of places[id].matchAll(LEVEL)) {
          section += Number(between) + 1;
          const worth = quality * (level.charCodeAt(0) - 64);
          if (worth > (best.get(section) || 0)) best.set(section, worth);
        }
      }
      if (!best.size) continue;
      const rarity = Math.log(1 + (sections.length - best.size + 0.5) / (best.size + 0.5)) + 0.1;
      possible += rarity;
      for (const [section, worth] of best) {
        total[section] += worth * rarity;
        matched[section] += rarity;
      }
    }
    const hits = new Set(found.flatMap((stands) => [...stands.keys()].map((id) => words[id])));
    const scored = [];
    total.forEach((score, section) => {
      const share = matched[section] / possible;
      if (score && share > 0.5) scored.push([section, score * share ** 3]);
    });
    scored.sort((one, other) => other[1] - one[1] || one[0] - other[0]);
    for (const result of scored.slice(0, LOOKED_AT)) result[1] *= byTitle(sections[result[0]], found);
    scored.sort((one, other) => other[1] - one[1] || one[0] - other[0]);
    return { results: scored.map(([section]) => sections[section]), hits };
  };

  /** Return by how much more a section counts for its title: one that says all that was typed, and nothing else. */
  const byTitle = (section, found) => {
    const title = tokens(section.title).filter((word) => !stop.has(word));
    const inTitle = found.filter((stands) => title.some((word) => (stands.get(ids.get(word)) || 0) >= BEGINS_ALIKE));
    if (!found.length || inTitle.length < found.length) return 1;
    return TITLE_HAS_ALL * (title.length === found.length ? TITLE_IS_ALL : 1) * (section.place ? 1 : WHOLE_PAGE);
  };

  /** Return the text of a section in paragraphs, as it is on its page. */
  const textOf = async (section) => {
    const { name } = section.page;
    if (!texts.has(name)) await load(`text/${name.split("/").map(encodeURIComponent).join("/")}.js`);
    return (texts.get(name) || [])[section.onPage] || [];
  };

  /** Return a part of a text in which words are hit, in pieces: [piece, is it one of the words]. */
  const excerpt = (paragraphs, hits, length) => {
    let best = { worth: -1, text: "", at: 0 };
    for (const text of paragraphs) {
      const marks = marked(text, hits);
      marks.forEach((mark, at) => {
        const near = marks.slice(at).filter((other) => other.end <= mark.start + length);
        const worth = new Set(near.map((other) => other.word)).size + near.length / 100;
        if (worth > best.worth) best = { worth, text, at: mark.start };
      });
    }
    if (best.worth < 0) best.text = paragraphs[0] || "";
    const { text } = best;
    let start = Math.max(0, Math.min(best.at - length / 4, text.length - length));
    if (start > 0) start = text.indexOf(" ", start) + 1 || start;
    let end = Math.min(text.length, start + length);
    if (end < text.length) end = Math.max(text.lastIndexOf(" ", end), start + length / 2);
    const pieces = [[start > 0 ? "… " : "", false]];
    let at = start;
    for (const mark of marked(text, hits).filter((own) => own.start >= start && own.end <= end)) {
      pieces.push([text.slice(at, mark.start), false], [text.slice(mark.start, mark.end), true]);
      at = mark.end;
    }
    pieces.push([text.slice(at, end) + (end < text.length ? " …" : ""), false]);
    return pieces.filter(([piece]) => piece);
  };

  /** Return where words are in a text as it is shown. */
  const marked = (text, hits) => {
    const found = [];
    for (const run of text.matchAll(/[\p{L}\p{N}\p{M}_]+(?:\.[\p{L}\p{N}\p{M}_]+)*/gu)) {
      const inRun = run[0].matchAll(UNSPACED);
      const whole = fold(run[0]);
      if (hits.has(whole)) {
        found.push({ start: run.index, end: run.index + run[0].length, word: whole });
        continue;
      }
      for (const unspaced of inRun) {
        for (let at = 0; at < unspaced[0].length; at++) {
          const pair = fold(unspaced[0].slice(at, at + 2));
          if (!hits.has(pair)) continue;
          const start = run.index + unspaced.index + at;
          const last = found.at(-1);
          if (last && last.end > start) last.end = start + pair.length;
          else found.push({ start, end: start + pair.length, word: pair });
        }
      }
      for (const part of whole === run[0].toLowerCase() ? run[0].matchAll(/[^._]+/gu) : []) {
        const word = fold(part[0]);
        const start = run.index + part.index;
        if (word !== whole && hits.has(word)) found.push({ start, end: start + part[0].length, word });
      }
    }
    return found;
  };

  return {
    search,
    textOf,
    excerpt,
    tokens,
    get said() {
      return said;
    },
    /** Take the index. */
    index(told) {
      ({ said, places: files } = told);
      kinds = new Map(Object.entries(told.kinds));
      stop = new Set(told.stop.split(" "));
      [words, groups, ids] = [[], [], new Map()];
      for (const group of told.words ? told.words.split(",") : []) {
        const own = group.split(" ");
        const range = [words.length, words.length + own.length];
        for (const word of own) {
          ids.set(word, words.length);
          words.push(word);
          groups.push(range);
        }
      }
      masks = words.map(mask);
      pages = told.pages.map(([name, address, parent]) => ({ name, address, parent }));
      sections = told.pages.flatMap(([, , , ...own], at) => {
        const [first] = own;
        if (first) Object.assign(pages[at], { number: first[1], title: first[2] });
        return own.map(([place, number, title], onPage) => ({ page: pages[at], place, number, title, onPage }));
      });
    },
    /** Take the places of words from one of them on. */
    places(first, found) {
      found.forEach((own, at) => (places[first + at] = own));
    },
    /** Take the text of a page. */
    text(page, paragraphs) {
      texts.set(page, paragraphs);
    },
    /** Return the pages that list a page, from the outermost on; the first page of the book lists all, and is none. */
    above(page) {
      const above = [];
      for (let at = page.parent; at >= 0 && !above.includes(pages[at]); at = pages[at].parent) above.unshift(pages[at]);
      return above.filter((one) => one.parent >= 0);
    },
  };
})();
