// Bring a container's children, known by data-key, to what the server says now. What did not change is left alone: it
// keeps its focus, its selection and whether it is unfolded.

import { tick } from "./clock.js";

const source = new WeakMap();

function words(element) {
  return element.outerHTML.replace(/(name="csrfmiddlewaretoken" value=")[^"]+/g, "$1");
}

// What the server sent, before anybody touched it.
export function remember(container) {
  for (const child of container?.children ?? []) source.set(child, words(child));
}

export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// A new element goes live: htmx knows it, its clocks are right.
export function liven(element) {
  source.set(element, words(element));
  window.htmx.process(element);
  tick(element.parentElement ?? element);
}

// Returns the elements that were not there before. `busy` stays as it is.
export function merge(container, fresh, busy = null) {
  const old = new Map([...container.children].map((child) => [child.dataset.key, child]));
  const added = [];
  let place = container.firstElementChild;
  for (const next of [...fresh.children]) {
    const known = old.get(next.dataset.key);
    old.delete(next.dataset.key);
    if (known && (known === busy || source.get(known) === words(next))) {
      if (known === place) place = place.nextElementSibling;
      else container.insertBefore(known, place);
      continue;
    }
    if (known) {
      if (known === place) place = place.nextElementSibling;
      known.replaceWith(next);
      if (next !== place?.previousElementSibling) container.insertBefore(next, place);
    } else {
      container.insertBefore(next, place);
      added.push(next);
    }
    liven(next);
    if (known?.open) next.open = true;
  }
  for (const gone of old.values()) gone.remove();
  return added;
}
