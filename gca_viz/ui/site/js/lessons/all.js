// Every lesson whose numbers a browser computes: name → settings to what is shown.
import { cosine } from "./cosine.js";
import { force } from "./force.js";
import { halfStep } from "./half_step.js";
import { temperature } from "./temperature.js";
import { unit } from "./unit.js";

export const LESSONS = { cosine, force, "half-step": halfStep, temperature, unit };
