// Beside the stage: the plan with the sums of its rows and columns, and the loss along the flow.
import { contextOf, resize } from "../../shared/js/canvas.js";
import { ramp } from "../../shared/js/colour.js";
import { element } from "../../shared/js/elements.js";
import { format } from "../../shared/js/numbers.js";

const SUMS = 26; // CSS pixels of the bars of rows and columns

export class PlanPlot {
  constructor(toy) {
    this.toy = toy;
    this.canvas = element("canvas", "plan");
    this.canvas.setAttribute("role", "img");
    this.picture = document.createElement("canvas");
    const cellAt = ({ clientX, clientY }) => {
      const box = this.canvas.getBoundingClientRect();
      const { n } = toy.world;
      const [j, i] = [clientX - box.left, clientY - box.top].map((at) => Math.floor((at / this.side) * n));
      return i < n && j < n && i >= 0 && j >= 0 ? [i, j] : null;
    };
    this.canvas.addEventListener("pointermove", (event) => {
      this.cell = cellAt(event);
      toy.stage.hovered = this.cell && { view: 0, i: this.cell[0] };
      toy.request();
    });
    this.canvas.addEventListener("pointerleave", () => {
      this.cell = toy.stage.hovered = null;
      toy.request();
    });
    this.canvas.addEventListener("click", () => {
      if (this.cell) toy.stage.chosen = { view: 0, i: this.cell[0] };
    });
  }

  arrange(size, ratio) {
    Object.assign(this, { size, ratio, side: size - SUMS });
    resize(this.canvas, size, size, ratio);
  }

  paint(theme) {
    const { canvas, picture, ratio, side, toy } = this;
    const { n, plan, sums } = toy.world;
    const colours = ramp("viridis");
    this.most = Math.max(...plan);
    if (picture.width !== n) picture.width = picture.height = n;
    const image = new ImageData(n, n);
    const pixels = new Uint32Array(image.data.buffer);
    for (let k = 0; k < plan.length; k++) pixels[k] = colours[Math.round((plan[k] / this.most) * 255)];
    picture.getContext("2d").putImageData(image, 0, 0);
    const ctx = contextOf(canvas, ratio);
    ctx.clearRect(0, 0, this.size, this.size);
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(picture, 0, 0, side, side);
    this.bars(ctx, sums.rows, theme.view1, theme, true);
    this.bars(ctx, sums.columns, theme.view2, theme, false);
    this.mark(ctx, side / n);
  }

  // Bars of the sums; the line says 1.
  bars(ctx, values, colour, theme, beside) {
    const { side } = this;
    const cell = side / values.length;
    const limit = Math.max(1.6, Math.min(4, Math.max(...values)));
    const length = (value) => 3 + Math.min(1, value / limit) * (SUMS - 4);
    ctx.fillStyle = colour;
    values.forEach((value, k) => {
      const [at, width] = [k * cell + cell * 0.1, Math.max(1, cell * 0.8)];
      if (beside) ctx.fillRect(side + 3, at, length(value) - 3, width);
      else ctx.fillRect(at, side + 3, width, length(value) - 3);
    });
    ctx.fillStyle = theme.text;
    if (beside) ctx.fillRect(side + length(1), 0, 1, side);
    else ctx.fillRect(0, side + length(1), side, 1);
  }

  // The row or column of the point in focus, or the cell below the pointer.
  mark(ctx, cell) {
    const { focus } = this.toy.stage;
    if (!focus) return;
    const { side } = this;
    for (const [width, colour] of [
      [3.5, "rgba(8,10,16,.8)"],
      [1.5, "#ffffff"],
    ]) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = width;
      if (focus.view) ctx.strokeRect(focus.i * cell, 0, cell, side);
      else ctx.strokeRect(0, focus.i * cell, side, cell);
    }
  }
}

export class LossPlot {
  constructor(toy) {
    this.toy = toy;
    this.before = []; // the run before the last reset
    this.canvas = element("canvas", "loss");
    this.canvas.setAttribute("role", "img");
  }

  arrange(width, height, ratio) {
    Object.assign(this, { width, height, ratio });
    resize(this.canvas, width, height, ratio);
  }

  paint(theme) {
    const { canvas, ratio, width, height, toy } = this;
    const ctx = contextOf(canvas, ratio);
    ctx.clearRect(0, 0, width, height);
    const runs = [
      [this.before, theme.faint, 1.5, [4, 4]],
      [toy.world.losses, theme.view1, 2.5, []],
    ];
    const all = [...this.before, ...toy.world.losses];
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const last = Math.max(20, this.before.length - 1, toy.world.losses.length - 1);
    const room = { left: 44, right: 8, top: 8, bottom: 20 };
    const x = (step) => room.left + (step / last) * (width - room.left - room.right);
    const y = (loss) => room.top + (1 - (loss - low) / (high - low || 1)) * (height - room.top - room.bottom);
    ctx.font = `11px ${theme.font}`;
    ctx.fillStyle = theme.faint;
    ctx.textAlign = "right";
    ctx.fillText(format(high), room.left - 5, room.top + 8);
    ctx.fillText(format(low), room.left - 5, height - room.bottom);
    ctx.fillText(`${last} steps`, width - room.right, height - 5);
    ctx.textAlign = "left";
    ctx.fillText("0", room.left, height - 5);
    ctx.strokeStyle = theme.line;
    ctx.lineWidth = 1;
    ctx.strokeRect(room.left, room.top, width - room.left - room.right, height - room.top - room.bottom);
    for (const [losses, colour, thick, dash] of runs) {
      ctx.strokeStyle = colour;
      ctx.lineWidth = thick;
      ctx.setLineDash(dash);
      ctx.beginPath();
      losses.forEach((loss, step) => (step ? ctx.lineTo(x(step), y(loss)) : ctx.moveTo(x(step), y(loss))));
      ctx.stroke();
    }
    ctx.setLineDash([]);
  }
}
