// The settings in the address, so that a page can be sent as it is. They stand behind #, which a disk has, too; what
// stands behind ? is read as well.
export function readLink({ search, hash }) {
  const said = new URLSearchParams(search);
  for (const [name, value] of new URLSearchParams(hash.slice(1))) said.set(name, value);
  return Object.fromEntries(said);
}

// What differs from the settings that the page was written with.
export function differences(settings, written) {
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => value !== written[name]));
}

export function writeLink(values) {
  const text = String(new URLSearchParams(values));
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}
