// While a hand is on a slider of the page or on the dot of its constraint square, the board solves its plans at what these
// show. The server computes them, too, once they are let go, and its answer takes their place.
import { numberOf } from "../../shared/js/numbers.js";
import { penaltiesOf, problemOf } from "./problem.js";
import { solved } from "./solver.js";

const AFTER_A_KEY = 1500; // milliseconds for which the hand is taken to be on the slider; the server answers sooner

export class Hand {
  // `frames.live`, where a browser can solve the plans: { problems, settings, step, dials: [{ name, stops }], square }:
  // `step` is the half step that was asked for, null for the last, and `square` what the first plan solves once the dot
  // has moved, where it can.
  constructor(board, library) {
    Object.assign(this, { board, library });
    this.until = 0;
    this.listening = new AbortController();
    const options = { signal: this.listening.signal, capture: true };
    document.addEventListener("pointerdown", (event) => this.touch(event, Infinity), options);
    document.addEventListener("keydown", (event) => this.touch(event, performance.now() + AFTER_A_KEY), options);
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => this.letGo(), options);
    document.addEventListener("gca-place", ({ detail }) => this.move(detail), options);
  }

  destroy() {
    this.listening.abort();
    cancelAnimationFrame(this.frame);
    this.library.drop(this);
    this.until = 0;
    this.tell(false);
  }

  // What the server has computed, already on the board; a hand that has gone on meanwhile is followed.
  take(frames) {
    this.given = frames;
    this.shown = this.settings;
    this.place = null;
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

  // The dot is at τ₁ and τ₂; null where the server's plans belong. Of several moves in a frame the last is drawn.
  move(place) {
    if (!this.given?.live?.square) return;
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      if (!this.board.ready) return;
      this.place = place;
      this.draw();
    });
  }

  follow() {
    if (!this.board.ready) return; // a part of the batch is still on its way
    const { name, stops } = this.dial;
    const value = document.querySelector(`${roomOf(name)} input[type="range"]`)?.value;
    const text = stops ? stops[value] : value;
    if (text === undefined || numberOf(text) === numberOf(this.shown[name])) return;
    this.shown = { ...this.settings, [name]: text };
    this.place = null;
    this.draw();
  }

  draw() {
    const { board, given, place, shown, settings } = this;
    const isGiven = !place && Object.keys(settings).every((name) => numberOf(shown[name]) === numberOf(settings[name]));
    this.tell(!isGiven);
    // The server has said which half step of its plans that is; those under the hand may end at another.
    if (board.step === given.control.step?.value) board.step = given.live.step;
    board.follow(isGiven ? given : this.solve());
  }

  // What Python says of its own plans is not said of these.
  solve() {
    const { given, place, shown } = this;
    const { problems: asked, square } = given.live;
    const settings = place ? { ...shown, ...penaltiesOf(place, shown) } : shown;
    const problems = (place ? [square, ...asked.slice(1)] : asked).map((problem) => problemOf(problem, settings));
    const plans = given.plans.map((plan, k) => (place && !k ? { ...plan, name: square.name } : plan));
    const { frames, cost } = solved({ ...given, plans }, this.library.get(given.needs.cost), problems);
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
