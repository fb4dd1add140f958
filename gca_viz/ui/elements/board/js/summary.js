// The numbers over a matrix.
import { format } from "../../shared/js/numbers.js";

// Items { name, value, why }; `why` is said where there is one.
export function summaryOf({ kind, plan }, data, model, t) {
  // A sparse plan has no half steps, and so none at which it ends.
  if (kind === "plan") return planSummary(data, t, model.frames.plans[plan].cut ? t : model.held(plan, t));
  if (kind === "cost") {
    const cells = model.n * model.m - model.forbidden(plan).length;
    const mean = { name: "mean", value: format(data.total / cells) };
    return Number.isFinite(data.partners) ? [mean, { name: "of partners", value: format(data.partners) }] : [mean];
  }
  if (kind === "residual") return [{ name: "½Σ|T − P|", value: format(data.size / 2) }];
  if (kind === "force") return [{ name: "½Σ|F|", value: format(data.size / 2), why: "In units of 1/cost" }];
  if (kind === "difference") return [{ name: "½Σ|ΔP|", value: format(data.size / 2) }];
  return [massOf(data)];
}

function planSummary(data, t, held) {
  const items = [massOf(data)];
  if (data.loss !== undefined) {
    items.unshift({ name: "pair loss", value: format(data.loss), why: "Mean of −log(P/μ) over the pairs, weighed by μ; without weights μ is 1" });
  }
  if (data.top1 !== undefined) items.push({ name: "row top-1", value: percentOf(data.top1) });
  // First, so that a narrow panel does not put it on a line of its own.
  if (held < t) items.unshift({ name: "t", value: String(held), why: `This plan ends at half step ${held}` });
  return items;
}

function massOf({ total }) {
  return { name: "mass", value: total.toFixed(total < 99.95 ? 2 : 1) };
}

function percentOf(share) {
  return `${(100 * share).toFixed(share > 0.0995 || share === 0 ? 0 : 1)} %`;
}
