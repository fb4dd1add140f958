// A lesson as a page: its question, its control, its picture and its formula, all at numbers that this browser computes.
import { element } from "../../elements/shared/js/elements.js";
import { drawCards } from "./cards.js";
import { Chart } from "./chart.js";
import { LESSONS } from "./lessons/all.js";
import { readLink } from "./link.js";
import { Page } from "./page.js";
import { World } from "./world.js";

const INDEX = /^\d+$/;

export class LessonPage extends Page {
  constructor(page) {
    super(page);
    this.world = new World(this.blobs, this.data);
    if (this.data.board) this.host = this.boardIn("picture");
    else this.chart = new Chart(page.getElementById("picture"));
    const said = readLink(location);
    const cell = ["i", "j"].filter((name) => INDEX.test(said[name])).map((name) => [name, said[name]]);
    this.settings = { ...this.data.settings, ...Object.fromEntries([...this.form.taken(said), ...cell]) };
    this.listen();
    this.draw();
  }

  listen() {
    for (const button of this.page.querySelectorAll("[data-cell]")) {
      button.addEventListener("click", () => this.pick(this.shown.cells[button.dataset.cell]));
    }
    const show = this.page.getElementById("show-answer");
    for (const input of this.page.querySelectorAll("[name=prediction]")) {
      input.addEventListener("change", () => {
        this.predicted = input.value;
        show.disabled = false;
        this.judge();
      });
    }
    show.addEventListener("click", () => {
      show.hidden = true;
      for (const part of this.page.querySelectorAll(".after")) part.hidden = false;
      this.answered = true; // a picture may give it away now
      this.draw();
    });
  }

  hear(name, value, at) {
    this.heardAt = at;
    if (name === "pick") this.pick(value);
  }

  pick([i, j]) {
    this.change({ i: String(i), j: String(j) });
  }

  draw() {
    this.form.show(this.settings);
    this.shown = LESSONS[this.data.lesson](this.world, { ...this.settings, answered: this.answered });
    for (const node of this.page.querySelectorAll("[data-fact]")) this.fill(node);
    this.host?.show(this.frames());
    this.chart?.show(this.shown.chart);
    drawCards(this.page.getElementById("cards"), this.shown.cards, this.world.given.pictures);
    this.judge();
    this.name();
  }

  // A number, or words of which some are strong.
  fill(node) {
    const parts = this.shown.facts[node.dataset.fact].split("**");
    node.replaceChildren(...parts.map((part, k) => (k % 2 ? element("b", "", part) : part)));
  }

  // The plan of now as the board draws it, without half steps to walk.
  frames() {
    const { plan, panels, pick, target, maximum = null } = this.shown;
    if (target) this.host.keep("targets", { ...this.blobs.targets, arrays: { dense0: Float32Array.from(target) } });
    const base = this.blobs.frames;
    const pool = Float32Array.from([...plan.log.a, ...plan.log.b], (scaling) => scaling * plan.epsilon);
    const id = `${base.id} ${JSON.stringify(this.settings)}`;
    return {
      ...base,
      id,
      plansId: id,
      plans: [{ ...this.world.packed(plan.name), name: "plan", epsilon: plan.epsilon, parts: [{ f: [0], g: [1] }], labels: ["plan"] }],
      panels: panels.map((panel) => ({ ...base.panels[0], ...panel })),
      scale: { ...base.scale, log: false, maximum },
      control: { pick: { value: pick, at: this.heardAt } },
      arrays: { ...base.arrays, pool },
    };
  }

  // Whether the prediction was right, once the answer has been shown.
  judge() {
    const { page, shown, predicted } = this;
    const right = page.querySelector(`[name=prediction][value="${shown.right}"]`).parentElement.querySelector("span");
    const words = predicted === shown.right ? "As you predicted: " : "Not what you predicted: ";
    const outcome = page.getElementById("outcome");
    outcome.replaceChildren(words, ...right.cloneNode(true).childNodes);
  }

  // Whose the images of the outlined cell are, or those of the cards.
  name() {
    const { pick, cards } = this.shown;
    const whose = pick ? pick.map((k, side) => this.data.credits[side][k]) : (cards?.credits ?? []);
    const named = [...new Set(whose.filter(Boolean))].join(" · ");
    this.page.getElementById("credits").textContent = named ? `${pick ? "Images of the outlined cell" : "Images"}: ${named}` : "";
  }
}

export default function start() {
  document.gcaLesson = new LessonPage(document);
}
