/* Several results: the timelines, and the way between them and the frames side by side. */
"use strict";

(function compare() {
  const rows = [...document.querySelectorAll("[data-row]")];
  const lines = timeline($("#timeline"), DATA.worst, (mark) => {
    lines.showMark(mark);
    const row = rows.find((element) => element.dataset.row === String(mark.row));
    row?.scrollIntoView({ block: "nearest" });
    announce($("h3", row).textContent);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show]");
    if (!button) return;
    lines.showMark(DATA.worst[Number(button.dataset.show)]);
    $("#timeline").scrollIntoView({ block: "start" });
    $("#timeline .ruler").focus({ preventScroll: true });
  });
})();
