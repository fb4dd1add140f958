// The iteration slider: redraws while it moves, tells Python when it is let go.
import { button, element, setFace } from "../../shared/js/elements.js";
import { isCalm } from "../../shared/js/lifecycle.js";
import { LEFT, TOP } from "./geometry.js";

const REPORT_AFTER = 150; // ms without a further step: a held arrow key is one report

export class Controls {
  constructor(board) {
    this.board = board;
    this.node = element("div", "controls");
    this.play = button("play", "Play the half steps", () => (this.timer ? this.pause() : this.start()));
    const back = button("back", "One half step back", () => this.nudge(-1));
    const forward = button("forward", "One half step forward", () => this.nudge(1));
    this.range = element("input", "steps");
    Object.assign(this.range, { type: "range", min: 0, step: 1 });
    this.range.setAttribute("aria-label", "Half step t");
    this.caption = element("output", "caption");
    this.level = element("span", "level");
    this.zoomOut = button("minus", "Zoom out", () => this.zoom(1 / 1.5));
    const zoomIn = button("plus", "Zoom in", () => this.zoom(1.5));
    this.reset = button("reset", "Show the whole matrix", () => board.resetZoom());
    const walk = element("div", "walk");
    walk.append(back, this.play, forward);
    const zoom = element("div", "zoom");
    zoom.append(this.level, this.zoomOut, zoomIn, this.reset);
    this.node.append(walk, this.range, this.caption, zoom);
    this.range.addEventListener("input", () => {
      this.pause();
      board.setStep(Number(this.range.value));
    });
    this.range.addEventListener("change", () => this.reportSoon());
  }

  zoom(factor) {
    const { side } = this.board.geometry;
    this.board.zoom(factor, LEFT + side / 2, TOP + side / 2);
  }

  nudge(by) {
    this.pause();
    this.board.setStep(this.board.t + by);
    this.reportSoon();
  }

  start() {
    const { board } = this;
    const beat = isCalm() ? 1000 : Math.max(60, Math.min(350, 8000 / Math.max(1, board.model.last)));
    if (board.t >= board.model.last) board.setStep(0);
    this.timer = setInterval(() => {
      if (board.t >= board.model.last) this.pause();
      else board.setStep(board.t + 1);
    }, beat);
    setFace(this.play, "pause", "Pause");
  }

  pause() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = 0;
    setFace(this.play, "play", "Play the half steps");
    this.reportSoon();
  }

  // An element that has left the page must not report any more.
  destroy() {
    clearInterval(this.timer);
    clearTimeout(this.waiting);
  }

  reportSoon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.board.report("step", this.board.t), REPORT_AFTER);
  }

  show(t) {
    const { model, view, n } = this.board;
    this.node.classList.toggle("single", model.last === 0);
    this.range.max = model.last;
    this.range.value = t;
    this.range.style.setProperty("--share", model.last ? t / model.last : 0);
    const longest = model.frames.plans.find((plan) => plan.labels.length - 1 === model.last);
    const doing = longest?.labels[t] ?? "";
    const steps = longest?.labels.at(-1) === "limit" ? model.last - 1 : model.last;
    const text = t > steps ? `beyond half step ${steps}` : `half step ${t} of ${steps}`;
    this.caption.replaceChildren(element("b", "", text), element("span", `doing ${doing}`, doing));
    this.range.setAttribute("aria-valuetext", `${text}, ${doing}`);
    this.level.textContent = view.span < n ? `×${(n / view.span).toFixed(1)}` : "";
    this.reset.disabled = this.zoomOut.disabled = view.span >= n;
  }
}
