/* One report: the parts of its page know of one another here, and the keyboard knows of all. */
"use strict";

(function report() {
  const all = DATA.findings;
  const pictures = block("pictures") ?? {};
  const byNumber = new Map(all.map((finding) => [finding.number, finding]));
  const marks = all.map((finding) => ({
    finding,
    first: finding.first - DATA.first_frame,
    last: finding.last - DATA.first_frame,
    at: finding.worst - DATA.first_frame,
    severity: finding.state,
    column: finding.column,
  }));
  const markOf = new Map(marks.map((mark) => [mark.finding, mark]));
  const lines = timeline($("#timeline"), marks, (mark) => found.select(mark.finding));
  const found = findings(all, pictures, (finding) => {
    const mark = markOf.get(finding);
    if (mark.column) lines.showPlot(mark.column, true);
    lines.showMark(mark);
  });

  /** Bring the finding under the reader's eyes and hands. */
  function jump() {
    if (!found.state.selected) found.step(1);
    const heading = $("#detail h3");
    if (!heading) return;
    heading.focus({ preventScroll: true });
    $("#findings").scrollIntoView({ block: "start" });
  }

  /** The next finding; who reads the top of the page is taken to it. */
  function step(by) {
    found.step(by);
    if ($("#detail").getBoundingClientRect().top > 0.8 * innerHeight) {
      $("#findings").scrollIntoView({ block: "start" });
    }
  }

  function goTo(finding) {
    if (!finding) return;
    if (!found.state.shown.includes(finding)) found.narrow({});
    found.select(finding);
    jump();
  }

  // ---- links from elsewhere on the page ---------------------------------------------------

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-finding], [data-goto-shot], [data-filter]");
    if (!link) return;
    event.preventDefault();
    if (link.dataset.finding) goTo(byNumber.get(Number(link.dataset.finding)));
    else if (link.dataset.gotoShot) {
      lines.showShot(Number(link.dataset.gotoShot));
      $("#timeline").scrollIntoView({ block: "start" });
      $("#timeline .ruler").focus({ preventScroll: true });
    } else {
      const [topic, severity] = link.dataset.filter.split(" ");
      found.narrow({ topic, severity });
      if (found.state.shown.length) found.select(found.state.shown[0]);
      jump();
    }
  });

  for (const image of document.querySelectorAll("img[data-picture]")) {
    const bytes = pictures[image.dataset.picture]?.frame;
    if (bytes) image.src = `data:image/jpeg;base64,${bytes}`;
    else image.remove();
  }

  // ---- tables that sort -------------------------------------------------------------------

  for (const table of document.querySelectorAll("table.sortable")) {
    for (const heading of table.querySelectorAll("thead th")) {
      const button = make("button", { type: "button" }, ...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(table, heading));
    }
  }

  /** By the cells' own values; what has none stays at the end either way. */
  function sort(table, heading) {
    const down = heading.getAttribute("aria-sort") === "descending";
    const fresh = !heading.hasAttribute("aria-sort");
    const sign = fresh ? Number(heading.dataset.first ?? -1) : down ? 1 : -1;
    const at = heading.cellIndex;
    const valueOf = (row) => {
      const cell = row.cells[at];
      const text = cell.dataset.value ?? cell.textContent.trim();
      return text === "" ? null : Number.isNaN(Number(text)) ? text : Number(text);
    };
    const rows = [...table.tBodies[0].rows].map((row) => [valueOf(row), row]);
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
    });
    table.tBodies[0].append(...rows.map(([, row]) => row));
    for (const other of table.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
    announce(`Sorted by ${heading.textContent.trim()}, ${sign > 0 ? "ascending" : "descending"}.`);
  }

  // ---- the keyboard -----------------------------------------------------------------------

  const help = $("#help");
  const single = $("#single-keys");
  single.checked = memory.get("keys") !== "off";
  single.addEventListener("change", () => memory.set("keys", single.checked ? "on" : "off"));
  $("#keys").hidden = false;
  $("#keys").addEventListener("click", () => help.showModal());
  $(".shut", help).addEventListener("click", () => help.close());

  const keys = {
    j: () => step(1),
    n: () => step(1),
    k: () => step(-1),
    p: () => step(-1),
    Enter: jump,
    z: found.closeUp,
    0: () => lines.show(lines.whole.min, lines.whole.max),
    "[": () => lines.showShot(lines.shotAt() - 1),
    "]": () => lines.showShot(lines.shotAt() + 1),
    "/": () => $("#by-text").focus(),
    "?": () => help.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea, dialog[open]")) return;
    if (event.key === "Enter" && event.target.closest("button, a, summary, input")) return;
    if (!single.checked && event.key !== "Enter") return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // ---- paper ------------------------------------------------------------------------------

  const MOST_PRINTED = 60;

  /** On paper the list is written out with its pictures: failures, then warnings. */
  addEventListener("beforeprint", () => {
    const failures = all.filter((finding) => finding.state === "fail");
    const warnings = all.filter((finding) => finding.state === "warn");
    const printed = [...failures, ...warnings].slice(0, MOST_PRINTED);
    $("#printed").replaceChildren(
      ...printed.map((finding) =>
        make(
          "article",
          {},
          make("p", {}, make("b", {}, `${finding.number}. ${SEVERITIES[finding.state]}: `), finding.sentence),
          ...(pictures[finding.picture]
            ? VIEWS.filter(([key]) => pictures[finding.picture][key]).map(([key, , about]) =>
                found.plate(finding, key, about),
              )
            : []),
        ),
      ),
    );
  });
  addEventListener("afterprint", () => $("#printed").replaceChildren());

  // ---- where to begin: at the finding in the address, or the first ------------------------

  const asked = /^#finding-(\d+)$/.exec(location.hash);
  const first = (asked && byNumber.get(Number(asked[1]))) || all.find((f) => f.state === "fail") || all[0];
  if (first) found.select(first);
  else $("#detail").textContent = "";
})();
