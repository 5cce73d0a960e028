/* What a report says, read from its data blocks, and small things that every part needs. */
"use strict";

const $ = (selector, within = document) => within.querySelector(selector);

/** The JSON of a data block; null where the page has none. */
function block(id) {
  const element = document.getElementById(id);
  return element && JSON.parse(element.textContent);
}

const DATA = block("data");

/** An element with attributes and children. Text is only ever set as text. */
function make(name, attributes = {}, ...children) {
  const svg = ["svg", "use", "rect"].includes(name);
  const element = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** One of the page's symbols; the word beside it says what it means. */
const icon = (name) =>
  make("svg", { class: `icon ${name}`, "aria-hidden": "true" }, make("use", { href: `#i-${name}` }));

/** Numbers of every frame, as JavaScript has them; null where none was measured. */
function decode({ low, step, data }) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const numbers = new Array(bytes.length / 2);
  for (let i = 0; i < numbers.length; i++) {
    const level = view.getUint16(2 * i, true);
    numbers[i] = level === 65535 ? null : low + level * step;
  }
  return numbers;
}

const FPS = Math.max(1, Math.round(DATA.rate));

/** HH:MM:SS:FF of a frame by its position among those measured. */
const timecode = (index) => timecodeOf(Math.max(0, Math.round(index)) + DATA.first_frame);

/** HH:MM:SS:FF, non-drop, of a frame by its number in the clip. */
function timecodeOf(number) {
  const seconds = Math.floor(number / FPS);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return [...parts, number % FPS].map((part) => String(part).padStart(2, "0")).join(":");
}

/** Index of the shot that a frame lies in: the last that begins at it or before it. */
function shotOf(frame) {
  let low = 0;
  let high = DATA.shots.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (DATA.shots[middle].first <= frame) low = middle;
    else high = middle - 1;
  }
  return low;
}

const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

/** A color of the style sheet, as it is in the theme shown. */
const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const clamp = (number, low, high) => Math.min(Math.max(number, low), high);

/** Tell those who listen to the page rather than look at it. */
function announce(text) {
  $("#said").textContent = text;
}

const memory = {
  get(key) {
    try {
      return localStorage.getItem(`animecolor.${key}`);
    } catch {
      return null; // a browser may refuse storage to files
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(`animecolor.${key}`, value);
    } catch {
      /* the choice lasts as long as the page is open */
    }
  },
};
