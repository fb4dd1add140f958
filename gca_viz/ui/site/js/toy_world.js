// The toy world as a page: a scene, and what the reader set in it since.
import { Toy } from "../../elements/toy/js/view.js";
import { dataOf } from "./data.js";
import { Dials } from "./form.js";
import { differences, readLink, writeLink } from "./link.js";

export class ToyPage {
  constructor(page) {
    this.data = dataOf(page);
    this.expect = page.getElementById("expect");
    this.form = new Dials(this.data.controls, (_name, value) => this.begin(value));
    page.getElementById("controls").append(this.form.node);
    this.place = page.getElementById("toy");
    const said = readLink(location);
    const scene = this.data.scenes[said.scene] ? said.scene : this.data.controls[0].options[0];
    this.begin(scene, ownOf(said, this.data.scenes[scene].settings));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  begin(name, values = {}) {
    const scene = this.data.scenes[name];
    this.form.show({ scene: name });
    this.expect.textContent = scene.expect;
    this.name = name;
    this.settings = { ...scene.settings, ...values };
    this.toy ??= new Toy(this.place, { ...this.data, settings: this.settings });
    this.draw();
    this.tell();
  }

  draw() {
    const { notice } = this.data.scenes[this.name];
    const data = { ...this.data, scene: this.name, settings: this.settings, notice, at: 0 };
    this.toy.receive({ data, setStateValue: (_name, { scene, values }) => scene === this.name && this.take(values) });
  }

  take(values) {
    this.settings = values;
    this.tell();
  }

  tell() {
    writeLink({ scene: this.name, ...differences(this.settings, this.data.scenes[this.name].settings) });
  }
}

// What a link says of fields that there are, each of the kind that a scene has there.
function ownOf(said, settings) {
  const known = Object.entries(said).filter(([name]) => name in settings);
  const read = known.map(([name, text]) => [name, typeof settings[name] === "number" ? Number(text) : text]);
  return Object.fromEntries(read.filter(([, value]) => !Number.isNaN(value)));
}

export default function start() {
  document.gcaToyPage = new ToyPage(document);
}
