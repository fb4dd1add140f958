// The whole script of the store and board elements: hand everything to the engine, whichever arrives first.
import { page } from "./page.js";

export default function (component) {
  if (page.engine) page.engine.receive(component);
  else page.waiting.push(component);
  return () => page.engine?.release(component.parentElement);
}
