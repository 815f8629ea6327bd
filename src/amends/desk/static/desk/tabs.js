// The tabs of the box: in public, in private, a note. The first two write in the same place, to different posts.

import { word } from "./words.js";

let answering; // the tab of the way that an answer will go

function tabs() {
  return [...document.querySelectorAll("#reply [role=tab]")];
}

function panel(tab) {
  return document.getElementById(tab.getAttribute("aria-controls"));
}

function select(chosen) {
  for (const tab of tabs()) {
    tab.setAttribute("aria-selected", tab === chosen);
    tab.tabIndex = tab === chosen ? 0 : -1;
    panel(tab).hidden = panel(tab) !== panel(chosen);
  }
  if (chosen.dataset.way !== undefined) answering = chosen;
}

addEventListener("desk:case", () => {
  answering = tabs().find((tab) => tab.getAttribute("aria-selected") === "true");
});

export function write() {
  if (!answering?.isConnected) return;
  select(answering);
  panel(answering).querySelector("textarea").focus();
}

export function writeNote() {
  select(document.getElementById("tab-note"));
}

// The server says where the answer goes: {answers, private, how, send}.
export function follow({ answers, private: hidden, how, send }) {
  document.getElementById("to").textContent = answers;
  document.getElementById("send").textContent = send;
  const ways = tabs().filter((tab) => tab.dataset.way !== undefined);
  const same = ways.filter((one) => one.dataset.private === String(hidden));
  const tab = same.find((one) => one.dataset.how === how) ?? same[0];
  if (tab && !panel(tab).hidden) select(tab);
  if (tab) {
    answering = tab;
  } else if (ways.length === 1) {
    ways[0].querySelector("use").setAttribute("href", hidden ? "#i-lock" : "#i-globe");
    ways[0].querySelector(".words").textContent = word(hidden ? "in_private" : "in_public");
  }
}

addEventListener("click", ({ target }) => {
  const tab = target.closest?.("#reply [role=tab]");
  if (!tab) return;
  select(tab);
  panel(tab).querySelector("textarea").focus();
  const { way, how } = tab.dataset;
  if (way) dispatchEvent(new CustomEvent("desk:choose", { detail: { to: way, how } }));
});

addEventListener("keydown", (event) => {
  const tab = event.target.closest?.("#reply [role=tab]");
  if (!tab || (event.key !== "ArrowRight" && event.key !== "ArrowLeft")) return;
  const all = tabs();
  const step = (event.key === "ArrowRight") === (document.dir !== "rtl") ? 1 : -1;
  all[(all.indexOf(tab) + step + all.length) % all.length].focus();
});
