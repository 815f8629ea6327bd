// Requests of our own beside htmx's. The token is read from its cookie each time: signing in in another tab changes it.

export function token() {
  return document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
}

// Never rejects: a server that can't be reached answers as one that is not ok.
export function get(url) {
  return fetch(url, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" }).catch(() => Response.error());
}

// `part`: the answer is a part of a page, with events for its scripts.
export function post(url, fields, { keepalive = false, part = false } = {}) {
  return fetch(url, {
    method: "POST",
    body: new URLSearchParams(fields),
    headers: { "X-Requested-With": "fetch", "X-CSRFToken": token(), ...(part && { "HX-Request": "true" }) },
    keepalive,
  });
}

// The events that an answer of ours carries for the page: {name: detail}.
export function told(response) {
  return JSON.parse(response.headers.get("HX-Trigger") ?? "{}");
}

addEventListener("htmx:configRequest", ({ detail }) => {
  detail.headers["X-CSRFToken"] = token();
  delete detail.parameters.csrfmiddlewaretoken; // as old as the page
});
