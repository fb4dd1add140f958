// Which scale of colours each panel has. Panels of one kind share one; it comes from the last half step, so that
// colours mean the same while the steps are scrubbed.
import { ColourScale } from "../../shared/js/scale.js";

const SCALE_OF = { cost: "cost", kernel: "kernel", plan: "mass", target: "mass", residual: "signed", difference: "signed", force: "force" };
export const SIGNED = new Set(["residual", "difference", "force"]);

// Gives each panel `scale`, `limit` of its marginals' bars and `scaleName`; tells the scales by name. Those that were
// `known` are used again where nothing about them has changed.
export function calibrate(panels, { frames, model, theme, known }) {
  const members = new Map();
  for (const panel of panels) {
    const name = panel.spec.scale ?? SCALE_OF[panel.spec.kind];
    if (!members.has(name)) members.set(name, []);
    members.get(name).push(panel);
  }
  const scales = new Map();
  for (const [name, sharing] of members) {
    const specs = sharing.map(({ spec }) => spec);
    const plans = specs.filter(({ kind }) => kind === "plan");
    const ends = (plans.length ? plans : specs).map((spec) => model.panel(spec, model.last));
    const options = { ...optionsOf(specs[0].kind, ends, frames.scale), theme };
    const id = ColourScale.id(options);
    const scale = [...known.values()].find((other) => other.id === id) ?? new ColourScale(options);
    scales.set(name, scale);
    const limit = limitOf(options.kind, ends, model.n / model.m);
    for (const panel of sharing) Object.assign(panel, { scale, limit, scaleName: name });
  }
  return scales;
}

function optionsOf(panelKind, ends, { log, decades, maximum, signed_maximum: signedMaximum, palette }) {
  const kind = panelKind === "cost" ? "cost" : SIGNED.has(panelKind) ? "signed" : "mass";
  const given = { cost: null, mass: maximum, signed: panelKind === "force" ? null : signedMaximum }[kind];
  return {
    kind,
    log: log && kind !== "cost",
    decades,
    minimum: kind === "cost" ? Math.min(...ends.map((end) => end.minimum)) : 0,
    maximum: given ?? Math.max(...ends.map((end) => end.largest)),
    palette,
  };
}

// Of rows; that of columns is as much of what a column has, `unit`, where all have the same.
function limitOf(kind, ends, unit) {
  const sums = ends.flatMap((end) => [...end.rows, ...Array.from(end.columns, (sum) => sum / unit)]);
  const reach = sums.reduce((most, sum) => Math.max(most, Math.abs(sum)), 0);
  return kind === "signed" ? Math.max(0.05, reach) : Math.max(1.6, Math.min(5, reach));
}
