// Plays a figure that has a frame per epoch. The figure belongs to Streamlit: it is looked up whenever it is needed.
import { button, element, setFace } from "../shared/js/elements.js";
import { isCalm, mounted } from "../shared/js/lifecycle.js";
import { plotIn } from "../shared/js/plotly.js";

class Player {
  constructor(place) {
    this.node = element("div", "player");
    const walk = element("div", "walk");
    this.back = button("back", "One epoch back", () => this.nudge(-1));
    this.play = button("play", "Play the run", () => (this.timer ? this.pause() : this.start()));
    this.forward = button("forward", "One epoch forward", () => this.nudge(1));
    walk.append(this.back, this.play, this.forward);
    this.range = element("input", "steps");
    Object.assign(this.range, { type: "range", min: 0, step: 1 });
    this.range.setAttribute("aria-label", "Epoch");
    this.range.addEventListener("input", () => {
      this.pause();
      this.show(Number(this.range.value));
    });
    this.caption = element("output", "caption");
    this.node.append(walk, this.range, this.caption);
    place.append(this.node);
  }

  receive({ data }) {
    const other = data.of !== this.data?.of;
    this.data = data;
    if (!other) return;
    this.pause();
    this.range.max = this.last;
    this.at = this.last;
    this.describe();
  }

  get last() {
    return this.data.names.length - 1;
  }

  nudge(by) {
    this.pause();
    this.show(this.at + by);
  }

  start() {
    if (this.at === this.last) this.show(0);
    this.timer = setInterval(() => {
      if (this.at < this.last) this.show(this.at + 1);
      if (this.at === this.last) this.pause();
    }, this.data.pace);
    setFace(this.play, "pause", "Pause");
  }

  pause() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = 0;
    setFace(this.play, "play", "Play the run");
  }

  show(at) {
    this.at = Math.max(0, Math.min(this.last, at));
    this.describe();
    const plot = plotIn(this.data.target);
    if (!plot) return;
    const transition = { duration: isCalm() ? 0 : this.data.glide, easing: "cubic-in-out" };
    const how = { mode: "immediate", frame: { duration: 0, redraw: true }, transition };
    // What another frame cuts short is not shown to its end, which is no fault.
    window.Plotly?.animate(plot, [this.data.names[this.at]], how).catch(() => {});
  }

  describe() {
    const name = this.data.names[this.at];
    this.range.value = this.at;
    this.range.style.setProperty("--share", this.last ? this.at / this.last : 0);
    this.range.setAttribute("aria-valuetext", name);
    this.caption.textContent = name;
    this.back.disabled = this.at === 0;
    this.forward.disabled = this.at === this.last;
  }

  destroy() {
    clearInterval(this.timer);
    this.node.remove();
  }
}

export default mounted((place) => new Player(place));
