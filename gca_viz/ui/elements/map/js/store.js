// What Streamlit calls for the samples.
import { hideRoom, isOnPage } from "../../shared/js/lifecycle.js";
import { dropSamples, holdSamples } from "./samples.js";

export default function ({ data, parentElement: place }) {
  hideRoom(place);
  holdSamples(data, place);
  return () => isOnPage(place) || dropSamples(place);
}
