// On every page: the reader's time zone for the server, and a few small manners.

import "./send.js";
import { word } from "./words.js";

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;

// What can't be undone is asked about first.
addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("[data-sure]");
    if (button && !confirm(button.dataset.sure)) event.preventDefault();
  },
  true,
);

// A form is sent once, and says that it is on its way: a network that is asked may take its time.
const PATIENCE = 30_000; // ms after which somebody may try again
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.ariaBusy) return event.preventDefault();
  busy(form, event.submitter);
  setTimeout(() => idle(form), PATIENCE);
});
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) for (const form of document.querySelectorAll("form[aria-busy]")) idle(form); // somebody went back
});

function busy(form, button) {
  form.ariaBusy = "true";
  if (button) button.ariaBusy = "true";
  if (form.dataset.busy) form.querySelector("[role=status]").textContent = form.dataset.busy;
}

function idle(form) {
  for (const one of [form, ...form.querySelectorAll("[aria-busy]")]) one.ariaBusy = null;
  if (form.dataset.busy) form.querySelector("[role=status]").textContent = "";
}

addEventListener("click", async ({ target }) => {
  const copy = target.closest?.("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent.trim());
    copy.textContent = word("copied");
  }
  const suggest = target.closest?.("[data-suggest]");
  if (suggest) {
    const field = suggest.closest(".field").querySelector("textarea");
    field.value = suggest.dataset.suggest;
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

// Nothing half-written stays in the browser of somebody who leaves.
addEventListener("click", ({ target }) => {
  if (!target.closest?.("[data-signing-out]")) return;
  for (const key of Object.keys(localStorage)) if (key.startsWith("amends.draft.")) localStorage.removeItem(key);
});
