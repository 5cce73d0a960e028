/* Light and dark: the system's, until a button says otherwise. */
"use strict";

(function theme() {
  const root = document.documentElement;
  const button = $("#theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

  function tell() {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `Show the page in ${isDark() ? "light" : "dark"}`);
    dispatchEvent(new Event("themechange"));
  }

  const kept = memory.get("theme");
  if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    memory.set("theme", root.dataset.theme);
    tell();
  });
  system.addEventListener("change", tell);
  tell();
})();
