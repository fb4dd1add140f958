// The plans of a page at the reader's numbers.
import { Model } from "../../elements/board/js/model.js";
import { solved } from "../../elements/board/js/solver.js";
import { problemOf } from "../../elements/board/js/problem.js";

export class Plans {
  // `blobs` as packed, unpacked; a problem for each plan of the frames.
  constructor(blobs, problems) {
    Object.assign(this, { blobs, problems });
  }

  // Frames and costs of some of them.
  solved(which, settings) {
    const { frames, cost } = this.blobs;
    const problems = which.map((k) => problemOf(this.problems[k], settings));
    return solved({ ...frames, plans: which.map((k) => frames.plans[k]) }, cost, problems);
  }

  // One of them after its last half step, as the board reads it.
  last(k, settings) {
    const { frames, cost } = this.solved([k], settings);
    const parts = [cost, this.blobs.samples, this.blobs.targets];
    const model = new Model();
    model.load(frames, { get: (id) => parts.find((part) => part.id === id) });
    return model.plan(0, model.last);
  }
}

// Share of the mass that lies elsewhere: half the L1 distance of two plans, each of mass 1.
export function moved({ values, total }, reference) {
  return values.reduce((sum, value, k) => sum + Math.abs(value / total - reference.values[k] / reference.total), 0) / 2;
}
