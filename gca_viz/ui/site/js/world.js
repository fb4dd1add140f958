// What a lesson is about: a batch whose costs are here, and the plans that it solves of them.
import { problemOf } from "./problem.js";
import { Solved } from "./solved.js";

export class World {
  //   blobs: the batch as packed, unpacked
  //   problems: name → what is solved; numbers: name → what a setting is that no control moves
  //   titles: option of a choice → what the page calls it
  constructor(blobs, { problems, numbers, titles }) {
    const { samples, cost } = blobs;
    Object.assign(this, { problems, numbers, titles, n: cost.size, cost: cost.arrays.cost.subarray(0, cost.size ** 2) });
    this.rows = samples.rows.names;
    this.columns = samples.columns.names;
    this.classes = samples.rows.classes;
  }

  plan(name, settings) {
    return new Solved(this.cost, this.n, problemOf(this.problems[name], { ...this.numbers, ...settings }));
  }

  // The cell that the reader picked, or another.
  cell({ i, j }, otherwise) {
    const cell = [Number(i ?? -1), Number(j ?? -1)];
    return cell.every((k) => k >= 0 && k < this.n) ? cell : otherwise;
  }
}
