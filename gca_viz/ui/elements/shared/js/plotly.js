// The Plotly figure in the container with a Streamlit key; null while there is none. Streamlit puts another node in its
// place when its data change, so it is looked up whenever it is needed.
export function plotIn(key) {
  return document.querySelector(`.st-key-${key} .js-plotly-plot`);
}
