// Listens to the Plotly chart in the container `target`: tells Python which point was clicked, and shows the image of
// the point under the pointer. Streamlit itself reports no click in three dimensions.
const watches = new WeakMap();

function watch() {
  const tip = document.createElement("div");
  tip.className = "gca-map-tip";
  tip.style.cssText =
    "position:fixed;z-index:9999;display:none;pointer-events:none;border:1px solid #888;border-radius:4px;background-color:#fff";
  document.body.appendChild(tip);
  let component = null;
  let chart = null;
  let hovered = null;
  let press = null;

  const pointOf = (event) => event?.points?.map((point) => point.customdata).find(Number.isInteger);
  // The camera, so that the map is still seen from there when it is drawn anew.
  const click = (point) => {
    press = null;
    if (point !== undefined)
      component.setTriggerValue("gesture", { point, camera: JSON.parse(JSON.stringify(chart.layout.scene?.camera ?? null)) });
  };

  const on = {
    plotly_click: (event) => click(pointOf(event)),
    plotly_hover: (event) => {
      const number = pointOf(event);
      hovered = number ?? null;
      const { sheet, columns, tile } = component.data;
      if (number === undefined || !sheet) return;
      const { clientX, clientY } = event.event ?? { clientX: 0, clientY: 0 };
      const [left, top] = [-(number % columns) * tile, -Math.floor(number / columns) * tile];
      tip.dataset.point = number;
      Object.assign(tip.style, {
        display: "block",
        width: `${tile}px`,
        height: `${tile}px`,
        left: `${clientX + 14}px`,
        top: `${clientY - tile - 14}px`,
        backgroundImage: `url(${sheet})`,
        backgroundPosition: `${left}px ${top}px`,
      });
    },
    plotly_unhover: () => {
      hovered = null;
      tip.style.display = "none";
    },
  };

  // In three dimensions plotly tells of a click only if it draws a frame while the button is down.
  const down = ({ clientX, clientY, target }) => {
    const solid = chart?.layout.scene && chart.contains(target) && hovered !== null;
    press = solid ? { clientX, clientY, point: hovered } : null;
  };
  const up = ({ clientX, clientY }) => {
    if (press && Math.hypot(clientX - press.clientX, clientY - press.clientY) < 4) click(press.point);
    press = null;
  };
  document.addEventListener("pointerdown", down, true);
  document.addEventListener("pointerup", up, true);

  const attach = () => {
    const found = document.querySelector(`.st-key-${component.data.target} .js-plotly-plot`);
    if (!found?.on || found === chart) return;
    chart = found;
    on.plotly_unhover();
    for (const [name, listener] of Object.entries(on)) chart.on(name, listener);
  };
  // A chart whose data changed is a new one.
  const observer = new MutationObserver(() => component && attach());
  observer.observe(document.body, { childList: true, subtree: true });

  return {
    update(latest) {
      component = latest;
      attach();
    },
    end() {
      observer.disconnect();
      document.removeEventListener("pointerdown", down, true);
      document.removeEventListener("pointerup", up, true);
      tip.remove();
      if (chart?.removeListener) for (const [name, listener] of Object.entries(on)) chart.removeListener(name, listener);
    },
  };
}

export default function (component) {
  const place = component.parentElement;
  if (!watches.has(place)) watches.set(place, watch());
  watches.get(place).update(component);
  return () => {
    watches.get(place)?.end();
    watches.delete(place);
  };
}
