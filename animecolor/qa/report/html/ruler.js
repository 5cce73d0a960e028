/* The two rulers of a timeline: the whole clip, and the times and findings of the part shown.

   A scene is what all parts of a timeline look at: the window (``min``, ``max``), the cursor
   (``at``), the finding chosen (``selected``), all ``marks``, the ``whole``, ``colors``,
   and the plot that is ``dragged`` over: its selection ends where its cursor is. */
"use strict";

const GUTTER = 52;

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

/** The whole clip: shots in turn light and dark, findings by severity, and the window. */
function drawOverview(canvas, scene) {
  const { context, width, height } = canvas2d(canvas);
  const x = (frame) => ((frame - scene.whole.min) / (scene.whole.max - scene.whole.min)) * width;
  DATA.shots.forEach((shot, index) => {
    context.fillStyle = index % 2 ? scene.colors.shotB : scene.colors.shotA;
    context.fillRect(x(shot.first - 0.5), 0, x(shot.last + 0.5) - x(shot.first - 0.5), height);
  });
  for (const severity of ["suppressed", "warn", "fail"]) {
    context.fillStyle = scene.colors[severity];
    const tall = { fail: 1, warn: 0.6, suppressed: 0.3 }[severity] * height;
    for (const mark of scene.marks) {
      if (mark.severity !== severity) continue;
      const left = x(mark.first - 0.5);
      context.fillRect(left, height - tall, Math.max(1, x(mark.last + 0.5) - left), tall);
    }
  }
  const left = x(scene.min);
  const right = Math.max(left + 3, x(scene.max));
  context.fillStyle = scene.colors.veil;
  context.fillRect(0, 0, left, height);
  context.fillRect(right, 0, width - right, height);
  context.strokeStyle = scene.colors.ink;
  context.lineWidth = 1.5;
  context.strokeRect(left + 0.75, 0.75, right - left - 1.5, height - 1.5);
}

/** Times, the findings below them, and where the cursor is. */
function drawRuler(canvas, scene) {
  const { context, width, height } = canvas2d(canvas);
  const x = (frame) => GUTTER + ((frame - scene.min) / (scene.max - scene.min)) * (width - GUTTER);
  context.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  context.textBaseline = "top";
  context.fillStyle = context.strokeStyle = scene.colors.soft;
  for (const at of ticks(scene.min, scene.max, width - GUTTER)) {
    context.fillRect(Math.round(x(at)), 15, 1, 4);
    const text = timecode(at);
    const half = context.measureText(text).width / 2;
    if (at < 0 || at > scene.last || x(at) + half > width) continue;
    context.fillText(text, Math.max(x(at) - half, GUTTER - half), 2);
  }
  drawLane(context, scene, x, width);
  if (scene.at >= scene.min && scene.at <= scene.max) {
    context.fillStyle = scene.colors.cursor;
    context.beginPath();
    context.moveTo(x(scene.at), height);
    context.lineTo(x(scene.at) - 5, height - 7);
    context.lineTo(x(scene.at) + 5, height - 7);
    context.fill();
  }
}

/** All findings in the window: how long, how bad (by shape and color), and which is chosen. */
function drawLane(context, scene, x, width) {
  const middle = 26;
  context.save();
  context.beginPath();
  context.rect(GUTTER, 19, width - GUTTER, 14);
  context.clip();
  for (const mark of [...scene.marks.filter((m) => m !== scene.selected), scene.selected]) {
    if (!mark || mark.last < scene.min || mark.first > scene.max) continue;
    const left = x(mark.first - 0.5);
    context.fillStyle = scene.colors[mark.severity];
    const wide = x(mark.last + 0.5) - left;
    if (wide > 12) context.fillRect(left, middle - 1, wide, 2);
    drawShape(context, mark.severity, x(mark.at), middle, mark === scene.selected ? 5.5 : 3.5);
  }
  context.restore();
}

/** A finding: a square fails, a triangle warns, a dot is suppressed. */
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
