// What every page with controls has: its data, its dials, their state in the address, and one drawing per frame.
import { BoardHost } from "../../elements/board/js/host.js";
import { blobsOf, dataOf } from "./data.js";
import { Dials } from "./form.js";
import { differences, writeLink } from "./link.js";

export class Page {
  constructor(page) {
    this.page = page;
    this.data = dataOf(page);
    this.blobs = blobsOf(this.data.blobs);
    this.form = new Dials(this.data.controls, (name, value) => this.change({ [name]: value }));
    page.getElementById("controls").append(this.form.node);
    this.heardAt = 0;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.host?.repaint());
  }

  // The app's board, told of the batch, in an element of the page.
  boardIn(name) {
    const host = new BoardHost(this.page.getElementById(name), (...act) => this.hear(...act));
    for (const part of ["samples", "cost", "targets"]) host.keep(part, this.blobs[part]);
    return host;
  }

  change(values) {
    Object.assign(this.settings, values);
    writeLink(differences(this.settings, this.data.settings));
    this.waiting ||= requestAnimationFrame(() => {
      this.waiting = 0;
      this.draw();
    });
  }
}
