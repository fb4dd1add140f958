// Asks for the page anew once a lost connection is back: a server that was started meanwhile knows no part of the page
// by itself, and Streamlit drops, without a word, what is done in such a part.
import { hideRoom, mounted } from "../shared/js/lifecycle.js";

const STATE = "data-test-connection-state";

class Connection {
  constructor(place) {
    hideRoom(place);
    this.app = document.querySelector('[data-testid="stApp"]');
    this.lost = false;
    this.observer = new MutationObserver(() => this.look());
    this.observer.observe(this.app, { attributeFilter: [STATE] });
  }

  receive(component) {
    this.component = component;
  }

  look() {
    const lost = this.app.getAttribute(STATE) !== "CONNECTED";
    if (this.lost && !lost) this.component.setTriggerValue("back", true);
    this.lost = lost;
  }

  destroy() {
    this.observer.disconnect();
  }
}

export default mounted((place) => new Connection(place));
