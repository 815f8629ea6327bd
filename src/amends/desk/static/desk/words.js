// What scripts say, translated by the server: <script type="application/json" id="words">.

const given = document.getElementById("words");
const words = given ? JSON.parse(given.textContent) : {};

export function word(name, ...values) {
  return values.reduce((text, value) => text.replace("{}", value), words[name] ?? name);
}
