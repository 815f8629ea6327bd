// Clocks tick every ten seconds: <span class="clock" data-due="milliseconds">. In the words of the server.

import { word } from "./words.js";

function span(seconds) {
  if (seconds < 60) return ["s", Math.floor(seconds)];
  if (seconds < 3600) return ["min", Math.floor(seconds / 60)];
  if (seconds < 86_400) return ["h", Math.floor(seconds / 3600)];
  const days = Math.floor(seconds / 86_400);
  return [days === 1 ? "day" : "days", days];
}

export function tick(root = document) {
  const now = Date.now();
  for (const clock of root.querySelectorAll("[data-due]")) {
    if (!clock.dataset.due) continue;
    const left = (Number(clock.dataset.due) - now) / 1000;
    const [unit, number] = span(Math.abs(left));
    const text = word(`${left < 0 ? "over" : "left"}_${unit}`, number);
    if (clock.textContent !== text) clock.textContent = text;
    clock.classList.toggle("late", left < 0);
  }
}

setInterval(tick, 10_000);
document.addEventListener("visibilitychange", () => document.hidden || tick());
