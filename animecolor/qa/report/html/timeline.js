/* Numbers over time: plots that lie under one another and share a window and a cursor.

   A plot is made when it comes into view and taken away when it is hidden, so that a report with
   twenty measures of 36,000 frames opens at once. */
"use strict";

const LEAST_WINDOW = 8;

/** Everything under ``root``; ``marks`` are findings: {first, last, severity, check}. */
function timeline(root, marks, onPick) {
  const last = DATA.frames - 1;
  const whole = { min: -0.5, max: Math.max(last, LEAST_WINDOW - 1) + 0.5 };
  const scene = { ...whole, at: 0, selected: null, marks, whole, last, colors: {}, dragged: null };
  const live = new Map();
  const plots = new Map(DATA.plots.map((plot) => [plot.key, plot]));
  const frames = Array.from({ length: DATA.frames }, (_, index) => index);
  const stack = $(".stack", root);
  const overview = $(".overview", root);
  const ruler = $(".ruler", root);

  // ---- the window -------------------------------------------------------------------------

  function show(min, max) {
    const span = clamp(max - min, LEAST_WINDOW, whole.max - whole.min);
    scene.min = clamp((min + max - span) / 2, whole.min, whole.max - span);
    scene.max = scene.min + span;
    for (const { chart } of live.values()) chart.setScale("x", { min: scene.min, max: scene.max });
    drawOverview(overview, scene);
    setCursor(scene.at);
    tellWindow();
  }

  const zoom = (factor, about = (scene.min + scene.max) / 2) =>
    show(about - (about - scene.min) * factor, about + (scene.max - about) * factor);

  const pan = (share) => {
    const by = (scene.max - scene.min) * share;
    show(scene.min + by, scene.max + by);
  };

  function showShot(index) {
    const shot = DATA.shots[clamp(index, 0, DATA.shots.length - 1)];
    const air = Math.max(1, (shot.last - shot.first + 1) * 0.03);
    show(shot.first - 0.5 - air, shot.last + 0.5 + air);
    setCursor(clamp(scene.at, shot.first, shot.last));
  }

  /** Zoom to a finding, with about two seconds around it, and mark it in every plot. */
  function showMark(mark) {
    scene.selected = mark;
    const air = Math.max(FPS, (mark.last - mark.first + 1) * 0.5);
    show(mark.first - air, mark.last + air);
    for (const figure of stack.children) {
      figure.classList.toggle("concerned", figure.dataset.key === mark.column);
    }
    setCursor(mark.at);
  }

  function tellWindow() {
    const from = Math.max(0, Math.ceil(scene.min));
    const to = Math.min(last, Math.floor(scene.max));
    $(".window", root).textContent =
      scene.max - scene.min >= whole.max - whole.min
        ? `Whole clip, ${count(DATA.frames, "frame")}`
        : `${timecode(from)} to ${timecode(to)}, ${count(to - from + 1, "frame")}`;
  }

  // ---- the cursor -------------------------------------------------------------------------

  function setCursor(frame) {
    scene.at = clamp(Math.round(frame), 0, last);
    const share = (scene.at - scene.min) / (scene.max - scene.min);
    const inside = share >= 0 && share <= 1;
    for (const { chart } of scene.dragged ? [] : live.values()) {
      // Not by valToPos: a new window is the chart's own only when it has been drawn.
      const left = share * chart.over.clientWidth;
      chart.setCursor({ left: inside ? left : -10, top: inside ? 10 : -10 }, false, false);
    }
    tellCursor();
  }

  /** The numbers under the cursor, in each plot's heading and for those who listen. */
  function tellCursor() {
    const at = scene.at;
    for (const { figure, plot, series } of live.values()) {
      const values = series.map((numbers) => numbers[at]);
      $("output", figure).textContent = values
        .map((value, i) => (plot.lines.length > 1 ? `${plot.lines[i].name} ` : "") + said(value, plot))
        .join("   ");
    }
    const where = `${timecode(at)}   frame ${at + DATA.first_frame}   shot ${DATA.shots[shotOf(at)].name}`;
    $(".where", root).textContent = where;
    ruler.setAttribute("aria-valuenow", at);
    ruler.setAttribute("aria-valuetext", where.replace(/ {3}/g, ", "));
    drawRuler(ruler, scene);
  }

  const said = (value, plot) =>
    value === null || value === undefined ? "none" : value.toFixed(plot.digits);

  // ---- overview and ruler -----------------------------------------------------------------

  function redrawRulers() {
    drawOverview(overview, scene);
    drawRuler(ruler, scene);
  }

  // ---- plots, as they come into view ------------------------------------------------------

  function build(figure) {
    const plot = plots.get(figure.dataset.key);
    if (live.has(plot.key) || figure.hidden) return;
    const series = plot.lines.map((line) => decode(line.series));
    const host = $(".plot", figure);
    const options = plotOptions(plot, scene, host.clientWidth, show);
    options.hooks.ready = [() => setCursor(scene.at)]; // before it the plot has no size
    const chart = new uPlot(options, [frames, ...series], host);
    live.set(plot.key, { chart, figure, plot, series });
    chart.over.addEventListener("mousemove", () => {
      if (chart.cursor.idx !== null && chart.cursor.idx !== undefined) {
        scene.at = chart.cursor.idx;
        tellCursor();
      }
    });
    chart.over.addEventListener("mousedown", () => (scene.dragged = chart));
    chart.over.addEventListener("click", (event) => pickAt(chart.over, event, 0, plot.key));
    chart.over.addEventListener("wheel", (event) => turn(event, chart), { passive: false });
  }

  function drop(key) {
    live.get(key)?.chart.destroy();
    live.delete(key);
  }

  /** A click chooses a finding: of those under the pointer the one whose worst frame is nearest. */
  function pickAt(element, event, start, column) {
    const box = element.getBoundingClientRect();
    const frame = (scene.max - scene.min) / (box.width - start);
    const at = scene.min + (event.clientX - box.left - start) * frame;
    const under = marks.filter(
      (m) => (!column || m.column === column) && m.first - 0.5 - 6 * frame <= at && at <= m.last + 0.5 + 6 * frame,
    );
    under.sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at));
    if (under.length && onPick) onPick(under[0]);
    else setCursor(at);
  }

  /** The plain wheel scrolls the page; with Ctrl it zooms here, sideways or with Shift it pans. */
  function turn(event, chart) {
    const sideways = event.deltaX || (event.shiftKey ? event.deltaY : 0);
    if (!event.ctrlKey && !event.metaKey && !sideways) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) {
      const left = event.clientX - chart.over.getBoundingClientRect().left;
      zoom(Math.exp(clamp(event.deltaY, -100, 100) / 250), chart.posToVal(left, "x"));
    } else pan(clamp(sideways, -100, 100) / 500);
  }

  // ---- the frame around the plots ---------------------------------------------------------

  function figureOf(plot) {
    const limits = (plot.limits ?? []).map((l) => `${l.severity} ${l.value}`).join(", ");
    return make(
      "figure",
      { "data-key": plot.key, hidden: !plot.shown, "aria-label": plot.summary, role: "group" },
      make(
        "figcaption",
        {},
        make("b", { title: plot.about }, plot.title),
        make("span", { class: "limits" }, [plot.unit, limits && `limits: ${limits}`].filter(Boolean).join("; ")),
        make("output", { "aria-live": "off" }),
      ),
      make("div", { class: "plot" }),
    );
  }

  const nearView = new IntersectionObserver(
    (entries) => entries.forEach((entry) => entry.isIntersecting && build(entry.target)),
    { rootMargin: "300px" },
  );

  function showPlot(key, shown) {
    const figure = $(`figure[data-key="${key}"]`, stack);
    const box = $(`input[value="${key}"]`, root);
    if (!figure || (!figure.hidden && shown)) return;
    figure.hidden = !shown;
    if (box) box.checked = shown;
    if (!shown) drop(key);
    else {
      nearView.unobserve(figure);
      nearView.observe(figure);
    }
  }

  function readColors() {
    scene.colors = Object.fromEntries(
      ["ink", "soft", "rule", "cut", "veil", "fail", "warn", "suppressed", "cursor"].map((name) => [
        name,
        ink(`--${name}`),
      ]),
    );
    scene.colors.shotA = ink("--shot-a");
    scene.colors.shotB = ink("--shot-b");
    scene.colors.lines = [0, 1, 2, 3, 4, 5].map((number) => ink(`--line-${number}`));
  }

  function repaint() {
    readColors();
    for (const { chart } of live.values()) chart.redraw(false);
    redrawRulers();
  }

  const keys = {
    ArrowLeft: (event) => step(event.shiftKey ? -FPS : -1),
    ArrowRight: (event) => step(event.shiftKey ? FPS : 1),
    PageUp: () => showShot(shotOf(scene.at) - 1),
    PageDown: () => showShot(shotOf(scene.at) + 1),
    Home: () => step(-DATA.frames),
    End: () => step(DATA.frames),
    "+": () => zoom(0.5, scene.at),
    "=": () => zoom(0.5, scene.at),
    "-": () => zoom(2, scene.at),
  };

  /** Move the cursor; the window follows. */
  function step(by) {
    setCursor(scene.at + by);
    const span = scene.max - scene.min;
    if (scene.at < scene.min || scene.at > scene.max) show(scene.at - span / 2, scene.at + span / 2);
    setCursor(scene.at);
  }

  ruler.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key](event);
  });

  ruler.addEventListener("click", (event) => pickAt(ruler, event, GUTTER));

  function drag(event) {
    if (!event.buttons) return;
    const box = overview.getBoundingClientRect();
    const at = whole.min + ((event.clientX - box.left) / box.width) * (whole.max - whole.min);
    const half = (scene.max - scene.min) / 2;
    if (event.type === "pointerdown" && 2 * half >= whole.max - whole.min) showShot(shotOf(at));
    else show(at - half, at + half);
  }
  overview.addEventListener("pointerdown", drag);
  overview.addEventListener("pointermove", drag);

  $(".whole", root).addEventListener("click", () => show(whole.min, whole.max));
  $(".closer", root).addEventListener("click", () => zoom(0.5, scene.at));
  $(".wider", root).addEventListener("click", () => zoom(2, scene.at));
  $(".earlier", root).addEventListener("click", () => showShot(shotOf(scene.at) - 1));
  $(".later", root).addEventListener("click", () => showShot(shotOf(scene.at) + 1));

  for (const plot of DATA.plots) {
    const figure = figureOf(plot);
    stack.append(figure);
    nearView.observe(figure);
    const box = make("input", { type: "checkbox", value: plot.key, checked: plot.shown });
    box.addEventListener("change", () => showPlot(plot.key, box.checked));
    $(".chosen", root).append(make("label", { title: plot.about }, box, plot.title));
  }

  if (!DATA.plots.length) stack.append(make("p", { class: "note" }, "No numbers were measured."));

  new ResizeObserver(() => {
    for (const { chart, figure } of live.values()) {
      const width = $(".plot", figure).clientWidth;
      if (width && width !== chart.width) chart.setSize({ width, height: PLOT_HEIGHT });
    }
    redrawRulers();
    setCursor(scene.at);
  }).observe(stack);

  addEventListener("mouseup", () => {
    if (!scene.dragged) return;
    scene.dragged = null;
    setCursor(scene.at);
  });
  addEventListener("themechange", repaint);
  readColors();
  ruler.setAttribute("aria-valuemax", last);
  tellWindow();
  tellCursor();

  return { show, showShot, showMark, showPlot, shotAt: () => shotOf(scene.at), whole };
}
