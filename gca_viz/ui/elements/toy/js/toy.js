// The entry: the toy world as an element of Streamlit's page.
import { mounted } from "../../shared/js/lifecycle.js";
import { Toy } from "./view.js";

export default mounted((place, { data }) => new Toy(place, data));
