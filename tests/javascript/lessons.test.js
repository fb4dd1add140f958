import assert from "node:assert/strict";
import { test } from "node:test";

import { blobsOf } from "../../gca_viz/ui/site/js/data.js";
import { LESSONS } from "../../gca_viz/ui/site/js/lessons/all.js";
import { World } from "../../gca_viz/ui/site/js/world.js";
import { fixture } from "./support.js";

const ROUNDED = /^(−?[\d.]+)(.*)$/su;
const NOISE = 1e-4; // below it, a difference that is 0 but for rounding is rounding

// Texts are equal, or numbers of which the last digit was rounded to either side.
function alike(a, b) {
  if (a === b) return true;
  const [first, second] = [a, b].map((text) => ROUNDED.exec(text));
  if (!first || !second) return false;
  const [x, y] = [first[1], second[1]].map((digits) => Number(digits.replace("−", "-")));
  const decimals = Math.min(...[first[1], second[1]].map((digits) => digits.split(".")[1]?.length ?? 0));
  return first[2] === second[2] && Math.abs(x - y) <= 1.01 * 10 ** -decimals;
}

const small = (text) => /·10⁻[⁴⁵⁶⁷⁸⁹¹]/u.test(text) || Number(text) < NOISE;

for (const { data, asked, cases } of fixture("lessons")) {
  test(`the numbers, the answer and the cells of “${data.lesson}” are those of the app`, () => {
    const world = new World(blobsOf(data.blobs), data);
    assert.ok(cases.length > 1);
    for (const { settings, facts, right, cells } of cases) {
      const shown = LESSONS[data.lesson](world, settings);
      const where = JSON.stringify(settings);
      assert.deepEqual(asked.filter((name) => shown.facts[name] === undefined), [], where);
      for (const [name, text] of Object.entries(shown.facts)) {
        const noise = name === "gap" && small(text) && small(facts[name]);
        assert.ok(noise || alike(text, facts[name]), `${where} ${name}: ${text}, not ${facts[name]}`);
      }
      assert.equal(shown.right, right, where);
      assert.deepEqual(shown.cells, cells, where);
      const said = shown.panels?.map(({ title }) => title) ?? shown.chart?.series.map(({ name, label }) => name ?? label);
      const pictures = said ?? shown.cards.all.flatMap((card) => card.pictures.map(({ name }) => name));
      assert.ok(pictures.length && pictures.every(Boolean) && Boolean(shown.panels) === data.board);
    }
  });
}
