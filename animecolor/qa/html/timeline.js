/* Numbers over time: plots that lie under one another and share a window and a cursor.

   A plot is made when it comes into view and taken away when it is hidden, so that a report with
   twenty measures of 36,000 frames opens at once. */
"use strict";

const DASHES = [[], [7, 3], [2, 2], [10, 3, 2, 3], [14, 4], [4, 2, 1, 2]];
const PLOT_HEIGHT = 92;
const GUTTER = 52;
const LEAST_WINDOW = 8;

/** Frames between two labels, so that labels of this width fit: whole frames, seconds, minutes. */
function tickStep(frames, width, label = 96) {
  const steps = [1, 2, 3, 6, 12].filter((step) => step < FPS && FPS % step === 0);
  for (const s of [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600]) steps.push(s * FPS);
  const most = Math.max(1, Math.floor(width / label));
  return steps.find((step) => frames / step <= most) ?? steps.at(-1);
}

function ticks(low, high, width) {
  const step = tickStep(high - low, width);
  const found = [];
  const start = Math.ceil((low + DATA.first_frame) / step) * step - DATA.first_frame;
  for (let at = start; at <= high; at += step) found.push(at);
  return found;
}

/** A canvas at the screen's own pixels; gives a context that counts in CSS pixels. */
function canvas2d(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  return { context, width, height };
}

/** Everything under ``root``; ``marks`` are findings: {first, last, severity, check}. */
function timeline(root, marks, onPick) {
  const last = DATA.frames - 1;
  const whole = { min: -0.5, max: Math.max(last, LEAST_WINDOW - 1) + 0.5 };
  const state = { min: whole.min, max: whole.max, at: 0, selected: null };
  const live = new Map();
  const plots = new Map(DATA.plots.map((plot) => [plot.key, plot]));
  const frames = Array.from({ length: DATA.frames }, (_, index) => index);
  const stack = $(".stack", root);
  const overview = $(".overview", root);
  const ruler = $(".ruler", root);
  const sync = uPlot.sync("clip");
  let colors = {};

  // ---- the window -------------------------------------------------------------------------

  function show(min, max) {
    const span = clamp(max - min, LEAST_WINDOW, whole.max - whole.min);
    state.min = clamp((min + max - span) / 2, whole.min, whole.max - span);
    state.max = state.min + span;
    for (const { chart } of live.values()) chart.setScale("x", { min: state.min, max: state.max });
    redrawRulers();
    tellWindow();
  }

  const zoom = (factor, about = (state.min + state.max) / 2) =>
    show(about - (about - state.min) * factor, about + (state.max - about) * factor);

  const pan = (share) => {
    const by = (state.max - state.min) * share;
    show(state.min + by, state.max + by);
  };

  function showShot(index) {
    const shot = DATA.shots[clamp(index, 0, DATA.shots.length - 1)];
    const air = Math.max(1, (shot.last - shot.first + 1) * 0.03);
    show(shot.first - 0.5 - air, shot.last + 0.5 + air);
    setCursor(clamp(state.at, shot.first, shot.last));
  }

  /** Zoom to a finding, with about two seconds around it, and mark it in every plot. */
  function showMark(mark) {
    state.selected = mark;
    const air = Math.max(FPS, (mark.last - mark.first + 1) * 0.5);
    show(mark.first - air, mark.last + air);
    for (const figure of stack.children) {
      figure.classList.toggle("concerned", figure.dataset.key === mark.column);
    }
    setCursor(mark.at);
  }

  function tellWindow() {
    const from = Math.max(0, Math.ceil(state.min));
    const to = Math.min(last, Math.floor(state.max));
    $(".window", root).textContent =
      state.max - state.min >= whole.max - whole.min
        ? `Whole clip, ${count(DATA.frames, "frame")}`
        : `${timecode(from)} to ${timecode(to)}, ${count(to - from + 1, "frame")}`;
  }

  // ---- the cursor -------------------------------------------------------------------------

  function setCursor(frame) {
    state.at = clamp(Math.round(frame), 0, last);
    for (const { chart } of live.values()) {
      const left = chart.valToPos(state.at, "x");
      const inside = left >= 0 && left <= chart.bbox.width / devicePixelRatio;
      chart.setCursor({ left: inside ? left : -10, top: inside ? 10 : -10 }, false, false);
    }
    tellCursor();
  }

  /** The numbers under the cursor, in each plot's heading and for those who listen. */
  function tellCursor() {
    const at = state.at;
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
    drawRuler();
  }

  const said = (value, plot) =>
    value === null || value === undefined ? "none" : value.toFixed(plot.digits);

  // ---- overview and ruler -----------------------------------------------------------------

  /** The whole clip: shots in turn light and dark, findings by severity, and the window. */
  function drawOverview() {
    const { context, width, height } = canvas2d(overview);
    const x = (frame) => ((frame - whole.min) / (whole.max - whole.min)) * width;
    DATA.shots.forEach((shot, index) => {
      context.fillStyle = index % 2 ? colors.shotB : colors.shotA;
      context.fillRect(x(shot.first - 0.5), 0, x(shot.last + 0.5) - x(shot.first - 0.5), height);
    });
    for (const severity of ["suppressed", "warn", "fail"]) {
      context.fillStyle = colors[severity];
      const tall = { fail: 1, warn: 0.6, suppressed: 0.3 }[severity] * height;
      for (const mark of marks) {
        if (mark.severity !== severity) continue;
        const left = x(mark.first - 0.5);
        context.fillRect(left, height - tall, Math.max(1, x(mark.last + 0.5) - left), tall);
      }
    }
    const left = x(state.min);
    const right = Math.max(left + 3, x(state.max));
    context.fillStyle = colors.veil;
    context.fillRect(0, 0, left, height);
    context.fillRect(right, 0, width - right, height);
    context.strokeStyle = colors.ink;
    context.lineWidth = 1.5;
    context.strokeRect(left + 0.75, 0.75, right - left - 1.5, height - 1.5);
  }

  function drawRuler() {
    const { context, width, height } = canvas2d(ruler);
    const x = (frame) => GUTTER + ((frame - state.min) / (state.max - state.min)) * (width - GUTTER);
    context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    context.textBaseline = "top";
    context.fillStyle = context.strokeStyle = colors.soft;
    for (const at of ticks(state.min, state.max, width - GUTTER)) {
      context.fillRect(Math.round(x(at)), 15, 1, 4);
      const text = timecode(at);
      const half = context.measureText(text).width / 2;
      if (at < 0 || at > last || x(at) + half > width) continue;
      context.fillText(text, Math.max(x(at) - half, GUTTER - half), 2);
    }
    drawLane(context, x, width);
    if (state.at >= state.min && state.at <= state.max) {
      context.fillStyle = colors.cursor;
      context.beginPath();
      context.moveTo(x(state.at), height);
      context.lineTo(x(state.at) - 5, height - 7);
      context.lineTo(x(state.at) + 5, height - 7);
      context.fill();
    }
  }

  /** All findings in the window: how long, how bad (by shape and color), and which is chosen. */
  function drawLane(context, x, width) {
    const middle = 26;
    context.save();
    context.beginPath();
    context.rect(GUTTER, 19, width - GUTTER, 14);
    context.clip();
    for (const mark of [...marks.filter((m) => m !== state.selected), state.selected]) {
      if (!mark || mark.last < state.min || mark.first > state.max) continue;
      const left = x(mark.first - 0.5);
      context.fillStyle = colors[mark.severity];
      context.fillRect(left, middle - 1, Math.max(1, x(mark.last + 0.5) - left), 2);
      drawShape(context, mark.severity, x(mark.at), middle, mark === state.selected ? 5.5 : 3.5);
    }
    context.restore();
  }

  function redrawRulers() {
    drawOverview();
    drawRuler();
  }

  // ---- one plot ---------------------------------------------------------------------------

  /** From zero for what should be low; a limit is shown where the numbers come near it. */
  function rangeOf(plot) {
    return (chart, low, high) => {
      if (low === null || high === null) [low, high] = [0, 1];
      if (plot.better === "lower") {
        const near = (plot.limits ?? []).map((l) => l.value).filter((l) => l <= 4 * high);
        return [0, Math.max(high, ...near, 10 ** -plot.digits) * 1.12];
      }
      const air = Math.max((high - low) * 0.12, 10 ** -plot.digits);
      return [low - air, high + air];
    };
  }

  /** Behind the curves: cuts, and bands where this measure has findings. */
  function drawUnder(plot) {
    return (chart) => {
      const { ctx, bbox } = chart;
      const ratio = devicePixelRatio || 1;
      const x = (frame) => chart.valToPos(frame, "x", true);
      const visible = DATA.shots.filter((s) => s.first > state.min && s.first <= state.max);
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      if (visible.length * 4 * ratio < bbox.width) {
        ctx.fillStyle = colors.cut;
        for (const { first } of visible) {
          if (first) ctx.fillRect(Math.round(x(first - 0.5)), bbox.top, ratio, bbox.height);
        }
      }
      for (const mark of marks) {
        const chosen = mark === state.selected;
        if (!chosen && mark.column !== plot.key) continue;
        if (mark.last < state.min || mark.first > state.max) continue;
        const left = x(mark.first - 0.5);
        const wide = Math.max(ratio, x(mark.last + 0.5) - left);
        ctx.globalAlpha = chosen ? 0.22 : 0.09;
        ctx.fillStyle = colors[mark.severity];
        ctx.fillRect(left, bbox.top, wide, bbox.height);
      }
      ctx.restore();
    };
  }

  function drawShape(ctx, severity, x, y, size) {
    ctx.beginPath();
    if (severity === "fail") ctx.rect(x - size, y - size, 2 * size, 2 * size);
    else if (severity === "warn") {
      ctx.moveTo(x, y - size);
      ctx.lineTo(x + size, y + size);
      ctx.lineTo(x - size, y + size);
    } else ctx.arc(x, y, size * 0.8, 0, 7);
    ctx.fill();
  }

  function drawOver(plot) {
    return (chart) => {
      const { ctx, bbox } = chart;
      const ratio = devicePixelRatio || 1;
      ctx.save();
      ctx.font = `${10 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
      for (const { value, severity } of plot.limits ?? []) {
        const y = Math.round(chart.valToPos(value, "y", true)) + 0.5;
        if (y < bbox.top || y > bbox.top + bbox.height) continue;
        ctx.strokeStyle = ctx.fillStyle = colors[severity];
        ctx.setLineDash(severity === "fail" ? [] : [5 * ratio, 3 * ratio]);
        ctx.lineWidth = ratio;
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
        ctx.textAlign = "right";
        ctx.fillText(`${severity} ${value}`, bbox.left + bbox.width - 3 * ratio, y - 3 * ratio);
      }
      ctx.restore();
    };
  }

  function options(plot, width) {
    const axis = { stroke: () => colors.soft, ticks: { show: false }, font: "11px system-ui" };
    const grid = { stroke: () => colors.rule, width: 1 };
    return {
      width,
      height: PLOT_HEIGHT,
      padding: [6, 0, 2, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range: () => [state.min, state.max] },
        y: { range: rangeOf(plot) },
      },
      axes: [
        { ...axis, grid, size: 2, values: () => [], splits: (u, i, a, b) => ticks(a, b, width - GUTTER) },
        { ...axis, grid, size: GUTTER, space: 26 },
      ],
      series: [
        {},
        ...plot.lines.map((line, index) => ({
          label: line.name,
          stroke: () => colors.lines[index % colors.lines.length],
          dash: DASHES[index % DASHES.length],
          width: 1.4,
          points: { size: 4, fill: () => colors.lines[index % colors.lines.length] },
        })),
      ],
      cursor: {
        sync: { key: sync.key, setSeries: false, scales: ["x", null] },
        y: false,
        drag: { x: true, y: false, setScale: false },
        points: { size: 6 },
        bind: { dblclick: () => () => show(whole.min, whole.max) },
      },
      hooks: {
        drawClear: [drawUnder(plot)],
        draw: [drawOver(plot)],
        setSelect: [
          (chart) => {
            if (chart.select.width < 4) return;
            const { left, width: wide } = chart.select;
            chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            show(chart.posToVal(left, "x"), chart.posToVal(left + wide, "x"));
          },
        ],
      },
    };
  }

  function build(figure) {
    const plot = plots.get(figure.dataset.key);
    if (live.has(plot.key) || figure.hidden) return;
    const series = plot.lines.map((line) => decode(line.series));
    const host = $(".plot", figure);
    const chart = new uPlot(options(plot, host.clientWidth), [frames, ...series], host);
    live.set(plot.key, { chart, figure, plot, series });
    chart.over.addEventListener("mousemove", () => {
      if (chart.cursor.idx !== null && chart.cursor.idx !== undefined) {
        state.at = chart.cursor.idx;
        tellCursor();
      }
    });
    chart.over.addEventListener("click", (event) => pickAt(chart.over, event, 0, plot.key));
    chart.over.addEventListener("wheel", (event) => turn(event, chart), { passive: false });
    setCursor(state.at);
  }

  function drop(key) {
    live.get(key)?.chart.destroy();
    live.delete(key);
  }

  /** A click chooses a finding: of those under the pointer the one whose worst frame is nearest. */
  function pickAt(element, event, start, column) {
    const box = element.getBoundingClientRect();
    const frame = (state.max - state.min) / (box.width - start);
    const at = state.min + (event.clientX - box.left - start) * frame;
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
    colors = Object.fromEntries(
      ["ink", "soft", "rule", "cut", "veil", "fail", "warn", "suppressed", "cursor"].map((name) => [
        name,
        ink(`--${name}`),
      ]),
    );
    colors.shotA = ink("--shot-a");
    colors.shotB = ink("--shot-b");
    colors.lines = [0, 1, 2, 3, 4, 5].map((number) => ink(`--line-${number}`));
  }

  function repaint() {
    readColors();
    for (const { chart } of live.values()) chart.redraw(false);
    redrawRulers();
  }

  const keys = {
    ArrowLeft: (event) => step(event.shiftKey ? -FPS : -1),
    ArrowRight: (event) => step(event.shiftKey ? FPS : 1),
    PageUp: () => showShot(shotOf(state.at) - 1),
    PageDown: () => showShot(shotOf(state.at) + 1),
    Home: () => step(-DATA.frames),
    End: () => step(DATA.frames),
    "+": () => zoom(0.5, state.at),
    "=": () => zoom(0.5, state.at),
    "-": () => zoom(2, state.at),
  };

  /** Move the cursor; the window follows. */
  function step(by) {
    setCursor(state.at + by);
    const span = state.max - state.min;
    if (state.at < state.min || state.at > state.max) show(state.at - span / 2, state.at + span / 2);
    setCursor(state.at);
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
    const half = (state.max - state.min) / 2;
    if (event.type === "pointerdown" && 2 * half >= whole.max - whole.min) showShot(shotOf(at));
    else show(at - half, at + half);
  }
  overview.addEventListener("pointerdown", drag);
  overview.addEventListener("pointermove", drag);

  $(".whole", root).addEventListener("click", () => show(whole.min, whole.max));
  $(".closer", root).addEventListener("click", () => zoom(0.5, state.at));
  $(".wider", root).addEventListener("click", () => zoom(2, state.at));
  $(".earlier", root).addEventListener("click", () => showShot(shotOf(state.at) - 1));
  $(".later", root).addEventListener("click", () => showShot(shotOf(state.at) + 1));

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
    setCursor(state.at);
  }).observe(stack);

  addEventListener("themechange", repaint);
  readColors();
  ruler.setAttribute("aria-valuemax", last);
  tellWindow();
  tellCursor();

  return { show, showShot, showMark, showPlot, shotAt: () => shotOf(state.at), state, whole, live };
}
