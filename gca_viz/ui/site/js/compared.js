// Candidates of one batch as a page: A beside B and their difference, and the numbers of all, at plans that this browser solves.
import { element } from "../../elements/shared/js/elements.js";
import { BoardPage } from "./board_page.js";
import { moved } from "./plans.js";
import { decimal, percentText } from "./words.js";

const TURN = 900; // ms for which each candidate is B while they play
const COLUMNS = ["", "loss", "row top-1", "mass moved from A"];

export class ComparedPage extends BoardPage {
  constructor(page) {
    super(page);
    this.button = page.getElementById("play");
    this.button.addEventListener("click", () => (this.playing ? this.pause() : this.play()));
  }

  get solves() {
    return [...super.solves, "a", "b"];
  }

  get plans() {
    return ["a", "b"].map((side) => this.data.members.indexOf(this.settings[side]));
  }

  get pictures() {
    const { a, b } = this.settings;
    const panels = [
      { kind: "plan", title: `A ${a}`, plan: 0 },
      { kind: "plan", title: `B ${b}`, plan: 1 },
      { kind: "difference", title: "B − A", plan: 1, minus: 0 },
    ];
    return { name: `${a} ${b}`, panels: panels.map((panel) => ({ ...this.blobs.frames.panels[0], ...panel })) };
  }

  draw() {
    super.draw();
    const wanted = String([...super.solves, "a"].map((name) => this.settings[name]));
    if (wanted !== this.told) this.tell(wanted);
  }

  // The numbers of all, one after the other, so that the pictures need not wait for them.
  tell(wanted) {
    this.told = wanted;
    const { members } = this.data;
    const table = element("table");
    const head = element("tr");
    head.append(...COLUMNS.map((name) => element("th", "", name)));
    table.append(head);
    this.page.getElementById("numbers").replaceChildren(table);
    const first = this.all.last(members.indexOf(this.settings.a), this.settings);
    const next = (k) => {
      if (this.told !== wanted || k === members.length) return;
      const plan = this.all.last(k, this.settings);
      const row = element("tr");
      row.append(element("th", "", members[k]));
      for (const text of wordsOf(plan, first)) row.append(element("td", "", text));
      table.append(row);
      setTimeout(next, 0, k + 1);
    };
    next(0);
  }

  play() {
    this.button.textContent = "Pause";
    this.playing = setInterval(() => {
      const { members } = this.data;
      this.change({ b: members[(members.indexOf(this.settings.b) + 1) % members.length] });
    }, TURN);
  }

  pause() {
    this.button.textContent = "Play";
    clearInterval(this.playing);
    this.playing = 0;
  }
}

function wordsOf(plan, first) {
  return [Number.isNaN(plan.loss) ? "–" : decimal(plan.loss), plan.top1 === undefined ? "–" : percentText(plan.top1), percentText(moved(plan, first))];
}

export default function start() {
  document.gcaPage = new ComparedPage(document);
}
