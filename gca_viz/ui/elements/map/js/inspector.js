// For tests and benchmarks: what is really on the screen.
export function inspector(map) {
  return {
    points: () =>
      Array.from({ length: 2 * map.n }, (_, point) => {
        const box = map.overlay.getBoundingClientRect();
        const [x, y] = map.at(point);
        return {
          place: [map.places[2 * point], map.places[2 * point + 1]],
          at: [box.left + x, box.top + y],
          chosen: map.isChosen(point),
          colour: map.content.colourOf(point),
        };
      }),
    state: () => {
      const { pair, group, cursor, echo, tool, armed } = map;
      return { pair: [...pair], group: [...group], view: { ...map.frame.view }, cursor, echo, tool, armed };
    },
    text: (point) => map.content.textOf(point),
    outlined: () => Array.from(map.content.arrays.outlined),
    lines: () => Array.from(map.content.arrays.line_start, (start, k) => [start, map.content.arrays.line_end[k]]),
    arrows: () => Array.from(map.content.arrays.arrow_places),
    pixel: (x, y) => {
      const ratio = map.canvas.width / map.frame.width;
      return Array.from(map.canvas.getContext("2d").getImageData(x * ratio, y * ratio, 1, 1).data);
    },
  };
}
