// How an element of ours lives on Streamlit's page.

// Streamlit also asks for an end when a message is superseded, while the element lives on, perhaps under a drag.
export function isOnPage(place) {
  return (place.host ?? place).isConnected;
}

// For what only carries something: the room that Streamlit keeps for it goes.
export function hideRoom(place) {
  const room = (place.host ?? place).closest('[data-testid="stElementContainer"]');
  if (room) room.style.display = "none";
}

// What Streamlit calls with every message: one object per place, made by `make(place, component)`, which hears each
// message by `receive(component)` and ends with the place by `destroy()`.
export function mounted(make) {
  const living = new Map();
  return (component) => {
    const place = component.parentElement;
    if (!living.has(place)) living.set(place, make(place, component));
    living.get(place).receive(component);
    return () => {
      if (isOnPage(place)) return;
      living.get(place)?.destroy();
      living.delete(place);
    };
  };
}

// Whether the user asked for less motion.
export function isCalm() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
