// A recipe as a living page: its board, and controls at which this browser solves its plans anew.
import { solved } from "../../elements/board/js/solver.js";
import { readLink } from "./link.js";
import { Page } from "./page.js";
import { problemOf } from "../../elements/board/js/problem.js";

// Settings that the board itself has: half step (−1 is the last), picked cell, chosen rows.
const OF_BOARD = { t: /^-?\d+$/, i: /^-?\d+$/, j: /^-?\d+$/, group: /^(\d+(,\d+)*)?$/ };

export class Living extends Page {
  constructor(page) {
    super(page);
    this.host = this.boardIn("board");
    this.settings = { ...this.data.settings, ...this.fromLink(page) };
    this.draw();
  }

  // What the address says; the rest of it is told.
  fromLink(page) {
    const said = readLink(location);
    const taken = Object.fromEntries([
      ...this.form.taken(said),
      ...Object.entries(said).filter(([name, value]) => OF_BOARD[name]?.test(value)),
    ]);
    const left = Object.keys(said).filter((name) => !(name in taken));
    page.getElementById("notice").textContent = left.length
      ? `The link was read without ${left.join(", ")}: this page has no such control, or not such a value.`
      : "";
    return taken;
  }

  hear(name, value, at) {
    this.heardAt = at;
    const { last } = this.host.board.model;
    if (name === "step") this.change({ t: String(value < last ? value : -1) });
    if (name === "pick") this.change({ i: String(value[0]), j: String(value[1]) });
    if (name === "group") this.change({ group: value.join(",") });
  }

  draw() {
    const { settings } = this;
    this.form.show(settings);
    const problems = this.data.problems.map((problem) => problemOf(problem, settings));
    const wanted = String(this.data.dials.map((name) => settings[name]));
    if (this.found?.wanted !== wanted) this.found = { wanted, ...solved(this.blobs.frames, this.blobs.cost, problems) };
    this.host.keep("cost", this.found.cost);
    this.host.show(this.arranged(this.found.frames));
  }

  // In the order, the colours and with the choice of the reader.
  arranged(frames) {
    const { order, scale, show, t, i, j, group } = this.settings;
    const n = frames.size;
    const { order: places, groups } = this.data.orders[order];
    const at = this.heardAt;
    const cell = [Number(i), Number(j)];
    const kinds = show.split(",");
    return {
      ...frames,
      id: `${frames.id} ${order} ${scale} ${show} ${group}`,
      groups,
      panels: this.data.panels.filter(({ name }) => kinds.includes(name)).map(({ panel }) => panel),
      scale: { ...frames.scale, log: scale === "log" },
      control: {
        step: { value: Number(t) < 0 ? null : Number(t), at },
        pick: { value: cell.every((k) => k >= 0 && k < n) ? cell : null, at },
      },
      arrays: {
        ...frames.arrays,
        order: Uint32Array.from(places),
        marked: Uint32Array.from(group ? group.split(",").map(Number).filter((row) => row < n) : []),
      },
    };
  }
}

export default function start() {
  document.gcaLiving = new Living(document);
}
