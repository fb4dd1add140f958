// Where the points begin: made from the settings and a seed, the same on every machine.
export function random(seed) {
  let state = (seed * 2654435761 + 88675123) >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function gaussian(draw) {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

export function unit(vector) {
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

const APART = 0.3; // radians between the middles of neighbouring domains, at the start
const CROWD = 0.12; // radians

// One sample's two views. `uneven` is the share that stands in one narrow crowd; the others stand all around.
function sampleAt(draw, settings, domain, crowded) {
  const d = settings.space === "sphere" ? 3 : 2;
  const { spread, noise, uneven } = settings;
  const wide = uneven ? (crowded ? CROWD : Math.PI) : spread;
  const middle = uneven ? 0 : (domain - (settings.domains - 1) / 2) * APART;
  const tilt = middle + wide * gaussian(draw);
  const lift = d === 3 ? wide * gaussian(draw) : 0;
  const at = [Math.cos(tilt) * Math.cos(lift), Math.sin(tilt) * Math.cos(lift), Math.sin(lift)].slice(0, d);
  const near = () => unit(at.map((value) => value + noise * gaussian(draw)));
  return [near(), near()];
}

export function crowdOf(settings) {
  const draw = random(settings.seed);
  const d = settings.space === "sphere" ? 3 : 2;
  const { n, outliers } = settings;
  const z1 = new Float64Array(n * d);
  const z2 = new Float64Array(n * d);
  const domains = new Int32Array(n);
  const pinned = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    domains[i] = Math.floor((i * settings.domains) / n); // blocks, so that the plan shows them
    const [first, second] = sampleAt(draw, settings, domains[i], i < settings.uneven * n);
    z1.set(first, i * d);
    // A corrupted view: it shows something else, and stays where that is.
    pinned[i] = i < outliers ? 1 : 0;
    z2.set(pinned[i] ? unit([-1, 0.1 * gaussian(draw), 0.1 * gaussian(draw)].slice(0, d)) : second, i * d);
  }
  return { n, d, z1, z2, domains, pinned };
}
