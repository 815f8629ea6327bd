// The list, live. Nothing moves under a reader's pointer or focus: what arrives meanwhile waits behind a button.

import { liven, parse } from "./merge.js";
import { get } from "./send.js";
import { word } from "./words.js";

const list = document.getElementById("list");
const box = document.getElementById("rows");
const pill = document.getElementById("arrivals");
const MANY = 100; // more changes than these at once are a reload of the list
const FEW = 3; // so many may slip in by themselves
const SCREEN = 8; // rows that a screen shows

const changed = new Set(); // ids to ask about
const held = new Map(); // id -> its new row, or null for one that left
let lots = false;
let timer;
let since;

// ---- where a row belongs

function key(row) {
  return [Number(row.dataset.by), Number(row.dataset.key)];
}

function before(a, b) {
  const [[aBy, aId], [bBy, bId]] = [key(a), key(b)];
  const less = aBy < bBy || (aBy === bBy && aId < bId);
  return box.dataset.order === "newest" ? !less : less;
}

function put(row) {
  const next = [...list.children].find((other) => other !== row && before(row, other));
  if (!next && document.getElementById("more")) return row.remove(); // further down than what is loaded
  if (row.nextElementSibling !== next || !row.isConnected) list.insertBefore(row, next ?? null);
}

function reading() {
  return box.matches(":hover") || box.contains(document.activeElement) || box.scrollTop > 40;
}

// ---- what happens

document.addEventListener("amends:event", ({ detail }) => {
  if (detail.type === "case") ask(detail.case);
  if (detail.type === "reload") reload();
});
addEventListener("desk:touched", ({ detail }) => ask(detail.case));

function ask(id) {
  changed.add(id);
  since ??= Date.now();
  clearTimeout(timer);
  timer = setTimeout(refresh, Date.now() - since > 1000 ? 0 : 200);
}

async function refresh() {
  const ids = [...changed];
  changed.clear();
  since = undefined;
  count();
  if (!list) return;
  if (ids.length > MANY) {
    lots = true;
    return announce();
  }
  const response = await get(`${document.body.dataset.base}rows?ids=${ids}&${box.dataset.query}`);
  if (!response.ok) {
    for (const id of ids) changed.add(id); // asked about again with the next one
    return;
  }
  const fresh = new Map([...parse(await response.text()).children].map((row) => [Number(row.dataset.key), row]));
  const arriving = ids.filter((id) => fresh.has(id) && !document.getElementById(`row-${id}`)).length;
  const full = list.childElementCount > SCREEN; // what comes into an almost empty list moves nothing
  const wait = reading() || (arriving > FEW && full);
  for (const id of ids) take(id, fresh.get(id), wait);
  announce();
}

function take(id, row, wait) {
  const old = document.getElementById(`row-${id}`);
  held.delete(id);
  if (!row) {
    if (!old) return;
    old.classList.add("gone");
    if (wait || old.querySelector("[aria-current]")) held.set(id, null);
    else old.remove();
  } else if (old) {
    const moves = old.dataset.by !== row.dataset.by;
    const open = old.querySelector("[aria-current]"); // stays where it is while it is worked on
    if (open) row.querySelector("a").setAttribute("aria-current", "true");
    replace(old, row);
    if (moves && (wait || open)) held.set(id, row);
    else if (moves) put(row);
  } else if (wait) {
    held.set(id, row);
  } else {
    show(row);
  }
}

function replace(old, row) {
  const focused = old.contains(document.activeElement);
  old.replaceWith(row);
  liven(row);
  if (focused) row.querySelector("a").focus({ preventScroll: true });
}

function show(row) {
  put(row);
  if (!row.isConnected) return;
  row.classList.add("fresh");
  liven(row);
}

function announce() {
  const waiting = [...held].filter(([id, row]) => row && !document.getElementById(`row-${id}`)).length;
  if (pill) {
    pill.hidden = !lots && !waiting;
    if (!pill.hidden)
      pill.textContent = lots ? word("new_lots", MANY) : waiting === 1 ? word("new_one") : word("new_many", waiting);
  }
  const nothing = document.getElementById("nothing");
  if (nothing) nothing.hidden = list.childElementCount > 0;
}

// What waited takes its place, because the reader says so.
export function showArrivals() {
  if (!pill || (pill.hidden && !held.size)) return;
  if (lots) return location.reload();
  for (const [id, row] of held) {
    if (row) show(row);
    else document.getElementById(`row-${id}`)?.remove();
  }
  held.clear();
  announce();
  box.scrollTo({ top: 0 });
  list.querySelector("a")?.focus({ preventScroll: true });
}
pill?.addEventListener("click", showArrivals);

function reload() {
  count();
  if (list) for (const row of list.children) changed.add(Number(row.dataset.key));
  if (list && changed.size <= MANY) refresh();
  lots = Boolean(list);
  if (list) announce();
}

// ---- the counts beside the views

let counting;
function count() {
  if (counting) return;
  counting = setTimeout(async () => {
    counting = undefined;
    const response = await get(`${document.body.dataset.base}counts`);
    if (!response.ok) return;
    const counts = await response.json();
    for (const place of document.querySelectorAll("[data-count]")) {
      place.textContent = counts[place.dataset.count] || "";
      if (place.dataset.count === "late") place.classList.toggle("hot", counts.late > 0);
    }
    const longest = document.querySelector("[data-longest]");
    if (longest?.textContent) longest.textContent = counts.longest;
  }, 400);
}

// ---- walking through it

function current() {
  const focused = document.activeElement?.closest?.("#list > li");
  return focused ?? list?.querySelector("li:has([aria-current])");
}

export function step(by) {
  if (!list) return;
  const here = current();
  const next = here ? (by > 0 ? here.nextElementSibling : here.previousElementSibling) : list.firstElementChild;
  if (!next) document.querySelector("#more a")?.click();
  next?.querySelector("a").focus();
  next?.scrollIntoView({ block: "nearest" });
}

// The case that comes after the open one, or the first, is at hand. False where there is none to be seen.
export function toNext() {
  if (!box?.checkVisibility()) return false;
  const here = list.querySelector("li:has([aria-current])");
  const others = [...list.children].filter((row) => row !== here && !row.classList.contains("gone"));
  const follows = (row) => here && here.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING;
  const next = others.find(follows) ?? others[0];
  next?.querySelector("a").focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
  return Boolean(next);
}

export function openRow() {
  current()?.querySelector("a").click();
}

export function jump(place) {
  const base = document.body.dataset.base;
  location.assign(place === "queue" ? base : `${base}?view=${place}`);
}

export function mark(id) {
  for (const link of list?.querySelectorAll("a") ?? []) {
    if (link.closest("li").dataset.key === String(id)) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  for (const row of list?.querySelectorAll(".gone") ?? []) {
    if (row.dataset.key !== String(id) && !reading()) row.remove();
  }
}
