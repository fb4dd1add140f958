import assert from "node:assert/strict";
import { test } from "node:test";

import { blobsOf } from "../../gca_viz/ui/site/js/data.js";
import { moved, Plans } from "../../gca_viz/ui/site/js/plans.js";
import { assertClose, fixture } from "./support.js";

const { data, cases } = fixture("plans");

test("loss, row top-1 and moved mass of all that are compared are those of the app, wherever the dials stand", () => {
  const plans = new Plans(blobsOf(data.blobs), data.problems);
  assert.equal(cases.length, 2);
  for (const { settings, numbers } of cases) {
    const found = data.members.map((_, k) => plans.last(k, { ...data.settings, ...settings }));
    assertClose(found.flatMap((plan) => [plan.loss, plan.top1, moved(plan, found[0])]), numbers.flat(), 1e-5);
  }
});
