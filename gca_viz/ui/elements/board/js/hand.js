// While a hand is on a slider of the page, the board solves its plans at what the slider shows. The server computes them,
// too, once the slider is let go, and its answer takes their place.
import { numberOf } from "../../shared/js/numbers.js";
import { problemOf } from "./problem.js";
import { solved } from "./solver.js";

const AFTER_A_KEY = 1500; // milliseconds for which the hand is taken to be on the slider; the server answers sooner

export class Hand {
  // `frames.live`, where a browser can solve the plans: { problems, settings, dials: [{ name, stops }] }.
  constructor(board, library) {
    Object.assign(this, { board, library });
    this.until = 0;
    this.listening = new AbortController();
    const options = { signal: this.listening.signal, capture: true };
    document.addEventListener("pointerdown", (event) => this.touch(event, Infinity), options);
    document.addEventListener("keydown", (event) => this.touch(event, performance.now() + AFTER_A_KEY), options);
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => this.letGo(), options);
  }

  destroy() {
    this.listening.abort();
    this.library.drop(this);
    this.until = 0;
    this.tell(false);
  }

  // What the server has computed, already on the board; a hand that has gone on meanwhile is followed.
  take(frames) {
    this.given = frames;
    this.shown = this.settings;
    this.tell(false);
    this.dial = frames.live?.dials.find(({ name }) => name === this.dial?.name);
    if (this.isOn) this.follow();
  }

  get settings() {
    return this.given.live?.settings;
  }

  get isOn() {
    return this.dial !== undefined && performance.now() < this.until;
  }

  touch({ target }, until) {
    const dial = this.given?.live?.dials.find(({ name }) => target.closest?.(roomOf(name)));
    if (!dial) return;
    this.dial = dial;
    const watched = this.until > performance.now();
    this.until = until;
    if (!watched) requestAnimationFrame(() => this.watch());
  }

  letGo() {
    if (this.until === Infinity) this.until = performance.now() + 100; // the slider hears of it in its own time
  }

  watch() {
    if (!this.isOn) return;
    this.follow();
    requestAnimationFrame(() => this.watch());
  }

  follow() {
    if (!this.board.ready) return; // a part of the batch is still on its way
    const { name, stops } = this.dial;
    const value = document.querySelector(`${roomOf(name)} input[type="range"]`)?.value;
    const text = stops ? stops[value] : value;
    if (text === undefined || numberOf(text) === numberOf(this.shown[name])) return;
    this.shown = { ...this.settings, [name]: text };
    this.draw(name);
  }

  draw(name) {
    const { board, given, shown } = this;
    const isGiven = numberOf(shown[name]) === numberOf(this.settings[name]);
    this.tell(!isGiven);
    board.follow(isGiven ? given : this.solve());
  }

  // What Python says of its own plans is not said of these.
  solve() {
    const { given, shown } = this;
    const problems = given.live.problems.map((problem) => problemOf(problem, shown));
    const { frames, cost } = solved(given, this.library.get(given.needs.cost), problems);
    this.library.keep(cost, this);
    return { ...frames, panels: frames.panels.map((panel) => ({ ...panel, title: "" })), control: {} };
  }

  // Numbers and sentences beside the board are older than its picture: the page shows them so.
  tell(isAhead) {
    this.board.root.dataset.ahead = isAhead;
    document.documentElement.toggleAttribute("data-gca-ahead", isAhead);
  }
}

// Where Streamlit puts the control of a recipe's field.
function roomOf(name) {
  return `.st-key-recipe-${name}`;
}
