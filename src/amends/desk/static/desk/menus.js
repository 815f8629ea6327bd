// Menus: <details class="menu">. One at a time; Escape and a click elsewhere close it; arrows walk through it.

function opened() {
  return [...document.querySelectorAll("details.menu[open]")];
}

export function closeMenus(but) {
  for (const menu of opened()) if (menu !== but && !menu.contains(but)) menu.open = false;
}

function choices(menu) {
  return [...menu.querySelectorAll(".panel :is(a, button, input, select)")].filter((one) => one.checkVisibility());
}

// The first of its choices has the focus.
export function enter(menu) {
  choices(menu)[0]?.focus();
}

addEventListener(
  "toggle",
  ({ target, newState }) => {
    if (!target.matches?.("details.menu") || newState !== "open") return;
    closeMenus(target);
    if (target.querySelector("summary") === document.activeElement) enter(target);
  },
  true,
);

addEventListener("click", ({ target }) => {
  closeMenus(target);
  if (target.closest?.(".menu .choice")) setTimeout(() => closeMenus());
});

// What was added is no longer in the field: the next one can be written.
addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.successful && detail.elt.matches?.(".menu form.aside-by-side")) detail.elt.reset();
});

addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]") ?? opened()[0];
  if (!menu) return;
  if (event.key === "Escape") {
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const all = choices(menu);
  const step = event.key === "ArrowDown" ? 1 : -1;
  const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
  next?.focus();
});
