// The open case, live: its header, thread and replies are asked for anew when something happened to them. The reply
// box is never touched.

import { closeMenus } from "./menus.js";
import { merge, parse, remember } from "./merge.js";
import { mark, toNext } from "./queue.js";
import { focusReading } from "./readings.js";
import { get } from "./send.js";
import { word } from "./words.js";

const timers = new Map();
let taught = null; // what was just said of a reading

export function open() {
  const section = document.getElementById("case");
  return section?.dataset.case ? section : null;
}

export function began() {
  const section = open();
  if (!section) return;
  remember(document.getElementById("thread"));
  remember(document.getElementById("outgoing"));
  const thread = document.getElementById("thread");
  const answered = document.getElementById(`post-${document.querySelector("#answer [name=to]").value}`);
  if (answered) answered.scrollIntoView({ block: "center" });
  else thread.scrollTop = thread.scrollHeight;
  thread.addEventListener("scroll", () => document.getElementById("newer")?.remove());
  dispatchEvent(new CustomEvent("desk:case", { detail: { case: Number(section.dataset.case) } }));
}

// ---- another case is opened in the same page

addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target?.id !== "case") return;
  dispatchEvent(new CustomEvent("desk:leaving"));
  detail.target.setAttribute("aria-busy", "true");
  mark(detail.elt.closest("li")?.dataset.key);
});
addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.target?.id === "case") document.getElementById("case")?.removeAttribute("aria-busy");
});
addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id !== "case") return;
  closeMenus();
  document.body.dataset.pane = "case";
  document.title = target.dataset.title;
  document.getElementById("say").textContent = target.dataset.title;
  began();
  if (!document.getElementById("rows")?.checkVisibility()) focusTitle();
});

// What was pressed is gone with the old header: on to what the agent does next.
addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id !== "case-header") return;
  const over = detail.requestConfig.elt.matches("[data-over]");
  const lost = document.activeElement === document.body;
  if (over && (lost || document.activeElement.matches("#list [aria-current]")) && toNext()) return;
  if (lost) focusTitle();
});

function focusTitle() {
  const title = document.getElementById("case-title");
  if (!title) return;
  title.tabIndex = -1;
  title.focus({ preventScroll: true });
}

addEventListener("desk:undone", ({ detail }) => {
  if (String(detail?.case) !== open()?.dataset.case) return;
  focusTitle();
  later("header", header, 0);
});

// ---- what happens

document.addEventListener("amends:event", ({ detail }) => {
  const section = open();
  if (!section) return;
  const mine = String(detail.case) === section.dataset.case;
  const here = section.dataset.conversations.split(",").includes(String(detail.conversation));
  if (detail.type === "case" && mine) later("header", header);
  if (here || (detail.type === "note" && mine) || (detail.type === "case" && mine)) later("thread", thread);
  if (detail.type === "reply" && mine) later("outgoing", outgoing);
  if (detail.type === "reload") {
    later("header", header);
    later("thread", thread);
    later("outgoing", outgoing);
  }
});
addEventListener("desk:noted", () => later("thread", thread));
addEventListener("desk:taught", ({ detail }) => {
  taught = detail;
  later("thread", thread, 0);
});

function later(name, refresh, delay = 150) {
  clearTimeout(timers.get(name));
  timers.set(name, setTimeout(refresh, delay));
}

async function part(name) {
  const section = open();
  if (!section) return null;
  const response = await get(`${section.dataset.url}${name}`);
  if (!response.ok || open() !== section) return null;
  return parse(await response.text());
}

async function header() {
  const unfolded = document.querySelector("#case-header details[open]");
  const busy = unfolded || document.getElementById("facts")?.contains(document.activeElement);
  if (busy) return later("header", header, 1000);
  const fresh = await part("header");
  // Answers may overtake each other, and what stood there when we asked may be gone.
  const old = document.getElementById("case-header");
  const facts = document.getElementById("facts");
  if (!fresh || !old || !facts) return;
  const next = fresh.getElementById("case-header");
  const nextFacts = fresh.getElementById("facts");
  if (Number(next.dataset.version) < Number(old.dataset.version)) return;
  const held = old.contains(document.activeElement) ? document.activeElement : null;
  nextFacts.removeAttribute("hx-swap-oob");
  old.replaceWith(next);
  facts.replaceWith(nextFacts);
  for (const element of [next, nextFacts]) window.htmx.process(element);
  if (!held) return;
  const same = held.dataset.hotkey && next.querySelector(`[data-hotkey="${held.dataset.hotkey}"]`);
  if (same) same.focus();
  else focusTitle();
}

async function thread() {
  const fresh = await part("thread");
  const box = document.getElementById("thread");
  if (!fresh || !box) return;
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  document.getElementById("newer")?.remove();
  // Whose menu is open is left alone for the moment.
  const busy = [...box.children].find((child) => child.querySelector("details.menu[open]"));
  const added = merge(box, fresh.getElementById("thread"), busy);
  if (busy) later("thread", thread, 1000);
  if (taught && document.activeElement === document.body) focusReading(taught);
  taught = null;
  if (!added.length) return;
  if (atEnd) box.scrollTop = box.scrollHeight;
  else below(box);
}

function below(box) {
  const button = Object.assign(document.createElement("button"), {
    id: "newer",
    type: "button",
    className: "button primary newer",
    textContent: `${word("newer")} ↓`,
    onclick: () => box.scrollTo({ top: box.scrollHeight, behavior: "smooth" }),
  });
  button.dataset.key = "newer";
  box.append(button);
}

async function outgoing() {
  const fresh = await part("outgoing");
  const box = document.getElementById("outgoing");
  if (fresh && box) merge(box, fresh.getElementById("outgoing"));
}
