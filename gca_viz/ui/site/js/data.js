// What Python left on the page for its program.
import { unpack } from "../../elements/shared/js/wire.js";

export function dataOf(page) {
  return JSON.parse(page.getElementById("gca-viz").textContent);
}

// Parts of a batch and its frames, as `packed` of document.py writes them.
export function blobsOf(texts) {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, unpack(bytesOf(text))]));
}

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
