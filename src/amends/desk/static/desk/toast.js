// Short words at the edge of the screen, and what is said when a request fails.

import { word } from "./words.js";

const box = document.getElementById("toasts");

export function toast(text, { error = false, stays = false, link } = {}) {
  if (!box) return;
  for (const old of box.children) if (old.dataset.text === text) old.remove();
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
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
  close.setAttribute("aria-label", word("dismiss"));
  close.onclick = () => note.remove();
  note.append(close);
  box.append(note);
  if (!stays) setTimeout(() => note.remove(), error ? 12_000 : 5_000);
}

for (const one of box?.querySelectorAll("[data-leaves]") ?? []) setTimeout(() => one.remove(), 8_000);

export function signedOut() {
  toast(word("signed_out"), { error: true, stays: true, link: "/accounts/login/" });
}

addEventListener("desk:toast", ({ detail }) => toast(detail.text, { error: detail.error }));
addEventListener("desk:signed-out", signedOut);
addEventListener("htmx:sendError", () => toast(word("unreachable"), { error: true }));
addEventListener("htmx:timeout", () => toast(word("unreachable"), { error: true }));
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
