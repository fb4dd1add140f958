// Every lesson whose numbers a browser computes: name → settings to what is shown.
import { cosine } from "./cosine.js";
import { force } from "./force.js";
import { halfStep } from "./half_step.js";
import { lettingGo } from "./letting_go.js";
import { onlyDown } from "./only_down.js";
import { slope } from "./slope.js";
import { target } from "./target.js";
import { temperature } from "./temperature.js";
import { twoAims } from "./two_aims.js";
import { unit } from "./unit.js";

export const LESSONS = {
  cosine,
  force,
  "half-step": halfStep,
  "letting-go": lettingGo,
  "only-down": onlyDown,
  slope,
  target,
  temperature,
  "two-aims": twoAims,
  unit,
};
