// What Streamlit calls for a map.
import { mounted } from "../../shared/js/lifecycle.js";
import { EmbeddingMap } from "./map.js";

export default mounted((place) => new EmbeddingMap(place));
