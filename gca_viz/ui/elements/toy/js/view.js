// The toy world on the page: what it shows, when it moves and paints, and what it tells Python.
import { later } from "../../shared/js/clock.js";
import { readTheme } from "../../shared/js/colour.js";
import { element } from "../../shared/js/elements.js";
import { isCalm } from "../../shared/js/lifecycle.js";
import { format } from "../../shared/js/numbers.js";
import { World } from "./flow.js";
import { inspector } from "./inspector.js";
import { Form, Numbers, Transport } from "./panel.js";
import { LossPlot, PlanPlot } from "./plots.js";
import { drawStage } from "./scenery.js";
import { Stage } from "./stage.js";
import { fill } from "./words.js";

const MOST_STEPS = 3000;
const QUIET = 600; // ms without a change after which Python hears of it
const SLOW = 500; // ms between pictures for who asked for less motion

export class Toy {
  constructor(host, data) {
    this.scene = null;
    this.claimed = 0;
    this.painted = 0;
    this.settings = data.settings;
    this.world = new World(data.settings);
    this.stage = new Stage(this);
    this.plan = new PlanPlot(this);
    this.loss = new LossPlot(this);
    this.form = new Form(this, data.specs, data.titles);
    this.transport = new Transport(this);
    this.numbers = new Numbers();
    this.root = element("div", "toy");
    this.notice = element("p", "notice");
    this.notice.setAttribute("aria-live", "polite");
    this.speech = element("div", "speech");
    this.speech.setAttribute("aria-live", "polite");
    this.left = element("div", "left");
    this.legend = element("div", "legend");
    this.left.append(this.transport.node, this.stage.canvas, this.legend, this.notice);
    const right = element("div", "right");
    this.planTitle = element("div", "title");
    const lossTitle = element("div", "title", "Loss; in grey the run before");
    right.append(this.form.node, this.planTitle, this.plan.canvas, lossTitle, this.loss.canvas);
    const middle = element("div", "middle");
    middle.append(this.left, right);
    this.root.append(middle, this.numbers.node, this.speech);
    host.append(this.root);
    this.root.gcaToy = inspector(this);
    this.resize = new ResizeObserver(() => this.layout());
    this.resize.observe(this.root);
    this.listening = new AbortController();
    addEventListener("resize", () => this.layout(), { signal: this.listening.signal });
  }

  destroy() {
    this.pause();
    clearTimeout(this.waiting);
    cancelAnimationFrame(this.frame);
    this.resize.disconnect();
    this.listening.abort();
    this.root.remove();
  }

  // A scene begins when its name changes; otherwise Python's settings count unless the user has moved on.
  receive({ data, setStateValue }) {
    this.tell = setStateValue;
    this.data = data;
    this.theme = readTheme(this.root);
    if (data.scene !== this.scene) {
      this.pause();
      this.scene = data.scene;
      this.loss.before = [];
      this.begin(data.settings);
    } else if (data.at >= this.claimed && !same(data.settings, this.settings)) this.begin(data.settings);
    this.layout();
  }

  begin(settings) {
    this.settings = { ...settings };
    this.world.begin(this.settings);
    this.stage.chosen = this.stage.hovered = null;
    this.form.show(this.settings);
    this.notice.textContent = "";
    this.drawLegend();
    this.layout();
  }

  // A control of the form.
  change(name, value) {
    if (this.settings[name] === value) return;
    this.settings = { ...this.settings, [name]: value };
    const { spec } = this.form.fields.find((field) => field.spec.name === name);
    if (spec.part === "crowd") this.begin(this.settings);
    else {
      this.world.set(this.settings);
      this.form.show(this.settings);
    }
    this.edited();
    this.claimed = later(this.claimed);
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.tell("settings", { scene: this.scene, values: this.settings, at: this.claimed }), QUIET);
  }

  // The user changed something: what was said of the end is no longer true.
  edited() {
    this.notice.textContent = "";
    this.request();
  }

  toggle() {
    if (this.playing) this.pause();
    else this.start();
  }

  start() {
    if (this.playing) return;
    if (this.world.converged) return this.conclude();
    this.playing = true;
    this.notice.textContent = "";
    this.last = 0;
    const tick = (now) => {
      if (!this.playing) return;
      // Whoever asked for less motion sees the same steps in a few still pictures.
      if (!isCalm()) this.advance(1);
      else if (now - this.last >= SLOW) {
        this.last = now;
        this.advance(30);
      }
      if (this.playing) this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
    this.request();
  }

  advance(steps) {
    const begin = performance.now();
    for (let k = 0; k < steps && !this.world.converged && this.world.steps < MOST_STEPS; k++) this.world.step();
    this.paint();
    this.took = performance.now() - begin;
    if (this.world.converged || this.world.steps >= MOST_STEPS) this.pause();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.conclude();
    this.request();
  }

  stepOnce() {
    this.pause();
    this.world.step();
    if (this.world.converged) this.conclude();
    this.request();
  }

  reset() {
    this.pause();
    this.loss.before = this.world.steps ? this.world.losses : this.loss.before;
    this.begin(this.settings);
  }

  // What there is to notice, with the numbers of now.
  conclude() {
    if (!this.world.steps) return;
    const now = this.world.measures();
    this.notice.textContent = fill(this.data.notice, now, this.world);
    this.notice.scrollIntoView({ block: "nearest" });
  }

  say(text) {
    this.speech.textContent = text;
  }

  request() {
    this.wanted ||= requestAnimationFrame(() => {
      this.wanted = 0;
      this.paint();
    });
  }

  layout() {
    const width = this.root.clientWidth;
    if (!width || !this.theme) return;
    const ratio = devicePixelRatio || 1;
    const wide = width >= 720;
    const tall = Math.max(320, innerHeight - 440);
    const side = wide ? Math.min(Math.floor(width * 0.56), tall, 620) : Math.min(width, 460);
    const rest = wide ? Math.min(width - side - 28, 520) : Math.min(width, 460);
    this.root.classList.toggle("wide", wide);
    this.left.style.width = `${wide ? side : width}px`;
    this.stage.arrange(side, ratio);
    this.plan.arrange(wide ? Math.min(rest, Math.max(220, side - 200)) : rest, ratio);
    this.loss.arrange(rest, 110, ratio);
    this.request();
  }

  paint() {
    if (!this.theme || !this.stage.size) return;
    drawStage(this.stage, this.theme);
    this.plan.paint(this.theme);
    this.loss.paint(this.theme);
    this.transport.show(this);
    this.numbers.show(this.world.measures(), this.world.start);
    this.planTitle.textContent = this.planText();
    const { n, loss } = this.world;
    this.stage.canvas.setAttribute(
      "aria-label",
      `${n} pairs of points on a ${this.settings.space}. Arrow keys choose and move a point, + adds a pair, Delete removes one, space plays.`,
    );
    this.plan.canvas.setAttribute("aria-label", `Plan, ${n} by ${n}, largest cell ${format(this.plan.most)}`);
    this.loss.canvas.setAttribute("aria-label", `Loss ${format(loss)} after ${this.world.steps} steps`);
    this.root.dataset.painted = ++this.painted;
  }

  planText() {
    const { cell } = this.plan;
    const { n } = this.world;
    if (cell && cell[0] < n && cell[1] < n) return `P at row ${cell[0]}, column ${cell[1]}: ${format(this.world.plan[cell[0] * n + cell[1]])}`;
    return `Plan: dark 0, yellow ${format(this.plan.most)}; bars: sums, line: 1`;
  }

  drawLegend() {
    this.legend.replaceChildren();
    for (const [name, text] of [
      ["one", "view 1"],
      ["two", this.world.d === 2 ? "view 2, on an outer ring" : "view 2"],
      ["pull", "pulls"],
      ["push", "pushes"],
    ]) {
      const item = element("span", name, text);
      item.prepend(element("i"));
      this.legend.append(item);
    }
  }
}

function same(a, b) {
  return Object.keys(a).every((key) => a[key] === b[key]);
}
