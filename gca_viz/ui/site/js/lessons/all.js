// Every lesson whose numbers a browser computes: name → settings to what is shown.
import { averaging } from "./averaging.js";
import { checkpoint } from "./checkpoint.js";
import { cosine } from "./cosine.js";
import { crowds } from "./crowds.js";
import { force } from "./force.js";
import { halfStep } from "./half_step.js";
import { lettingGo } from "./letting_go.js";
import { weights } from "./marginals.js";
import { onlyDown } from "./only_down.js";
import { relation } from "./relation.js";
import { robust } from "./robust.js";
import { slope } from "./slope.js";
import { sure } from "./sure.js";
import { target } from "./target.js";
import { temperature } from "./temperature.js";
import { together } from "./together.js";
import { twoAims } from "./two_aims.js";
import { unit } from "./unit.js";

export const LESSONS = {
  averaging,
  checkpoint,
  cosine,
  crowds,
  force,
  "half-step": halfStep,
  "letting-go": lettingGo,
  marginals: weights,
  "only-down": onlyDown,
  relation,
  robust,
  slope,
  sure,
  target,
  temperature,
  together,
  "two-aims": twoAims,
  unit,
};
