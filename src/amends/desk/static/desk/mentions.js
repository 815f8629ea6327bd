// @ in a note calls a colleague: names are offered while one types.

let area;
let listbox;
let chosen = 0;

function asked() {
  const before = area.value.slice(0, area.selectionStart);
  return before.match(/(?:^|\s)@([\p{L}\p{N}._-]*)$/u)?.[1];
}

function matches(text) {
  const start = text.toLocaleLowerCase();
  const people = JSON.parse(document.getElementById("people").textContent);
  const called = ({ name, call }) => [...name.toLocaleLowerCase().split(" "), call.toLocaleLowerCase()];
  return people.filter((one) => called(one).some((word) => word.startsWith(start))).slice(0, 6);
}

function close() {
  listbox?.remove();
  listbox = undefined;
  area?.removeAttribute("aria-activedescendant");
}

function show(found) {
  close();
  listbox = document.createElement("div");
  Object.assign(listbox, { className: "mentions menu-panel", id: "mentions" });
  listbox.setAttribute("role", "listbox");
  found.forEach((one, n) => {
    const option = Object.assign(document.createElement("div"), { id: `mention-${n}`, className: "choice" });
    option.setAttribute("role", "option");
    option.append(
      one.name,
      Object.assign(document.createElement("span"), { className: "faint", textContent: `@${one.call}` }),
    );
    option.onmousedown = (event) => {
      event.preventDefault();
      pick(one);
    };
    listbox.append(option);
  });
  area.closest("form").append(listbox);
  choose(0);
}

function choose(n) {
  const options = [...listbox.children];
  chosen = (n + options.length) % options.length;
  for (const [at, option] of options.entries()) option.setAttribute("aria-selected", at === chosen);
  area.setAttribute("aria-activedescendant", options[chosen].id);
}

function pick({ call }) {
  const start = area.selectionStart - asked().length;
  area.setRangeText(`${call} `, start, area.selectionStart, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  close();
}

addEventListener("input", ({ target }) => {
  if (!target.matches?.("[data-mentions]")) return;
  area = target;
  const text = asked();
  const found = text === undefined ? [] : matches(text);
  if (found.length) show(found);
  else close();
});
addEventListener(
  "keydown",
  (event) => {
    if (!listbox || event.target !== area) return;
    const found = matches(asked() ?? "");
    const act = {
      ArrowDown: () => choose(chosen + 1),
      ArrowUp: () => choose(chosen - 1),
      Enter: () => pick(found[chosen]),
      Tab: () => pick(found[chosen]),
      Escape: close,
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  },
  true,
);
addEventListener("focusout", ({ target }) => target === area && close());
