// The controls of a page. Every value is a text, as a link has it; each is drawn from its description.
import { element } from "../../elements/shared/js/elements.js";
import { numberOf } from "../../elements/shared/js/numbers.js";

// A control for each description, in a node; `change(name, value)` is told what the reader does.
export class Dials {
  constructor(descriptions, change) {
    this.node = element("div", "dials");
    this.fields = new Map();
    for (const spec of descriptions) {
      const Kind = spec.stops ? Dial : spec.several ? Several : Choice;
      const field = new Kind(spec, (value) => change(spec.name, value));
      this.fields.set(spec.name, field);
      this.node.append(field.node);
    }
  }

  show(values) {
    for (const [name, field] of this.fields) field.show(values[name]);
  }

  // Those of the values that a control can take.
  taken(values) {
    return Object.entries(values).filter(([name, value]) => this.fields.get(name)?.takes(value));
  }
}

// A number along its stops; one of a link may lie between them.
class Dial {
  constructor({ label, help, stops, texts }, change) {
    Object.assign(this, { stops, texts });
    this.node = element("label", "dial");
    this.node.title = help;
    const head = element("span", "", label);
    this.value = element("output");
    head.append(this.value);
    this.range = element("input", "steps");
    Object.assign(this.range, { type: "range", min: 0, step: 1 });
    this.range.setAttribute("aria-label", label);
    this.range.addEventListener("input", () => change(this.stops[Number(this.range.value)]));
    this.node.append(head, this.range);
  }

  takes(text) {
    const [low, high] = [this.stops[0], this.stops.at(-1)].map(numberOf);
    const value = text.trim() === "" ? NaN : numberOf(text);
    return value >= low && value <= high;
  }

  show(text) {
    let place = this.stops.findIndex((stop) => numberOf(stop) === numberOf(text));
    if (place < 0) {
      place = this.stops.findIndex((stop) => numberOf(stop) > numberOf(text));
      this.stops = this.stops.toSpliced(place, 0, text);
      this.texts = this.texts.toSpliced(place, 0, String(Number(numberOf(text).toPrecision(4))));
    }
    const last = this.stops.length - 1;
    this.range.max = last;
    this.range.value = place;
    this.range.style.setProperty("--share", last ? place / last : 0);
    this.value.textContent = this.texts[place];
    this.range.setAttribute("aria-valuetext", this.texts[place]);
  }
}

// One of several names.
class Choice {
  constructor({ name, label, help, options, titles }, change, kind = "radio") {
    this.options = options;
    this.node = element("fieldset", "choice");
    this.node.title = help;
    this.node.append(element("legend", "", label));
    this.inputs = options.map((option, k) => {
      const line = element("label");
      const input = element("input");
      Object.assign(input, { type: kind, name, value: option });
      input.addEventListener("change", () => change(this.chosen));
      line.append(input, titles[k]);
      this.node.append(line);
      return input;
    });
  }

  get chosen() {
    return this.inputs.filter((input) => input.checked).map((input) => input.value).join(",");
  }

  takes(text) {
    return this.options.includes(text);
  }

  show(text) {
    const chosen = text.split(",");
    for (const input of this.inputs) input.checked = chosen.includes(input.value);
  }
}

// Any of several names, one at least.
class Several extends Choice {
  constructor(spec, change) {
    super(spec, (chosen) => change(chosen || this.last), "checkbox");
  }

  takes(text) {
    return text.split(",").every((name) => this.options.includes(name));
  }

  show(text) {
    this.last = text;
    super.show(text);
  }
}
