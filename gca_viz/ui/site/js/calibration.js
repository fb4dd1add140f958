// Whether rows are as sure of their partner as they are right, as gca_viz.transport.plans.calibration has it.
import { meanOf, sumOf } from "./solved.js";

export const BINS = 10;
const NEARLY = 1e-5; // numbers closer than this share of the larger are equal

// The rows of a plan as predictions, each of sum 1.
export function sharesOf({ matrix, rowMass, n }) {
  return matrix.map((mass, k) => mass / (rowMass[Math.floor(k / n)] || 1));
}

// `shares` row by row; the partner of row i is column i.
export function calibrationOf(shares, n) {
  const rows = Array.from({ length: n }, (_, i) => rowOf(shares.subarray(i * n, (i + 1) * n), i));
  const bins = Array.from({ length: BINS }, (_, b) => rows.filter(({ bin }) => bin === b));
  const apart = bins.map((of) => Math.abs(sumOf(of.map(({ confidence }) => confidence)) - sumOf(of.map(({ hit }) => hit))));
  return {
    sure: meanOf(rows.map(({ confidence }) => confidence)),
    right: meanOf(rows.map(({ hit }) => hit)),
    ece: sumOf(apart) / n,
    brier: meanOf(rows.map(({ squared }) => squared)),
    bins,
    rows,
  };
}

function rowOf(shares, i) {
  const confidence = shares.reduce((a, b) => Math.max(a, b));
  const most = (1 - NEARLY) * confidence;
  const equals = shares.reduce((count, share) => count + (share >= most), 0);
  const squared = Math.max(0, shares.reduce((sum, share) => sum + share * share, 0) - 2 * shares[i] + 1);
  const bin = Array.from({ length: BINS - 1 }, (_, b) => ((b + 1) / BINS) * (1 + NEARLY)).filter((edge) => edge < confidence).length;
  return { confidence, hit: shares[i] >= most && confidence > 0 ? 1 / equals : 0, squared, bin };
}

const WIDEST = 15; // pixels, half of a dot that is all rows

// The reliability diagram: share of rows that are right against how sure they are, a dot per bin; name → calibration.
export function reliability(plans) {
  const even = { xs: [0, 1], ys: [0, 1], name: "as sure as right", colour: "grey", width: 1.5, dash: true, title: "as sure as right" };
  const drawn = Object.entries(plans).map(([name, { bins }], k) => {
    const some = bins.filter((of) => of.length);
    const rows = sumOf(some.map((of) => of.length));
    return {
      xs: some.map((of) => meanOf(of.map(({ confidence }) => confidence))),
      ys: some.map((of) => meanOf(of.map(({ hit }) => hit))),
      name,
      colour: `view${k + 1}`,
      width: 2,
      dots: true,
      radii: some.map((of) => 3 + WIDEST * Math.sqrt(of.length / rows)),
      title: name,
      titles: some.map((of) => `${of.length} rows`),
    };
  });
  const share = { from: -0.04, to: 1.04 };
  return {
    series: [even, ...drawn.toReversed()],
    x: { title: "Confidence", ...share },
    y: { title: "Share of rows that are right", ...share },
  };
}

// How many rows are how sure, which does not tell how often they are right.
export function confidences({ bins }) {
  const xs = bins.map((_, b) => (b + 0.5) / BINS);
  return {
    series: [{ xs, ys: bins.map((of) => of.length), name: "rows", colour: "view1", bars: true, wide: 1 / BINS, title: "rows" }],
    x: { title: "Confidence", from: 0, to: 1 },
    y: { title: "rows", from: 0 },
  };
}
