// The form of the toy world, built from the descriptions that Python sends; every number is described there once.
import { button, element, setIcon } from "../../shared/js/elements.js";
import { format, percent } from "../../shared/js/numbers.js";
import { FEWEST, MOST } from "./flow.js";

const PLAY = "Play: let the loss move the points (space)";

const STOPS = 200;

// Between a slider's stops 0…STOPS and a value.
export function scaleOf({ low, high, log, step }) {
  const round = (value) => (step ? Math.round(value / step) * step : Number(value.toPrecision(2)));
  return {
    value: (stop) => {
      const share = stop / STOPS;
      return round(log ? low * (high / low) ** share : low + (high - low) * share);
    },
    stop: (value) => STOPS * (log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)),
  };
}

export class Form {
  constructor(toy, specs, titles) {
    this.toy = toy;
    this.node = element("div", "form");
    this.fields = specs.map((spec) => (spec.options ? this.choice(spec, titles) : this.number(spec)));
    const parts = { method: element("div", "part"), crowd: element("div", "part") };
    for (const field of this.fields) parts[field.spec.part].append(field.node);
    const fold = element("details", "crowd");
    fold.append(element("summary", "", "Points: how many, how they begin"), parts.crowd);
    this.node.append(parts.method, fold);
  }

  label(spec) {
    const node = element("label", "field");
    node.dataset.field = spec.name;
    node.title = spec.help;
    node.append(element("span", "name", `${spec.label} ${spec.symbol ?? ""}`.trim()));
    return node;
  }

  choice(spec, titles) {
    const node = this.label(spec);
    const input = element("select");
    for (const name of spec.options) {
      const option = element("option", "", titles[name] ?? name);
      option.value = name;
      input.append(option);
    }
    node.append(input);
    input.addEventListener("change", () => this.toy.change(spec.name, input.value));
    return { spec, node, show: (value) => (input.value = value) };
  }

  number(spec) {
    const node = this.label(spec);
    const input = element("input");
    const output = element("output");
    const scale = scaleOf(spec);
    const step = spec.step && !spec.log ? (STOPS * spec.step) / (spec.high - spec.low) : 1;
    Object.assign(input, { type: "range", min: 0, max: STOPS, step });
    node.append(output, input);
    const show = (value) => {
      input.value = scale.stop(value);
      output.textContent = fourDigits(value);
      input.setAttribute("aria-valuetext", output.textContent);
    };
    input.addEventListener("input", () => {
      const value = scale.value(Number(input.value));
      output.textContent = fourDigits(value);
      this.toy.change(spec.name, value);
    });
    return { spec, node, show };
  }

  // Show the settings, and of the fields those that the method has.
  show(settings) {
    for (const { spec, node, show } of this.fields) {
      show(settings[spec.name]);
      node.hidden = !(spec.methods === null || spec.methods.includes(settings.method));
    }
  }
}

function fourDigits(value) {
  return String(Number(value.toPrecision(4)));
}

function anywhere() {
  return Array.from({ length: 3 }, () => Math.random() - 0.5);
}

// The row of buttons, and what the world is doing.
export class Transport {
  constructor(toy) {
    this.node = element("div", "transport");
    this.play = button("play", PLAY, () => toy.toggle());
    this.step = button("forward", "One step of the gradient flow (s)", () => toy.stepOnce());
    this.reset = button("back", "Back to the beginning (r); the curve of this run stays in grey", () => toy.reset());
    this.add = button("plus", "Add a pair (double click the circle, or +)", () => toy.stage.add(anywhere()));
    this.remove = button("minus", "Remove the chosen pair (Delete)", () => toy.stage.remove());
    this.count = element("output", "count");
    this.node.append(this.reset, this.play, this.step, this.count, this.add, this.remove);
  }

  show(toy) {
    setIcon(this.play, toy.playing ? "pause" : "play");
    this.play.setAttribute("aria-label", toy.playing ? "Pause (space)" : PLAY);
    this.remove.disabled = !toy.stage.chosen || toy.world.n <= FEWEST;
    this.add.disabled = toy.world.n >= MOST;
    const { steps, converged, n } = toy.world;
    this.count.textContent = `${n} pairs · step ${steps}${converged ? " · converged" : toy.playing ? " · moving" : ""}`;
  }
}

// The numbers now, and small below them what they were at the start.
const COVER =
  "Share of the circle or sphere that is no farther from a point of view 1 than if all were spread evenly";
const MEASURES = [
  ["loss", "Loss", "Mean loss of a pair, in nats for KL", format],
  ["alignment", "Alignment", "Mean squared distance of partners, 0 to 4: lower is closer", format],
  ["uniformity", "Uniformity", "How evenly the points spread: 0 if all coincide, lower is more even", format],
  ["pairMass", "Pair mass", "Share of the plan’s mass on the pairs", percent],
  ["cover", "Covered", COVER, percent],
];

export class Numbers {
  constructor() {
    this.node = element("dl", "numbers");
    this.cells = MEASURES.map(([name, title, help, text]) => {
      const box = element("div");
      box.title = help;
      box.dataset.toyReading = name;
      const [now, before] = [element("dd"), element("dd", "before")];
      box.append(element("dt", "", title), now, before);
      this.node.append(box);
      return { name, text, now, before };
    });
  }

  show(now, start) {
    for (const cell of this.cells) {
      cell.now.textContent = cell.text(now[cell.name]);
      cell.before.textContent = `at first ${cell.text(start[cell.name])}`;
    }
  }
}
