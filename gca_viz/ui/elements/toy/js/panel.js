// The form of the toy world, built from the descriptions that Python sends; every number is described there once.
const STOPS = 200;

// Between a slider's stops 0…STOPS and a value.
function scaleOf({ low, high, log, step }) {
  const round = (value) => (step ? Math.round(value / step) * step : Number(value.toPrecision(2)));
  return {
    value: (stop) => {
      const share = stop / STOPS;
      return round(log ? low * (high / low) ** share : low + (high - low) * share);
    },
    stop: (value) => STOPS * (log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)),
  };
}

class Form {
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
    Object.assign(input, { type: "range", min: 0, max: STOPS, step: spec.step ? (STOPS * spec.step) / (spec.high - spec.low) : 1 });
    if (spec.log) input.step = 1;
    node.append(output, input);
    const show = (value) => {
      input.value = scale.stop(value);
      output.textContent = format4(value);
      input.setAttribute("aria-valuetext", output.textContent);
    };
    input.addEventListener("input", () => {
      const value = scale.value(Number(input.value));
      output.textContent = format4(value);
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

function format4(value) {
  return String(Number(value.toPrecision(4)));
}

// The row of buttons, and what the world is doing.
class Transport {
  constructor(toy) {
    this.node = element("div", "transport");
    this.play = button("play", "Play: let the loss move the points (space)", () => toy.toggle());
    this.step = button("forward", "One step of the gradient flow (s)", () => toy.stepOnce());
    this.reset = button("back", "Back to the beginning (r); the curve of this run stays in grey", () => toy.reset());
    this.add = button("plus", "Add a pair (double click the circle, or +)", () => toy.stage.add([Math.random() - 0.5, Math.random() - 0.5, Math.random() - 0.5]));
    this.remove = button("minus", "Remove the chosen pair (Delete)", () => toy.stage.remove());
    this.count = element("output", "count");
    this.node.append(this.reset, this.play, this.step, this.count, this.add, this.remove);
  }

  show(toy) {
    setIcon(this.play, toy.playing ? "pause" : "play");
    this.play.setAttribute("aria-label", toy.playing ? "Pause (space)" : "Play: let the loss move the points (space)");
    this.remove.disabled = !toy.stage.chosen || toy.world.n <= FEWEST;
    this.add.disabled = toy.world.n >= MOST;
    const { steps, settled, n } = toy.world;
    this.count.textContent = `${n} pairs · step ${steps}${settled ? " · converged" : toy.playing ? " · moving" : ""}`;
  }
}

// The numbers now, and small below them what they were at the start.
const READINGS = [
  ["loss", "Loss", "Mean loss of a pair, in nats for KL", (value) => format(value)],
  ["alignment", "Alignment", "Mean squared distance of partners, 0 to 4: lower is closer", (value) => format(value)],
  ["uniformity", "Uniformity", "How evenly the points spread: 0 if all coincide, lower is more even", (value) => format(value)],
  ["matched", "Pair mass", "Share of the plan’s mass on the pairs", percent],
  ["cover", "Covered", "Share of the circle or sphere that is no farther from a point of view 1 than if all were spread evenly", percent],
];

function percent(share) {
  return `${Math.round(100 * share)} %`;
}

class Numbers {
  constructor() {
    this.node = element("dl", "numbers");
    this.cells = READINGS.map(([name, title, help, text]) => {
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
