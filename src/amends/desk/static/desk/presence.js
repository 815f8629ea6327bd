// Who else is at the case. We tell that we look, that we type, and that we have left; and show the others.

import { post } from "./send.js";
import { word } from "./words.js";

const AGAIN = 20_000; // ms; the server forgets after 45 s
const IDLE = 6_000; // ms after the last keystroke one is looking again
const FADES = 50_000;

let url;
let doing;
let id;
let idle;
const others = new Map(); // user -> {name, typing, at}

function tell(now, keepalive = false) {
  if (!url || (document.hidden && now !== "gone")) return;
  doing = now;
  post(url, { doing: now }, { keepalive }).catch(() => {});
}

function leave() {
  if (url) tell("gone", true);
  url = undefined;
}

addEventListener("desk:leaving", leave);
addEventListener("pagehide", leave);
addEventListener("desk:case", ({ detail }) => {
  id = detail.case;
  url = document.getElementById("reply").dataset.presence;
  others.clear();
  tell("looking");
  document.querySelector("#answer textarea").addEventListener("input", () => {
    clearTimeout(idle);
    idle = setTimeout(() => tell("looking"), IDLE);
    if (doing !== "typing") tell("typing");
  });
});
setInterval(() => tell(doing), AGAIN);
document.addEventListener("visibilitychange", () => (document.hidden ? tell("gone", true) : tell("looking")));

document.addEventListener("amends:event", ({ detail }) => {
  if (detail.type !== "present" || detail.case !== id || String(detail.user) === document.body.dataset.user) return;
  if (detail.doing === "gone") others.delete(detail.user);
  else others.set(detail.user, { name: detail.name, typing: detail.doing === "typing", at: Date.now() });
  show();
});

function show() {
  const place = document.getElementById("present");
  if (!place) return;
  for (const [user, { at }] of others) if (Date.now() - at > FADES) others.delete(user);
  const told = [...others.values()].map(({ name, typing }) => word(typing ? "typing" : "here", name));
  place.textContent = told.join(", ") || word("nobody");
  place.classList.toggle("warned", told.length > 0);
}
setInterval(() => others.size && show(), 10_000);
