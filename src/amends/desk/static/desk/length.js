// How long a text is, as a network counts it: the same four units as on the server, which has the last word.

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const encoder = new TextEncoder();

export function bytes(text) {
  return encoder.encode(text).length;
}

export function length(text, unit) {
  if (unit === "graphemes") return [...segmenter.segment(text)].length;
  if (unit === "bytes") return bytes(text);
  if (unit === "utf16") return text.length;
  return [...text].length;
}
