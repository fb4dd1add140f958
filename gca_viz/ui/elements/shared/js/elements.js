// Small makers of DOM nodes. Text only ever enters through textContent.
import { ICONS } from "./icons.js";

export function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export function button(name, title, action) {
  const node = element("button", `icon ${name}`);
  node.type = "button";
  node.title = title;
  node.setAttribute("aria-label", title);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  node.append(svg);
  setIcon(node, name);
  node.addEventListener("click", action);
  return node;
}

export function setIcon(node, name) {
  node.querySelector("path").setAttribute("d", ICONS[name]);
}

// Another face for a button that does two things in turn.
export function setFace(node, name, title) {
  setIcon(node, name);
  node.title = title;
  node.setAttribute("aria-label", title);
}
