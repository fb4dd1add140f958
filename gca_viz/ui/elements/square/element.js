// What Streamlit calls for a square.
import { mounted } from "../shared/js/lifecycle.js";
import { Square } from "./square.js";

export default mounted((place) => new Square(place));
