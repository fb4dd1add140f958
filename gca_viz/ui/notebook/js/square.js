// The constraint square in a notebook.
import { Square } from "../../elements/square/square.js";
import { Stage } from "./stage.js";
import { tell, watch } from "./traits.js";

function render({ model, el }) {
  const stage = new Stage(model, el, () => {});
  const square = new Square(stage.place);
  const draw = () => {
    square.receive({
      data: { ...model.get("_data"), dots: [model.get("selected")], at: Infinity },
      setStateValue: (name, { tau1, tau2 }) => tell(model, "selected", [tau1, tau2]),
    });
  };
  const unwatch = watch(model, ["selected", "_data"], draw);
  draw();
  return () => {
    unwatch();
    square.destroy();
    stage.destroy();
  };
}

export default { render };
