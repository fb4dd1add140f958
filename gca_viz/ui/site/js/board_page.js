// A page whose board has controls at which this browser solves its plans anew.
import { readLink } from "./link.js";
import { Page } from "./page.js";
import { Plans } from "./plans.js";

// Settings that the board itself has: half step (−1 is the last), picked cell, chosen rows.
const OF_BOARD = { t: /^-?\d+$/, i: /^-?\d+$/, j: /^-?\d+$/, group: /^(\d+(,\d+)*)?$/ };

export class BoardPage extends Page {
  constructor(page) {
    super(page);
    this.host = this.boardIn("board");
    this.all = new Plans(this.blobs, this.data.problems);
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
    const wanted = String(this.solves.map((name) => settings[name]));
    if (this.found?.wanted !== wanted) this.found = { wanted, ...this.all.solved(this.plans, settings) };
    this.host.keep("cost", this.found.cost);
    this.host.show(this.arranged(this.found.frames));
  }

  // Settings of which each other value makes other plans.
  get solves() {
    return this.data.dials;
  }

  // Which of the page's plans are drawn.
  get plans() {
    return [...this.data.problems.keys()];
  }

  // The pictures, and what tells them from others.
  get pictures() {
    const { show } = this.settings;
    const kinds = show.split(",");
    return { name: show, panels: this.data.panels.filter(({ name }) => kinds.includes(name)).map(({ panel }) => panel) };
  }

  // In the order, the colours and with the choice of the reader.
  arranged(frames) {
    const { order, scale, t, i, j, group } = this.settings;
    const n = frames.size;
    const { order: places, groups } = this.data.orders[order];
    const at = this.heardAt;
    const cell = [Number(i), Number(j)];
    const { name, panels } = this.pictures;
    return {
      ...frames,
      id: `${frames.id} ${order} ${scale} ${name} ${group}`,
      groups,
      panels,
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
