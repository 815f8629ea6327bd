// Short words at the edge of the screen, and what is said when a request fails.

import { post, told } from "./send.js";
import { word } from "./words.js";

const box = document.getElementById("toasts");

export function toast(text, { error = false, stays = false, link, undo } = {}) {
  if (!box) return;
  for (const old of [...box.children]) {
    if (old.dataset.text === text || (undo && old.querySelector("[data-undo]"))) old.remove();
  }
  const note = document.createElement("div");
  note.className = error ? "toast error" : "toast";
  note.dataset.text = text;
  note.append(text);
  if (link) {
    const to = Object.assign(document.createElement("a"), {
      href: link,
      target: "_blank",
      textContent: word("sign_in"),
    });
    to.className = "text-button";
    note.append(to);
  }
  if (undo) note.append(undoing(note, undo));
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
  close.setAttribute("aria-label", word("dismiss"));
  close.onclick = () => note.remove();
  note.append(close);
  box.append(note);
  if (!stays) leave(note, error || undo ? 12_000 : 5_000);
}

// Not from under the pointer, nor from under the focus.
function leave(note, after) {
  setTimeout(() => (note.matches(":hover, :focus-within") ? leave(note, 2_000) : note.remove()), after);
}

// Only what was done last can be undone here, by z as well.
function undoing(note, url) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "text-button" });
  const key = Object.assign(document.createElement("kbd"), { textContent: "z", ariaHidden: "true" });
  button.dataset.undo = url;
  button.dataset.hotkey = "z";
  button.setAttribute("aria-keyshortcuts", "z");
  button.append(word("undo"), " ", key);
  button.onclick = async () => {
    button.disabled = true;
    const response = await post(url, {}, { part: true }).catch(() => null);
    if (!response) {
      button.disabled = false;
      return toast(word("unreachable"), { error: true });
    }
    note.remove();
    const events = told(response);
    for (const [name, detail] of Object.entries(events)) dispatchEvent(new CustomEvent(name, { detail }));
    if (response.ok) dispatchEvent(new CustomEvent("desk:undone", { detail: events["desk:touched"] }));
    else if (!Object.keys(events).length) toast(word("failed", response.status), { error: true });
  };
  return button;
}

for (const one of box?.querySelectorAll("[data-leaves]") ?? []) setTimeout(() => one.remove(), 8_000);

export function signedOut() {
  toast(word("signed_out"), { error: true, stays: true, link: "/accounts/login/" });
}

addEventListener("desk:toast", ({ detail }) => toast(detail.text, { error: detail.error, undo: detail.undo }));
addEventListener("desk:signed-out", signedOut);
// Only what is written in the reply box is kept.
function unreachable({ detail }) {
  toast(word(detail.elt.closest?.("#reply") ? "unreachable_kept" : "unreachable"), { error: true });
}

addEventListener("htmx:sendError", unreachable);
addEventListener("htmx:timeout", unreachable);
addEventListener("htmx:responseError", ({ detail }) => {
  const status = detail.xhr.status;
  if (status === 401) return; // told by its own event
  if (status === 403) signedOut();
  else toast(word("failed", status), { error: true });
});

// The live stream is off or back: said quietly, at the top.
const strip = document.getElementById("offline");
document.addEventListener("amends:live", ({ detail }) => {
  if (!strip) return;
  strip.hidden = detail.state !== "off";
  strip.textContent = strip.hidden ? "" : word("offline");
  if (detail.state === "signed-out") signedOut();
  if (detail.state !== "on") return;
  for (const old of [...(box?.children ?? [])]) if (old.dataset.text === word("signed_out")) old.remove();
});
