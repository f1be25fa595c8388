"use strict";
(function () {
  const byId = (id) => document.getElementById(id);
  const all = (root, query) => Array.from(root.querySelectorAll(query));
  const make = (name, text, className) => {
    const node = document.createElement(name);
    if (text !== undefined) node.textContent = text;
    if (className) node.className = className;
    return node;
  };
  const percent = (value) => {
    if (value === null || value === undefined) return "–";
    if (value > 1e-12 && value < 0.0005) return "<0.1 %";
    if (value >= 0.9995 && value < 1 - 1e-9) return ">99.9 %";
    return (value * 100).toFixed(1) + " %";
  };

  // Tables: sorting by what the cell holds in full, and csv of the same.
  const full = (cell) => (cell.dataset.v !== undefined ? cell.dataset.v : cell.textContent);
  function sortBy(table, column, button) {
    const head = button.closest("th");
    const up = head.getAttribute("aria-sort") === "descending";
    all(table, "thead th").forEach((th) => th.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0];
    const keyed = Array.from(body.rows).map((row) => {
      const value = full(row.cells[column]);
      const number = value === "" ? NaN : Number(value);
      return { row, value, number };
    });
    const numeric = keyed.every((k) => k.value === "" || !Number.isNaN(k.number));
    keyed.sort((a, b) => {
      if ((a.value === "") !== (b.value === "")) return a.value === "" ? 1 : -1;
      const order = numeric ? a.number - b.number : a.value.localeCompare(b.value);
      return up ? order : -order;
    });
    keyed.forEach((k) => body.appendChild(k.row));
  }
  function csvCell(text) {
    // Text that a spreadsheet would take for a formula is led by an apostrophe.
    const formula = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text));
    const safe = formula ? "'" + text : text;
    return /[",\n\r]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
  }
  function csv(table) {
    const heads = all(table, "thead th").map((th) => csvCell(th.dataset.key || th.textContent));
    const rows = Array.from(table.tBodies[0].rows).map((row) =>
      Array.from(row.cells).map((cell) => csvCell(full(cell))).join(",")
    );
    return [heads.join(",")].concat(rows).join("\n") + "\n";
  }
  all(document, "table.data").forEach((table) => {
    all(table, "thead th button").forEach((button, column) => {
      button.addEventListener("click", () => sortBy(table, column, button));
    });
    const get = byId(table.id + "-csv");
    if (get) {
      get.addEventListener("click", () => {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(new Blob([csv(table)], { type: "text/csv" }));
        link.download = table.dataset.file + ".csv";
        document.body.appendChild(link);
        link.click();
        link.remove();
        setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      });
    }
  });

  // The network.
  const holder = byId("graph");
  const block = byId("network-data");
  if (!holder || !block) return;
  const data = JSON.parse(block.textContent);
  const svg = holder.querySelector("svg");
  const places = all(svg, ".place");
  const flows = all(svg, ".flow");
  const size = svg.viewBox.baseVal;
  const whole = { x: 0, y: 0, w: size.width, h: size.height };
  let view = Object.assign({}, whole);
  svg.setAttribute("role", "group");
  svg.setAttribute("preserveAspectRatio", "xMidYMid meet");
  svg.removeAttribute("width");
  svg.removeAttribute("height");

  function show() {
    svg.setAttribute("viewBox", [view.x, view.y, view.w, view.h].map((v) => v.toFixed(1)).join(" "));
  }
  function zoom(factor, cx, cy) {
    const w = Math.min(Math.max(view.w * factor, 150), whole.w * 1.5);
    const ratio = w / view.w;
    view = { x: cx - (cx - view.x) * ratio, y: cy - (cy - view.y) * ratio, w: w, h: view.h * ratio };
    show();
  }
  const middle = () => [view.x + view.w / 2, view.y + view.h / 2];
  function fit() {
    view = Object.assign({}, whole);
    show();
  }
  // Letters must be legible at first: the view begins at the product, no smaller than four fifths of its size.
  function begin() {
    let box = holder.getBoundingClientRect();
    const scale = Math.min(Math.max(box.width / whole.w, 0.8), 1.2);
    holder.style.height = Math.max(300, Math.min(box.height, whole.h * scale + 8)) + "px";
    box = holder.getBoundingClientRect();
    const w = box.width / scale;
    const h = box.height / scale;
    const y = h > whole.h ? 0 : Math.max(0, Math.min(productY() - h / 2, whole.h - h));
    view = { x: Math.max(0, whole.w - w), y: y, w: w, h: h };
    if (w > whole.w) view.x = (whole.w - w) / 2;
    show();
  }
  function heaviestProduct() {
    let best = -1;
    data.places.forEach((p, at) => {
      if (p.product && (best < 0 || p.value > data.places[best].value)) best = at;
    });
    return best;
  }
  function productY() {
    const at = heaviestProduct();
    if (at < 0) return whole.h / 2;
    const box = places.find((p) => Number(p.dataset.i) === at).getBBox();
    return box.y + box.height / 2;
  }
  function pixel() {
    const box = holder.getBoundingClientRect();
    return Math.max(view.w / box.width, view.h / box.height);
  }
  byId("zoom-in").addEventListener("click", () => zoom(0.7, ...middle()));
  byId("zoom-out").addEventListener("click", () => zoom(1 / 0.7, ...middle()));
  byId("zoom-all").addEventListener("click", fit);
  holder.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = holder.getBoundingClientRect();
    const step = pixel();
    const cx = view.x + view.w / 2 + (event.clientX - box.left - box.width / 2) * step;
    const cy = view.y + view.h / 2 + (event.clientY - box.top - box.height / 2) * step;
    zoom(event.deltaY < 0 ? 0.85 : 1 / 0.85, cx, cy);
  }, { passive: false });
  const fingers = new Map();
  let moved = false;
  holder.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    moved = false;
  });
  window.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    const others = Array.from(fingers.entries()).filter(([id]) => id !== event.pointerId);
    if (others.length === 1) {
      const other = others[0][1];
      const far = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      if (far(now) > 5) zoom(far(before) / far(now), ...middle());
    } else if (others.length === 0) {
      const step = pixel();
      view.x -= (now[0] - before[0]) * step;
      view.y -= (now[1] - before[1]) * step;
      show();
    }
    if (Math.hypot(now[0] - before[0], now[1] - before[1]) > 2) moved = true;
    fingers.set(event.pointerId, now);
  });
  ["pointerup", "pointercancel"].forEach((name) =>
    window.addEventListener(name, (event) => fingers.delete(event.pointerId))
  );

  // What is shown: depth, country, search.
  const depth = byId("depth");
  const country = byId("country");
  const search = byId("search");
  const found = byId("found");
  const state = { chosen: null };
  function filter() {
    const deepest = Number(depth.value);
    byId("depth-shown").textContent = depth.value;
    const wanted = search.value.trim().toLowerCase();
    let hits = 0;
    let shown = 0;
    const bright = data.places.map((place, at) => {
      const node = places.find((p) => Number(p.dataset.i) === at);
      const there = place.tier === null || place.tier <= deepest;
      node.classList.toggle("gone", !there);
      const fits = wanted === "" || [place.id, place.label, place.commodity, place.where].some((t) => t.toLowerCase().includes(wanted));
      const home = country.value === "" || place.country === country.value;
      const lit = there && fits && home;
      node.classList.toggle("dim", !lit);
      if (there) shown += 1;
      if (lit) hits += 1;
      return { there: there, lit: lit };
    });
    const all_lit = wanted === "" && country.value === "";
    flows.forEach((flow) => {
      const from = bright[Number(flow.dataset.f)];
      const to = bright[Number(flow.dataset.t)];
      const touched = from.lit || to.lit;
      flow.classList.toggle("gone", !(from.there && to.there));
      flow.classList.toggle("dim", !(all_lit || touched));
    });
    found.textContent = all_lit ? shown + " sites shown" : hits + " of " + shown + " sites match";
    if (wanted !== "" && hits > 0) look(bright.findIndex((b) => b.lit));
  }
  function look(at) {
    const node = places.find((p) => Number(p.dataset.i) === at);
    const box = node.getBBox();
    view.x = box.x + box.width / 2 - view.w / 2;
    view.y = box.y + box.height / 2 - view.h / 2;
    show();
  }
  [depth, country].forEach((input) => input.addEventListener("input", filter));
  search.addEventListener("input", filter);

  // One site: its figures, its source, its way to the product.
  const detail = byId("detail");
  function line(list, name, text) {
    list.appendChild(make("dt", name));
    list.appendChild(make("dd", text));
  }
  function route(at) {
    const steps = [at];
    const met = new Set(steps);
    while (!data.places[steps[steps.length - 1]].product) {
      const here = steps[steps.length - 1];
      let best = null;
      data.flows.forEach((flow) => {
        if (flow[0] === here && !met.has(flow[1]) && (best === null || flow[2] > best[2])) best = flow;
      });
      if (best === null) break;
      steps.push(best[1]);
      met.add(best[1]);
    }
    return steps;
  }
  function choose(at) {
    const place = data.places[at];
    state.chosen = at;
    places.forEach((p) => {
      const own = Number(p.dataset.i) === at;
      p.classList.toggle("chosen", own);
      p.setAttribute("tabindex", own ? "0" : "-1");
    });
    const steps = route(at);
    const onRoute = new Set(steps.slice(1).map((to, i) => steps[i] + ">" + to));
    flows.forEach((flow) => {
      flow.classList.toggle("lit", onRoute.has(flow.dataset.f + ">" + flow.dataset.t));
    });
    detail.textContent = "";
    detail.appendChild(make("h3", place.label));
    const list = make("dl");
    line(list, "makes", place.commodity);
    line(list, "where", place.where);
    line(list, "stage and first tier", place.stage + (place.tier === null ? "" : ", tier " + place.tier));
    line(list, "value that passes through it", percent(Math.min(place.value, 1)));
    line(list, "its part of this commodity", percent(place.share));
    line(list, "lost with it, nobody rerouting", percent(place.at_risk));
    line(list, "single point of failure", place.single ? "yes" : "no");
    line(list, "source", place.source || "none given");
    line(list, "id", place.id);
    detail.appendChild(list);
    detail.appendChild(make("h3", "Heaviest way to the product"));
    const way = make("ol");
    steps.forEach((step) => {
      const item = make("li", data.places[step].label + ", " + data.places[step].commodity);
      way.appendChild(item);
    });
    detail.appendChild(way);
    const last = data.places[steps[steps.length - 1]];
    if (!last.product) detail.appendChild(make("p", "The rest of the way leads through sites that are not drawn.", "note"));
  }
  places.forEach((node, order) => {
    const at = Number(node.dataset.i);
    const place = data.places[at];
    node.setAttribute("role", "button");
    node.setAttribute("tabindex", order === 0 ? "0" : "-1");
    const seen = node.textContent.replace(/\s+/g, " ").trim();
    node.setAttribute("aria-label", seen + ", " + place.commodity);
    node.addEventListener("click", () => {
      if (!moved) choose(at);
    });
    node.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        choose(at);
      } else if (step) {
        event.preventDefault();
        const rows = places.filter((p) => !p.classList.contains("gone"));
        const next = rows[(rows.indexOf(node) + step + rows.length) % rows.length];
        node.setAttribute("tabindex", "-1");
        next.setAttribute("tabindex", "0");
        next.focus({ preventScroll: true });
        look(Number(next.dataset.i));
      }
    });
  });
  begin();
  filter();
  const own = heaviestProduct();
  if (own >= 0) choose(own);
})();
