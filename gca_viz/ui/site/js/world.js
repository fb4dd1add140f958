// What a lesson is about: a batch whose costs and targets are here, and the plans that it solves of them.
import { problemOf } from "../../elements/board/js/problem.js";
import { Solved } from "./solved.js";

export class World {
  //   blobs: the batch as packed, unpacked, where there is a board, and what was `given` besides
  //   problems: name → what is solved; numbers: name → what its settings are where no control moves them
  //   titles: option of a choice → what the page calls it
  constructor(blobs, { problems, numbers, titles }) {
    const { samples, cost, given } = blobs;
    Object.assign(this, { blobs, problems, numbers, titles, given, arrays: given.arrays, kept: new Map() });
    if (!samples) return;
    this.n = cost.size;
    this.rows = samples.rows.names;
    this.columns = samples.columns.names;
    this.classes = samples.rows.classes;
    this.domains = samples.rows.domains;
  }

  // What is the same at all settings, computed when it is first asked for.
  once(name, make) {
    if (!this.kept.has(name)) this.kept.set(name, make());
    return this.kept.get(name);
  }

  plan(name, settings) {
    const size = this.n ** 2;
    const packed = this.packed(name);
    const cost = this.blobs.cost.arrays.cost.subarray(packed.distance * size, (packed.distance + 1) * size);
    return Object.assign(new Solved(cost, this.n, this.problem(name, settings), this.target(packed.target)), { name });
  }

  // The plan of costs that were given, between samples that may weigh differently.
  planOf(cost, name, settings, masses) {
    return new Solved(cost, Math.sqrt(cost.length), { ...this.problem(name, settings), masses });
  }

  problem(name, settings) {
    return problemOf(this.problems[name], { ...this.numbers[name], ...settings });
  }

  // A plan as the board is sent it.
  packed(name) {
    return this.blobs.frames.plans[Object.keys(this.problems).indexOf(name)];
  }

  target(place) {
    const { arrays } = this.blobs.targets;
    if (arrays[`dense${place}`]) return Float64Array.from(arrays[`dense${place}`]);
    const target = new Float64Array(this.n ** 2);
    arrays[`cells${place}`].forEach((cell, k) => (target[cell] = arrays[`mass${place}`][k]));
    return target;
  }

  // The cell that the reader picked, or another.
  cell({ i, j }, otherwise) {
    const cell = [Number(i ?? -1), Number(j ?? -1)];
    return cell.every((k) => k >= 0 && k < this.n) ? cell : otherwise;
  }
}
