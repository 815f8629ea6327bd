// What was read of a post: its menus come when they are opened, the list of what was missed can be searched, and the
// words that weighed are underlined for as long as their line stands below the text.

import { enter } from "./menus.js";
import { parse } from "./merge.js";
import { get } from "./send.js";
import { signedOut, toast } from "./toast.js";
import { word } from "./words.js";

addEventListener(
  "toggle",
  ({ target }) => {
    if (target.matches?.("details.reading[open]")) show(target);
  },
  true,
);

async function show(menu) {
  const panel = menu.querySelector(".panel");
  if (!panel.firstElementChild && !(await bring(menu, panel))) return;
  press(menu);
  panel.scrollIntoView({ block: "nearest" });
  if (menu.querySelector("summary") === document.activeElement) enter(menu);
}

// A menu that could not be brought closes, and can be opened again.
async function bring(menu, panel) {
  const { reading } = menu.dataset;
  const post = `${menu.closest("#thread").dataset.posts}${menu.closest(".post").dataset.post}`;
  const response = await get(reading ? `${post}/readings/${reading}` : `${post}/missed`);
  if (response.ok) {
    panel.replaceChildren(parse(await response.text()));
    window.htmx.process(panel);
    return true;
  }
  menu.open = false;
  if (response.status === 401) signedOut();
  else toast(response.status ? word("failed", response.status) : word("unreachable"), { error: true });
  return false;
}

// What was typed to find something is gone with the menu.
addEventListener(
  "toggle",
  ({ target }) => {
    const field = target.matches?.("details.missed:not([open])") && target.querySelector("[data-find]");
    if (!field?.value) return;
    field.value = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  },
  true,
);

// A double click says it once.
addEventListener(
  "click",
  (event) => {
    if (event.detail < 2 || !event.target.closest?.(".reading .choice")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

// ---- why

function lines(element, name = null) {
  const all = [...(element.closest(".post")?.querySelectorAll("[data-why-of]") ?? [])];
  return name ? all.filter((line) => line.dataset.whyOf === name) : all;
}

function press(menu) {
  const button = menu.querySelector("[data-why]");
  if (button) button.ariaPressed = String(lines(button, button.dataset.why).length > 0);
}

// Pressed again, it takes the lines away, and nobody is asked.
addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("[data-why], [data-why-off]");
    const shown = button ? lines(button, button.dataset.why) : [];
    if (!shown.length) return;
    event.preventDefault();
    event.stopPropagation();
    const post = button.closest(".post").dataset.post;
    const lost = shown.some((line) => line.contains(button));
    const name = shown[0].dataset.whyOf;
    for (const line of shown) line.remove();
    button.closest("details")?.removeAttribute("open");
    if (lost) focusReading({ post, name });
  },
  true,
);

// A screen reader is told what the eyes see.
addEventListener("htmx:afterSettle", ({ target }) => {
  const line = target.querySelector?.("[data-why-of] p");
  if (line) document.getElementById("say").textContent = line.textContent.replace(/\s+/g, " ").trim();
});

// The menu closes over what was pressed: the hands go back to its chip, once htmx has read which button it was.
addEventListener("click", ({ target }) => {
  const menu = target.closest?.(".choice")?.closest(".reading");
  if (menu) setTimeout(() => menu.querySelector("summary").focus());
});

// ---- the list of what was missed

addEventListener("input", ({ target }) => {
  if (!target.matches?.("[data-find]")) return;
  const panel = target.closest(".panel");
  const forms = [...panel.querySelectorAll("form")];
  const sought = target.value.trim().toLowerCase();
  const having = (place) =>
    forms.filter((form) => form.querySelector(place).textContent.toLowerCase().includes(sought));
  const named = having("b"); // the first is taken by Enter: who types a name means that one
  const found = named.length ? named : having(".choice");
  for (const form of forms) form.hidden = !found.includes(form);
  panel.querySelector("[data-nothing]").hidden = found.length > 0;
});

addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches?.("[data-find]")) return;
  event.preventDefault();
  if (event.target.value.trim()) event.target.closest(".panel").querySelector("form:not([hidden]) .choice")?.click();
});

// What was said shows once the thread has come anew: then the hands are where they were.
export function focusReading({ post, name }) {
  const article = document.getElementById(`post-${post}`);
  const menu = article?.querySelector(`[data-reading="${CSS.escape(name)}"]`) ?? article?.querySelector(".missed");
  const rest = menu?.closest(".rest");
  if (rest) rest.open = true;
  menu?.querySelector("summary").focus({ preventScroll: true });
}
