// What tests and a curious teacher ask of a world; nothing here is needed to show it.
export function inspector(toy) {
  const points = (values) => rowsOf(values, toy.world.d);
  const gradient = (view) => {
    const { pull, push } = toy.world.pushes(view);
    return points(pull.map((value, k) => -(value + push[k]) / toy.world.n));
  };
  return {
    state: () => {
      const { converged, steps } = toy.world;
      const { scene, settings, took } = toy;
      return { scene, settings: { ...settings }, playing: Boolean(toy.playing), converged, steps, took };
    },
    points: () => [points(toy.world.z1), points(toy.world.z2)],
    domains: () => Array.from(toy.world.domains),
    pinned: () => Array.from(toy.world.pinned),
    plan: () => rowsOf(toy.world.plan, toy.world.n),
    forces: () => rowsOf(toy.world.forces, toy.world.n),
    loss: () => toy.world.loss,
    losses: () => [...toy.world.losses],
    measures: () => toy.world.measures(),
    gradient: () => [gradient(0), gradient(1)],
    change: (values) => Object.entries(values).forEach(([name, value]) => toy.change(name, value)),
    step: (count) => {
      for (let k = 0; k < count; k++) toy.world.step();
      toy.paint();
    },
    place: (view, i) => {
      const box = toy.stage.canvas.getBoundingClientRect();
      const { x, y } = toy.stage.at(view, i);
      return { x: box.left + x, y: box.top + y };
    },
  };
}

function rowsOf(values, width) {
  return Array.from({ length: values.length / width }, (_, i) => Array.from(values.subarray(i * width, (i + 1) * width)));
}
