// The box: what is written is kept at every keystroke, counted, looked over by the server, and never lost.

import { forget, keep, kept } from "./drafts.js";
import { bytes, length } from "./length.js";
import { post, told } from "./send.js";
import { follow, write, writeNote } from "./tabs.js";
import { signedOut, toast } from "./toast.js";
import { word } from "./words.js";

const SAVE_AFTER = 700; // ms of quiet
const FAR = 2000; // characters: a longer limit is told only once half of it is used
let box; // <section id="reply">
let id; // of the case
let area;
let to;
let how;
let timer;
let unsaved = false;

addEventListener("desk:case", ({ detail }) => {
  box = document.getElementById("reply");
  id = detail.case;
  area = box.querySelector("#answer textarea");
  to = box.querySelector("input[name=to]");
  how = box.querySelector("input[name=how]");
  unsaved = false;
  restore();
  const note = box.querySelector("#note textarea");
  note.value = kept(id, "note")?.text ?? "";
  for (const one of [area, note]) mirror(one);
  if (note.value && !area.value) writeNote();
  area.addEventListener("input", written);
  note.addEventListener("input", () => {
    mirror(note);
    keep(id, "note", { text: note.value });
  });
  count();
});

// What this browser kept was never saved. Where the server has other words than those it was written on, from another
// device perhaps, both stand: nothing is thrown away.
function restore() {
  const mine = kept(id, "answer");
  if (!mine) return;
  if (mine.text === area.value) return forget(id, "answer");
  const elsewhere = area.value && mine.base !== area.dataset.saved;
  area.value = elsewhere ? `${area.value}\n\n${mine.text}` : mine.text;
  if (mine.to) to.value = mine.to;
  if (mine.how) how.value = mine.how;
  if (mine.text) say(word("restored"));
  status(word("saving"));
  unsaved = true;
  later();
}

function written() {
  keepAnswer();
  unsaved = true;
  say("");
  status(word("saving"));
  mirror(area);
  count();
  later();
}

function keepAnswer() {
  keep(id, "answer", { text: area.value, to: to.value, how: how.value, base: area.dataset.saved });
}

function later(delay = SAVE_AFTER) {
  clearTimeout(timer);
  timer = setTimeout(save, delay);
}

async function save() {
  const draft = { text: area.value, to: to.value, how: how.value };
  const [where, whose] = [box, id];
  let response = null;
  try {
    response = await post(box.dataset.draft, draft);
  } catch {
    // unreachable: it stays in this browser, and is tried again
  }
  if (where !== box) return;
  if (!response?.ok) {
    status(word("kept"));
    if (response?.status === 401 || response?.status === 403) return signedOut();
    return later(5000);
  }
  const { saved, ...found } = told(response)["desk:way"];
  area.dataset.saved = saved;
  if (area.value !== draft.text) return keepAnswer();
  unsaved = false;
  forget(whose, "answer");
  status(draft.text ? word("saved") : "");
  show(await response.text());
  follow(found);
  fit(found);
  mirror(area);
}

// The answer brings what stands above the writing and what stands below it.
function show(html) {
  const parts = document.createRange().createContextualFragment(html);
  for (const part of parts.querySelectorAll("[data-into]")) {
    document.getElementById(part.dataset.into).replaceChildren(...part.childNodes);
  }
}

// Another way may have other room, or none.
function fit({ room, problem, closed }) {
  Object.assign(box.dataset, {
    limit: room.limit,
    counts: room.counts_as,
    bytes: room.byte_limit,
    parts: room.parts,
  });
  box.classList.toggle("no-files", !room.files);
  document.getElementById("to-send").ariaDisabled = problem ? "true" : null;
  box.classList.toggle("closed", closed);
  count();
}

// Whoever leaves in the middle of a word finds it again.
function flush() {
  if (!unsaved || !box) return;
  clearTimeout(timer);
  unsaved = false;
  post(box.dataset.draft, { text: area.value, to: to.value, how: how.value }, { keepalive: true }).catch(() => {});
}
addEventListener("desk:leaving", flush);
addEventListener("pagehide", flush);
addEventListener("online", () => unsaved && later(0));
document.addEventListener("visibilitychange", () => !document.hidden && unsaved && later(0)); // signed in elsewhere

// ---- how it looks

function status(text) {
  document.getElementById("saved").textContent = text;
}

function say(text) {
  const place = document.getElementById("kept");
  place.textContent = text;
  place.hidden = !text;
}

function count() {
  const place = document.getElementById("count");
  const { limit, counts, bytes: most, parts } = box.dataset;
  const used = length(area.value, counts);
  const near = Number(limit) && (limit <= FAR || used * 2 > limit);
  place.textContent = near ? word("left_of", used, limit) : used || "";
  const over = (Number(limit) && used > limit * parts) || (Number(most) && bytes(area.value) > most * parts);
  place.classList.toggle("over", Boolean(over));
}

// The mirror says the same words, with the findings underlined. Their places count characters, not UTF-16 units.
function mirror(writing) {
  const under = writing.parentElement.querySelector(".mirror");
  const characters = [...writing.value];
  under.replaceChildren();
  let at = 0;
  const marks = writing === area ? [...document.querySelectorAll("#findings [data-start]")] : [];
  for (const { dataset } of marks.sort((a, b) => a.dataset.start - b.dataset.start)) {
    const [start, end] = [Number(dataset.start), Number(dataset.end)];
    if (start < at || end > characters.length) continue;
    const mark = document.createElement("mark");
    mark.className = dataset.level;
    mark.textContent = characters.slice(start, end).join("");
    under.append(characters.slice(at, start).join(""), mark);
    at = end;
  }
  under.append(`${characters.slice(at).join("")}\n`);
}

// ---- files: chosen, pasted or dropped

function given(event) {
  const files = (event.clipboardData ?? event.dataTransfer)?.files;
  const input = files?.length && event.target.closest?.("#answer")?.querySelector(".attach input");
  if (!input || box.classList.contains("no-files")) return;
  event.preventDefault();
  input.files = files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}
addEventListener("paste", given);
addEventListener("drop", given);
addEventListener(
  "change",
  (event) => {
    if (!event.target.matches?.(".attach input")) return;
    const bytes = [...event.target.files].reduce((sum, file) => sum + file.size, 0);
    if (bytes <= Number(event.target.dataset.most)) return;
    event.stopImmediatePropagation();
    event.target.value = "";
    toast(word("too_large"), { error: true });
  },
  true,
);
addEventListener("dragover", (event) => {
  if (event.dataTransfer?.types.includes("Files") && event.target.closest?.("#answer")) event.preventDefault();
});
addEventListener("htmx:afterRequest", ({ target }) => {
  if (!target.matches?.(".attach input")) return;
  target.value = ""; // the same one can be chosen again
  later(0); // the gate has a word on files as well
});

// ---- what is clicked and pressed

// Another post is to be answered: the server says what that means.
function choose(post, way = "reply") {
  if (to.value === post && how.value === way) return;
  to.value = post;
  how.value = way;
  unsaved = true;
  later(0);
}
addEventListener("desk:choose", ({ detail }) => choose(detail.to, detail.how));

addEventListener("click", ({ target }) => {
  const show = target.closest?.("#findings [data-start]");
  if (show) {
    const place = (at) => [...area.value].slice(0, at).join("").length;
    area.focus();
    area.setSelectionRange(place(show.dataset.start), place(show.dataset.end));
  }
  const answer = target.closest?.("[data-answer]");
  if (answer) {
    for (const one of document.querySelectorAll("[data-answer]")) one.setAttribute("aria-pressed", one === answer);
    choose(answer.dataset.answer);
    write();
  }
});

addEventListener("keydown", (event) => {
  const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches("#reply textarea");
  if (sends) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});

// ---- what the server said

addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (!detail.elt.matches("#answer form")) return;
  clearTimeout(timer); // a draft saved after its answer would come back as one
  keepAnswer();
});
addEventListener("desk:sent", ({ detail }) => {
  forget(detail.case, "answer");
  if (detail.case !== id) return;
  unsaved = false;
  clearTimeout(timer);
  area.dataset.saved = "";
  area.value = "";
  document.getElementById("findings").replaceChildren();
  status("");
  say("");
  mirror(area);
  count();
});
addEventListener("desk:held", () => {
  mirror(area);
  area.focus();
});
// A reply taken back comes with its words, which are the draft again.
addEventListener("htmx:afterSwap", () => {
  const back = document.getElementById("taken-back");
  back?.remove();
  if (!back || Number(back.dataset.case) !== id || area.value) return;
  area.value = back.content.textContent;
  mirror(area);
  count();
  area.focus();
});
addEventListener("desk:noted", ({ detail }) => {
  forget(detail.case, "note");
  if (detail.case !== id) return;
  const note = box.querySelector("#note textarea");
  note.value = "";
  mirror(note);
});
