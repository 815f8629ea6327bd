// What happens, as it happens: one stream from the server for all tabs of a browser.
//
// A browser opens six connections to a host, so tabs share one. The tab that holds a Web Lock leads: it has the stream
// and passes on, over a BroadcastChannel, what it hears. When it goes, the lock goes to the next, which takes up the
// stream from the last event it has seen. Every message says which event came before it, so that a tab which missed
// something knows, and asks; the leader tells it again, or has the server tell.
//
// <body data-live="/live" data-event="ID of the newest event the page shows" data-brand="ID">
// document hears "amends:event" with detail {id, type, brand, ...}, of this page's brand; type "reload" means: ask anew.
// document hears "amends:live" with detail {state}: "on", "off" or "signed-out".

const NAME = "amends-live";
const SILENCE = 40_000; // ms: the server beats every 15 s
const PATIENCE = 3_000; // ms until a leader that does not answer is replaced, and until a lost stream is called "off"
const KEPT = 500; // messages the leader can tell again

const locks = navigator.locks; // only where the page came over HTTPS or from this machine
const channel = locks && new BroadcastChannel(NAME);

let last; // id of the newest event this tab knows of
let heard; // when anything was last heard
let state = "";
let away = false; // in the browser's back/forward cache

// Only of the leader, and of every visible tab where there are no locks:
let leading = false;
let resign = () => {};
let source = null;
let sent; // id of the last message passed on
let kept = [];
let floor; // everything after this id is in `kept`
let retry = 0; // ms until the next attempt
let again; // timer of the next attempt
let lost; // timer until we say that the stream is off

function start() {
  last = Number(document.body.dataset.event) || 0;
  heard = Date.now();
  if (channel) {
    channel.onmessage = ({ data }) => (data.ask === undefined ? take(data) : leading && answer(data.ask));
    channel.postMessage({ ask: last });
    queueUp();
  } else if (!document.hidden) {
    open(last);
  }
  document.addEventListener("visibilitychange", seen);
  addEventListener("pagehide", leave);
  addEventListener("pageshow", comeBack);
  addEventListener("online", () => ours() && open(last));
  addEventListener("offline", () => say({ state: "off" })); // a dead connection says nothing by itself
  setInterval(check, 10_000);
}

// ---- who leads

async function queueUp(how = {}) {
  try {
    await locks.request(NAME, how, lead);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
    stepDown(); // another tab took the lead: we were asleep too long
    if (!away) queueUp();
  }
}

// The lock is ours until the promise is kept.
function lead() {
  if (away) return undefined;
  leading = true;
  open(last);
  say({ at: last });
  return new Promise((resolve) => (resign = resolve));
}

// Whether the stream is this tab's business.
function ours() {
  return !away && (leading || (!channel && !document.hidden));
}

function stepDown() {
  leading = false;
  close();
  resign();
}

function leave() {
  away = true;
  stepDown();
}

function comeBack(event) {
  if (!event.persisted) return;
  away = false;
  heard = Date.now();
  if (!channel) return open(last);
  channel.postMessage({ ask: last });
  queueUp();
}

function seen() {
  if (channel) return check();
  if (document.hidden) close();
  else open(last);
}

// Is anybody still telling us? Machines sleep, connections die without a word, browsers freeze hidden tabs.
function check() {
  if (away || Date.now() - heard < SILENCE) return;
  if (source) return open(last);
  if (ours() || document.hidden) return;
  channel.postMessage({ ask: last });
  setTimeout(() => {
    if (!leading && !document.hidden && Date.now() - heard >= SILENCE) queueUp({ steal: true });
  }, PATIENCE);
}

// ---- the stream

function open(after) {
  close();
  heard = Date.now();
  sent = floor = after;
  kept = [];
  source = new EventSource(`${document.body.dataset.live}?after=${after}`);
  source.onopen = () => {
    lost = clearTimeout(lost);
    retry = 0;
    say({ state: "on" });
  };
  source.onmessage = pass;
  source.addEventListener("beat", pass);
  source.addEventListener("reload", pass);
  source.onerror = ({ target }) => {
    if (target.readyState === EventSource.CLOSED) refused();
    else lost ??= setTimeout(() => say({ state: "off" }), PATIENCE); // the browser tries again by itself
  };
}

function close() {
  clearTimeout(again);
  lost = clearTimeout(lost);
  source?.close();
  source = null;
}

// The browser has given up: the server answered something else than a stream. It hides the status, so we ask for it.
async function refused() {
  close();
  const status = await fetch(document.body.dataset.live, { method: "HEAD", cache: "no-store" }).then(
    (response) => response.status,
    () => 0,
  );
  say({ state: status === 401 ? "signed-out" : "off" });
  retry = Math.min(Math.max(retry * 2, 1_000), 30_000);
  if (!source && ours()) again = setTimeout(() => open(last), retry);
}

function pass({ type, data, lastEventId }) {
  const message = { kind: type, id: Number(lastEventId), before: sent, data };
  sent = message.id;
  if (type === "reload") [kept, floor] = [[], sent];
  else if (kept.push(message) > KEPT) floor = kept.shift().id;
  say(message);
}

function say(message) {
  channel?.postMessage(message);
  take(message);
}

// A tab has heard everything up to `after`.
function answer(after) {
  if (!source || after < floor) return open(Math.min(after, last));
  channel.postMessage({ state });
  for (const message of kept) if (message.id > after) channel.postMessage(message);
}

// ---- every tab

function take(message) {
  heard = Date.now();
  if (message.state && message.state !== state) {
    state = message.state;
    document.dispatchEvent(new CustomEvent("amends:live", { detail: { state } }));
  }
  if (message.at > last) channel.postMessage({ ask: last });
  if (message.kind === "reload") {
    last = message.id;
    tell({ id: message.id, type: "reload" });
  } else if (message.id > last) {
    if (message.before > last) return channel.postMessage({ ask: last });
    last = message.id;
    if (message.kind === "beat") return;
    const event = JSON.parse(message.data);
    if (String(event.brand) === document.body.dataset.brand) tell({ id: message.id, ...event });
  }
}

function tell(detail) {
  document.dispatchEvent(new CustomEvent("amends:event", { detail }));
}

// Once the page's other scripts listen, which have run by then.
if (document.readyState === "complete") start();
else document.addEventListener("DOMContentLoaded", start, { once: true });
