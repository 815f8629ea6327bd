// Hands stay down: one key for every action. An element says its own by data-hotkey; the rest is here.
// Single keys can be switched off, for those who speak to their computer.

import { jump, openRow, showArrivals, step } from "./queue.js";
import { write } from "./tabs.js";

const OFF = "amends.keys.off";
const dialog = document.getElementById("keys");
let went = 0; // when g was pressed

const switchOff = dialog?.querySelector("#keys-off");
if (switchOff) {
  switchOff.checked = localStorage.getItem(OFF) === null;
  switchOff.onchange = () => (switchOff.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "yes"));
}

export function typing(element) {
  return element?.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") ?? false;
}

const actions = {
  j: () => step(1),
  k: () => step(-1),
  o: openRow,
  r: write,
  ".": showArrivals,
  "/": () => document.querySelector("[role=search] input[type=search]")?.focus(),
  "?": () => dialog.showModal(),
  g: () => (went = Date.now()),
};
const places = { q: "queue", m: "mine", l: "late" };

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  if (typing(event.target) || document.querySelector("dialog[open]") || localStorage.getItem(OFF)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const going = Date.now() - went < 1500 && places[key];
  went = 0;
  const action = going ? () => jump(going) : (actions[key] ?? hotkey(key));
  if (!action) return;
  event.preventDefault();
  action();
});

function hotkey(key) {
  const element = document.querySelector(`[data-hotkey="${CSS.escape(key)}"]`);
  if (!element) return undefined;
  return () => {
    if (element.matches("summary")) element.focus();
    element.click();
  };
}
