// The image and the text of the point under the pointer.
import { element } from "../../shared/js/elements.js";

export class Tip {
  constructor(map) {
    this.map = map;
    this.node = element("div", "tip");
    this.picture = element("canvas");
    this.text = element("span");
    this.node.append(this.picture, this.text);
  }

  // Null for none.
  show(point) {
    const { map, node } = this;
    node.hidden = point === null;
    if (point === null) return;
    this.text.textContent = map.content.textOf(point);
    node.dataset.point = point;
    const drawn = map.content.pictureOf(point);
    this.picture.hidden = !drawn;
    if (drawn) {
      const side = drawn[3];
      Object.assign(this.picture, { width: side, height: side });
      this.picture.getContext("2d").drawImage(...drawn, 0, 0, side, side);
    }
    this.place(...map.at(point));
  }

  // On the side of the point that has more room.
  place(x, y) {
    const { node } = this;
    const { width, height } = this.map.frame;
    const beside = x > width / 2 ? x - 14 - node.offsetWidth : x + 14;
    const left = Math.max(0, Math.min(width - node.offsetWidth, beside));
    const top = y < height / 3 ? y + 14 : y - 14 - node.offsetHeight;
    node.style.transform = `translate(${left}px, ${top}px)`;
  }
}
