// Half-written words, kept in this browser from the first keystroke until the server has them.

const user = document.body.dataset.user;

function key(id, kind) {
  return `amends.draft.${user}.${id}.${kind}`;
}

export function keep(id, kind, draft) {
  try {
    localStorage.setItem(key(id, kind), JSON.stringify(draft));
  } catch {
    // full or forbidden: the server's copy remains
  }
}

export function kept(id, kind) {
  try {
    return JSON.parse(localStorage.getItem(key(id, kind)));
  } catch {
    return null;
  }
}

export function forget(id, kind) {
  try {
    localStorage.removeItem(key(id, kind));
  } catch {
    // forbidden: then nothing was kept
  }
}
