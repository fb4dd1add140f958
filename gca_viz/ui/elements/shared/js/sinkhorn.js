// Sinkhorn's half steps as gca_viz.transport takes them, in 64 bits and in the log domain, so that no ε breaks them.
// A score is the log of the kernel, −C/ε, row by row; n is the side. Every row and every column should hold 1.

// out_i = log Σ_j exp(b_j + s_ij), or with `turned` over the rows of each column; −∞ where nothing can be. There are n rows
// and m columns.
export function logSums(score, other, n, turned, m = n) {
  const [count, along] = turned ? [m, n] : [n, m];
  const out = new Float64Array(count);
  const [step, stride] = turned ? [1, m] : [m, 1];
  for (let i = 0; i < count; i++) {
    let top = -Infinity;
    for (let j = 0, k = i * step; j < along; j++, k += stride) {
      const v = other[j] + score[k];
      if (v > top) top = v;
    }
    const shift = top > -Infinity ? top : 0;
    let sum = 0;
    for (let j = 0, k = i * step; j < along; j++, k += stride) sum += Math.exp(other[j] + score[k] - shift);
    out[i] = shift + Math.log(sum);
  }
  return out;
}

// Logs of this size at most: products of two such exponentials and their sums are numbers of 64 bits.
const SAFE = 300;
const KERNELS = new WeakMap(); // of scores, most of which serve several plans

// logSums of a score, ten times as fast where no exponential can vanish or overflow.
function summing(score, n) {
  if (!KERNELS.has(score)) KERNELS.set(score, score.every(isSafe) && score.map(Math.exp));
  const kernel = KERNELS.get(score);
  return (other, turned) => {
    if (!kernel || !other.every(isSafe)) return logSums(score, other, n, turned);
    const scaling = other.map(Math.exp);
    return (turned ? columnSums(kernel, scaling, n) : rowSums(kernel, scaling, n)).map(Math.log);
  };
}

function isSafe(log) {
  return log === -Infinity || Math.abs(log) <= SAFE;
}

function rowSums(kernel, scaling, n) {
  const out = new Float64Array(n);
  for (let i = 0, k = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++, k++) sum += kernel[k] * scaling[j];
    out[i] = sum;
  }
  return out;
}

function columnSums(kernel, scaling, n) {
  const out = new Float64Array(n);
  for (let i = 0, k = 0; i < n; i++) for (let j = 0; j < n; j++, k++) out[j] += kernel[k] * scaling[i];
  return out;
}

// Log-scalings a (rows) and b (columns) after each half step; odd ones set the rows. τ is 1 where the sums hold exactly
// and 0 where nothing holds them.
//   total: all cells together hold n, in place of the rows
//   tol: end earlier, where at most this share of the mass is in the wrong place after half step 1 or a full iteration
//   rowsLast: end after a row step only
//   masses: what each row, and the column of its number, should hold; 1 by default
export function halfSteps(score, n, [tau1, tau2, count], { total = false, tol = -1, rowsLast = false, masses } = {}) {
  const held = masses ?? new Float64Array(n).fill(1);
  const states = [{ a: new Float64Array(n), b: new Float64Array(n) }];
  if (!tau1 && !tau2 && !total) return states; // the kernel is the plan
  const logSumsOf = summing(score, n);
  for (let t = 1; t <= count; t++) {
    const { a, b } = states[t - 1];
    const row = t % 2 === 1;
    const tau = row ? tau1 : tau2;
    const free = !tau && !(total && row);
    const sums = free ? null : logSumsOf(row ? b : a, !row);
    const asked = rowsLast ? t % 2 === 0 : t === 2 || (t > 1 && row); // of the state before, t − 1
    if (asked && misplaced(sums, row ? a : b, tau, held, total && row) <= tol) break;
    const set = free ? new Float64Array(n) : total && row ? pooled(sums, n) : sums.map((sum, i) => tau * (Math.log(held[i]) - sum));
    states.push(row ? { a: set, b } : { a, b: set });
  }
  return states;
}

// One scaling for all.
function pooled(sums, n) {
  const top = Math.max(...sums);
  const all = sums.reduce((sum, value) => sum + Math.exp(value - top), 0);
  return new Float64Array(n).fill(Math.log(n) - top - Math.log(all));
}

// Share of the mass that is in the wrong row (column), as `Marginal.marginal_error` has it; 0 where nothing is held.
function misplaced(sums, own, tau, held, together) {
  if (!sums) return 0;
  let [mass, wanted, wrong] = [0, 0, 0];
  sums.forEach((sum, i) => {
    const [has, asked] = [Math.exp(own[i] + sum), together ? 1 : held[i] * Math.exp((-own[i] * (1 - tau)) / tau)];
    mass += has;
    wanted += asked;
    wrong += Math.abs(has - asked);
  });
  return (together ? Math.abs(mass - wanted) : wrong) / Math.max(mass, wanted);
}
