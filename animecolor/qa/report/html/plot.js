/* One plot: curves, limits, cuts, and bands where its measure has findings. */
"use strict";

const DASHES = [[], [7, 3], [2, 2], [10, 3, 2, 3], [14, 4], [4, 2, 1, 2]];
const PLOT_HEIGHT = 92;

/** From zero for what should be low; a limit is shown where the numbers come near it. */
function rangeOf(plot) {
  return (chart, low, high) => {
    if (low === null || high === null) [low, high] = [0, 1];
    if (plot.better === "lower") {
      const near = (plot.limits ?? []).map((l) => l.value).filter((l) => l <= 4 * high);
      return [0, Math.max(high, ...near, 4 * 10 ** -plot.digits) * 1.12];
    }
    const air = Math.max((high - low) * 0.12, 2 * 10 ** -plot.digits);
    return [low - air, high + air];
  };
}

/** Behind the curves: cuts, and bands where this measure has findings. */
function drawUnder(plot, scene) {
  return (chart) => {
    const { ctx, bbox } = chart;
    const ratio = devicePixelRatio || 1;
    const x = (frame) => chart.valToPos(frame, "x", true);
    const visible = DATA.shots.filter((s) => s.first > scene.min && s.first <= scene.max);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    if (visible.length * 4 * ratio < bbox.width) {
      ctx.fillStyle = scene.colors.cut;
      for (const { first } of visible) {
        if (first) ctx.fillRect(Math.round(x(first - 0.5)), bbox.top, ratio, bbox.height);
      }
    }
    for (const mark of scene.marks) {
      const chosen = mark === scene.selected;
      if (!chosen && mark.column !== plot.key) continue;
      if (mark.last < scene.min || mark.first > scene.max) continue;
      const left = x(mark.first - 0.5);
      const wide = Math.max(ratio, x(mark.last + 0.5) - left);
      ctx.globalAlpha = chosen ? 0.22 : 0.09;
      ctx.fillStyle = scene.colors[mark.severity];
      ctx.fillRect(left, bbox.top, wide, bbox.height);
    }
    ctx.restore();
  };
}

/** A curve does not run across a cut; gaps are in pixels of the canvas. */
function breakAtCuts(chart, line, from, to, gaps) {
  const x = (frame) => Math.round(chart.valToPos(frame, "x", true));
  const cuts = DATA.shots
    .filter(({ first }) => first > from && first <= to)
    .map(({ first }) => [x(first - 1), x(first)]);
  const apart = [];
  for (const [left, right] of [...gaps, ...cuts].sort((a, b) => a[0] - b[0])) {
    const before = apart.at(-1);
    if (before && left < before[1]) before[1] = Math.max(before[1], right);
    else if (right > left) apart.push([left, right]);
  }
  return apart;
}

/** Over the curves: the limits, named. */
function drawOver(plot, scene) {
  return (chart) => {
    const { ctx, bbox } = chart;
    const ratio = devicePixelRatio || 1;
    ctx.save();
    ctx.font = `${10 * ratio}px ${getComputedStyle(document.body).fontFamily}`;
    for (const { value, severity } of plot.limits ?? []) {
      const y = Math.round(chart.valToPos(value, "y", true)) + 0.5;
      if (y < bbox.top || y > bbox.top + bbox.height) continue;
      ctx.strokeStyle = ctx.fillStyle = scene.colors[severity];
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

/** What uPlot is told; ``show`` is called with the part that was dragged over. */
function plotOptions(plot, scene, width, show) {
  const axis = { stroke: () => scene.colors.soft, ticks: { show: false }, font: "11px system-ui" };
  const grid = { stroke: () => scene.colors.rule, width: 1 };
  return {
    width,
    height: PLOT_HEIGHT,
    padding: [6, 0, 2, 0],
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [scene.min, scene.max] },
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
        stroke: () => scene.colors.lines[index % scene.colors.lines.length],
        dash: DASHES[index % DASHES.length],
        width: 1.4,
        gaps: breakAtCuts,
        points: { size: 4, fill: () => scene.colors.lines[index % scene.colors.lines.length] },
      })),
    ],
    cursor: {
      sync: { key: "clip", setSeries: false, scales: ["x", null] },
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
      bind: { dblclick: () => () => show(scene.whole.min, scene.whole.max) },
    },
    hooks: {
      drawClear: [drawUnder(plot, scene)],
      draw: [drawOver(plot, scene)],
      // The other plots select along; the window is the dragged one's to set.
      setSelect: [
        (chart) => {
          if (chart !== scene.dragged || chart.select.width < 4) return;
          const { left, width: wide } = chart.select;
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          show(chart.posToVal(left, "x"), chart.posToVal(left + wide, "x"));
        },
      ],
    },
  };
}
