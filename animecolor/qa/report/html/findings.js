/* Findings: the list, the filters, the one looked at, and the way from one to the next. */
"use strict";

const VIEWS = [
  ["before", "t\u22121", "the frame before"],
  ["frame", "t", "the frame itself"],
  ["after", "t+1", "the frame after"],
  ["heat", "Heat map", "where it differs from its neighbours"],
];
const SEVERITIES = { fail: "Fail", warn: "Warning", suppressed: "Suppressed" };

/** The list and the finding shown; ``onShow`` is told which, and whether to go to it. */
function findings(all, pictures, onShow) {
  for (const finding of all) {
    const topic = DATA.topics[finding.topic] ?? { title: finding.topic, unit: "", term: "", advice: "" };
    Object.assign(finding, topic, {
      place: finding.place ?? "",
      timecode: timecodeOf(finding.first),
      end_timecode: timecodeOf(finding.last),
      worst_timecode: timecodeOf(finding.worst),
    });
  }
  const list = $("#list");
  const detail = $("#detail");
  const rows = new Map();
  const state = { shown: all, selected: null, close: false };

  const filters = {
    severity: $("#by-severity"),
    topic: $("#by-check"),
    shot: $("#by-shot"),
    text: $("#by-text"),
    order: $("#by-order"),
  };

  // ---- the list ---------------------------------------------------------------------------

  function rowOf(finding) {
    const button = make(
      "button",
      { type: "button", tabindex: "-1", "data-number": finding.number },
      icon(finding.state),
      make("span", { class: "hidden" }, `${SEVERITIES[finding.state]}: `),
      make("b", {}, finding.title),
      make("span", { class: "when" }, finding.worst_timecode),
      make("span", { class: "more" }, summary(finding)),
    );
    button.addEventListener("click", () => select(finding, { go: true }));
    return make("li", {}, button);
  }

  const summary = (finding) =>
    [`shot ${shotName(finding)}`, finding.place, amount(finding.value, finding.unit)]
      .filter(Boolean)
      .join(" · ");

  const shotName = (finding) => DATA.shots[finding.shot].name;

  const round = (value) => String(Number(value.toPrecision(3)));

  const amount = (value, unit) => (unit === "\u0394E" ? `${unit} ${round(value)}` : `${round(value)} ${unit}`);

  const badness = (finding) =>
    ({ fail: 2, warn: 1, suppressed: 0 })[finding.state] * 1e6 +
    Math.min(1e5, finding.limit ? finding.value / finding.limit : finding.value);

  function filter() {
    const words = filters.text.value.trim().toLowerCase();
    const wanted = (finding) =>
      (!filters.severity.value || finding.state === filters.severity.value) &&
      (!filters.topic.value || finding.topic === filters.topic.value) &&
      (!filters.shot.value || String(finding.shot) === filters.shot.value) &&
      (!words || `${finding.title} ${finding.sentence} ${finding.place}`.toLowerCase().includes(words));
    state.shown = all.filter(wanted);
    if (filters.order.value === "worst") state.shown.sort((a, b) => badness(b) - badness(a));
    list.replaceChildren(...state.shown.map((finding) => rows.get(finding.number)));
    const none = all.length ? "No finding is like this." : "Nothing was found.";
    $("#none").textContent = state.shown.length ? "" : none;
    $("#shown").textContent =
      state.shown.length === all.length
        ? count(all.length, "finding")
        : `${state.shown.length.toLocaleString("en")} of ${count(all.length, "finding")}`;
    if (state.selected && state.shown.includes(state.selected)) reveal();
    else focusable(state.shown[0]);
  }

  /** Only one row is in the order of the Tab key: the one that is selected, or the first. */
  function focusable(finding) {
    for (const button of list.querySelectorAll('button[tabindex="0"]')) button.tabIndex = -1;
    if (finding) $("button", rows.get(finding.number)).tabIndex = 0;
  }

  function reveal() {
    const button = $("button", rows.get(state.selected.number));
    focusable(state.selected);
    button.setAttribute("aria-current", "true");
    const outer = list.parentElement.getBoundingClientRect();
    const inner = button.getBoundingClientRect();
    if (inner.top < outer.top || inner.bottom > outer.bottom) {
      list.parentElement.scrollTop += inner.top - outer.top - outer.height / 3;
    }
  }

  // ---- the one looked at ------------------------------------------------------------------

  function select(finding, { go = false } = {}) {
    const before = state.selected;
    if (before) $("button", rows.get(before.number)).removeAttribute("aria-current");
    state.selected = finding;
    if (state.shown.includes(finding)) reveal();
    draw(finding);
    const at = state.shown.indexOf(finding) + 1;
    announce(`Finding ${at} of ${state.shown.length}. ${SEVERITIES[finding.state]}: ${finding.sentence}`);
    try {
      history.replaceState(null, "", `#finding-${finding.number}`);
    } catch {
      /* a browser may refuse it to files */
    }
    onShow(finding, go);
  }

  function step(by) {
    if (!state.shown.length) return announce("There is no finding to go to.");
    const at = state.shown.indexOf(state.selected);
    const next = at < 0 ? (by > 0 ? 0 : state.shown.length - 1) : at + by;
    if (next < 0 || next >= state.shown.length) {
      return announce(by > 0 ? "This is the last finding." : "This is the first finding.");
    }
    select(state.shown[next]);
    if (list.contains(document.activeElement)) {
      $("button", rows.get(state.selected.number)).focus({ preventScroll: true });
    }
  }

  function draw(finding) {
    $("#close-up").hidden = !DATA.pictures[finding.picture]?.box;
    detail.replaceChildren(
      make(
        "h3",
        { tabindex: "-1", class: finding.state },
        icon(finding.state),
        " ",
        make("span", { class: "severity" }, SEVERITIES[finding.state]),
        ` ${finding.title}`,
        finding.term ? make("span", { lang: "ja", class: "term" }, ` ${finding.term}`) : null,
        make("span", { class: "number" }, `no. ${finding.number}`),
      ),
      make("p", { class: "sentence" }, finding.sentence),
      ...(finding.suppressed
        ? [make("p", { class: "reason" }, `Suppressed, does not count: ${finding.suppressed}`)]
        : []),
      ...(finding.advice && !finding.sentence.includes(finding.advice)
        ? [make("p", { class: "advice" }, finding.advice)]
        : []),
      pictureRow(finding),
      facts(finding),
    );
  }

  function facts(finding) {
    const whole = finding.first === finding.last;
    const pairs = [
      ["Shot", shotName(finding)],
      ["Time", whole ? finding.timecode : `${finding.timecode} to ${finding.end_timecode}`],
      ["Frames", whole ? finding.first : `${finding.first} to ${finding.last}, worst ${finding.worst}`],
      ["Value", `${amount(finding.value, finding.unit)} (limit ${round(finding.limit)})`],
      ["Area", finding.area ? `${finding.area.toLocaleString("en")} px` : ""],
      ["Place", finding.box ? `${finding.place} (${boxText(finding.box)})` : finding.place],
      ["Seen", finding.times > 1 ? `${finding.times} times` : ""],
    ];
    const terms = pairs.filter(([, value]) => value !== "" && value !== null);
    const colors = finding.found || finding.expected ? [colorFacts(finding)] : [];
    return make(
      "dl",
      { class: "facts" },
      ...terms.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))),
      ...colors,
    );
  }

  const boxText = ({ top, left, bottom, right }) =>
    `x ${left}\u2013${right - 1}, y ${top}\u2013${bottom - 1}`;

  function colorFacts(finding) {
    const pair = [
      finding.found && [swatch(finding.found), ` ${finding.found} found`],
      finding.expected && [swatch(finding.expected), ` ${finding.expected} expected`],
    ].filter(Boolean);
    const apart = finding.unit === "\u0394E" && pair.length === 2 ? `\u0394E ${round(finding.value)}` : "";
    return make(
      "div",
      { class: "colors" },
      make("dt", {}, "Color"),
      make("dd", {}, ...pair.map((parts) => make("span", {}, ...parts)), apart),
    );
  }

  const swatch = (hex) =>
    make(
      "svg",
      { class: "swatch", role: "img", "aria-label": hex },
      make("rect", { width: "100%", height: "100%", fill: hex }),
    );

  // ---- pictures ---------------------------------------------------------------------------

  function pictureRow(finding) {
    const picture = DATA.pictures[finding.picture];
    if (!picture) {
      return make("p", { class: "unpictured" }, "No picture was kept of this one; look at frame " +
        `${finding.worst} (${finding.worst_timecode}) of the clip.`);
    }
    const bytes = pictures[finding.picture];
    return make(
      "div",
      { class: "pictures" },
      ...VIEWS.map(([key, name, about]) => {
        const frame = picture.frame + { before: -1, after: 1 }[key] || picture.frame;
        const caption = make(
          "figcaption",
          {},
          make("b", {}, name),
          key === "heat" || !bytes[key] ? "" : ` frame ${frame}`,
        );
        if (!bytes[key]) {
          const gone = make("div", { class: "gone" }, key === "heat" ? "none" : "not in this shot");
          gone.style.aspectRatio = `${picture.width} / ${picture.height}`;
          return make("figure", {}, gone, caption);
        }
        return make("figure", {}, pictureButton(finding, key, `${about}, frame ${frame}`), caption);
      }),
    );
  }

  function pictureButton(finding, key, about) {
    const button = make(
      "button",
      { type: "button", class: "picture", "data-view": key, "aria-label": `Enlarge ${about}` },
      ...layers(finding, key, about),
    );
    zoomTo(button, finding);
    button.addEventListener("click", () => lens.open(finding, key));
    return button;
  }

  /** The image, which a close-up scales, and the box over it. */
  function layers(finding, key, about) {
    const { width, height, box } = DATA.pictures[finding.picture];
    const image = make("img", {
      src: `data:image/jpeg;base64,${pictures[finding.picture][key]}`,
      alt: `${finding.title}: ${about}`,
      width,
      height,
    });
    return box ? [image, make("span", { class: "box", "aria-hidden": "true" })] : [image];
  }

  /** Whole, or a close-up: the box takes about a third of the picture, and stays where it is. */
  function zoomTo(holder, finding) {
    const { width, height, box } = DATA.pictures[finding.picture];
    if (!box) return;
    const [wide, tall] = [box.right - box.left, box.bottom - box.top];
    const factor = state.close ? clamp(0.35 * Math.min(width / wide, height / tall), 1, 12) : 1;
    const x = `${(50 * (box.left + box.right)) / width}%`;
    const y = `${(50 * (box.top + box.bottom)) / height}%`;
    const image = $("img", holder);
    image.style.transformOrigin = `${x} ${y}`;
    image.style.transform = `scale(${factor})`;
    image.classList.toggle("close", factor > 2);
    Object.assign($(".box", holder).style, {
      left: x,
      top: y,
      width: `${(100 * factor * wide) / width}%`,
      height: `${(100 * factor * tall) / height}%`,
    });
  }

  /** A picture that is only looked at. */
  function plate(finding, key, about) {
    const holder = make("div", { class: "picture", "data-view": key }, ...layers(finding, key, about));
    zoomTo(holder, finding);
    return holder;
  }

  function closeUp() {
    state.close = !state.close;
    $("#close-up").setAttribute("aria-pressed", state.close);
    for (const holder of document.querySelectorAll(".picture")) {
      if (holder.dataset.view && state.selected) zoomTo(holder, state.selected);
    }
    announce(state.close ? "Close-up." : "Whole pictures.");
  }

  /** One picture as large as the window; the arrow keys flip through the others in its place. */
  const lens = (() => {
    const dialog = $("#lens");
    let finding = null;
    let keys = [];
    let at = 0;

    function show() {
      const [key, name, about] = keys[at];
      $(".stage", dialog).replaceChildren(plate(finding, key, about));
      $("h2", dialog).textContent = `${finding.title}: ${name}, ${about}`;
      announce(`${name}, ${about}`);
    }

    function flip(by) {
      at = (at + by + keys.length) % keys.length;
      show();
    }

    dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowRight") flip(1);
      else if (event.key === "ArrowLeft") flip(-1);
      else if (event.key === "z") closeUp();
      else return;
      event.preventDefault();
    });
    $(".next", dialog).addEventListener("click", () => flip(1));
    $(".previous", dialog).addEventListener("click", () => flip(-1));
    $(".shut", dialog).addEventListener("click", () => dialog.close());
    return {
      open(which, key) {
        finding = which;
        keys = VIEWS.filter(([name]) => pictures[finding.picture][name]);
        at = keys.findIndex(([name]) => name === key);
        show();
        dialog.showModal();
      },
    };
  })();

  // ---- beginning --------------------------------------------------------------------------

  function option(select, value, text) {
    select.append(make("option", { value }, text));
  }

  const topics = new Map(all.map((finding) => [finding.topic, finding.title]));
  for (const [topic, title] of [...topics].sort((a, b) => a[1].localeCompare(b[1]))) {
    option(filters.topic, topic, title);
  }
  for (const shot of [...new Set(all.map((finding) => finding.shot))].sort((a, b) => a - b)) {
    option(filters.shot, shot, `Shot ${DATA.shots[shot].name}`);
  }
  for (const finding of all) rows.set(finding.number, rowOf(finding));
  for (const control of Object.values(filters)) control.addEventListener("input", filter);
  $("#unfilter").addEventListener("click", () => narrow({}));
  $("#next").addEventListener("click", () => step(1));
  $("#previous").addEventListener("click", () => step(-1));
  $("#close-up").addEventListener("click", closeUp);
  list.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    step(by);
  });
  filter();

  /** Show only findings like this; what is not named is not filtered by. */
  function narrow({ severity = "", topic = "", shot = "" }) {
    filters.severity.value = severity;
    filters.topic.value = topic;
    filters.shot.value = shot;
    filters.text.value = "";
    filter();
  }

  return { select, step, narrow, closeUp, state, plate };
}
