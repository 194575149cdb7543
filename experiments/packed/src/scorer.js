/**
 * A learnt teacher: one small network scores every item that may be shown now; the largest score is shown.
 * Its numbers are 32-bit floats, and are rounded after every step as they were when it was trained.
 */

import { GRID, between, bestOf } from "./between.js";

const { fround } = Math;
const GAINS = GRID; // where the gain of what is neither known nor open stands, behind the levels of belief

export class Scorer {
  /** @param {import("./read.js").Packed} packed */
  constructor(packed) {
    const { policy } = packed;
    this.policy = policy;
    this.count = packed.curriculum.items.length;
    this.skills = packed.curriculum.items.map((item) => item.skills);
    this.horizon = packed.schedule.horizon;
    const rounded = (rows) => rows.map((row) => Float32Array.from(row));
    this.ofItem = rounded(policy.of_item);
    this.ofRow = rounded(policy.of_row);
    this.ofStudent = rounded(policy.of_student);
    this.ofPredicted = rounded(policy.of_predicted);
    this.layers = policy.layers.map((layer) => ({
      weight: rounded(layer.weight),
      bias: Float32Array.from(layer.bias),
    }));
    this.hidden = this.ofItem[0].length;
    const told = policy.right[0].length > GRID;
    this.bugs = told ? Array.from({ length: packed.observation.bugs }, (_, b) => `bug_${b + 1}`) : [];
    this.isJoint = packed.belief.kind !== "bkt" && packed.observation.columns.some(({ name }) => name === "open");
  }

  /**
   * @param {import("./seen.js").Seen} seen
   * @returns {{item: number, score: number, second: {item: number, score: number} | null}}
   */
  choose(seen) {
    const actions = this.candidates(seen);
    const student = this.student(seen, actions.length);
    const byStudent = weighted(student, this.ofStudent, new Float32Array(this.hidden));
    const rows = new Map();
    const byRow = new Map();
    for (const a of actions) {
      for (const k of this.skills[a] ?? []) {
        if (!rows.has(k)) {
          rows.set(k, this.row(seen, k));
          byRow.set(k, weighted(rows.get(k), this.ofRow, new Float32Array(this.hidden)));
        }
      }
    }
    const scores = actions.map((a) => this.score(a, rows, byRow, byStudent, seen));
    return bestOf(scores, actions);
  }

  /** What is scored: prerequisites believed known, not all believed known; else everything that is allowed. */
  candidates(seen) {
    const { at } = seen;
    const { ready, done } = this.policy;
    const isReady = (k) => seen.raw(k, at.ready) >= ready;
    const isDone = (k) => seen.raw(k, at.belief) >= done;
    const all = this.skills.map((_, a) => a);
    const open = all.filter((a) => this.skills[a].every(isReady) && !this.skills[a].every(isDone));
    return [...(open.length > 0 ? open : all), ...(seen.mayFinish ? [this.count] : [])];
  }

  /** What is said of all skills together. */
  student(seen, scored) {
    const { at, rows } = seen;
    let [total, unknown, tries, right] = [0, 0, 0, 0];
    for (let k = 0; k < rows; k += 1) {
      const b = seen.raw(k, at.belief);
      total = fround(total + b);
      if (at.tries >= 0) tries += seen.raw(k, at.tries) * this.horizon;
      if (at.successes >= 0) right += seen.raw(k, at.successes) * this.horizon;
      unknown += this.isJoint ? seen.raw(k, at.open) : fround((1 - b) * seen.raw(k, at.ready));
    }
    const actions = this.count + (seen.plan.finish ? 1 : 0);
    return Float32Array.of(total / rows, unknown / rows, scored / actions, (right + 1) / (tries + 2));
  }

  /** A skill's row of the table, with what is derived from it. */
  row(seen, k) {
    const { at, width } = seen;
    const { children, kept } = this.policy;
    const row = new Float32Array(width + 6);
    for (let j = 0; j < width; j += 1) row[j] = seen.raw(k, j);
    const b = seen.raw(k, at.belief);
    let opens = 0;
    for (const child of children[k]) {
      const others = Math.min(fround(seen.raw(child, at.ready) / Math.max(b, fround(0.05))), 1);
      if (this.isJoint) {
        const locked = Math.max(1 - seen.raw(child, at.belief) - seen.raw(child, at.open), 0);
        opens += Math.min(locked / Math.max(1 - seen.raw(child, at.ready), 1e-3), 1) * others;
      } else opens += (1 - seen.raw(child, at.belief)) * others;
    }
    const left = at.time_left >= 0 ? seen.raw(0, at.time_left) : 0.5;
    const tries = at.tries >= 0 ? seen.raw(k, at.tries) * this.horizon : 0;
    const right = at.successes >= 0 ? seen.raw(k, at.successes) * this.horizon : 0;
    row[width] = this.isJoint ? seen.raw(k, at.open) : (1 - b) * seen.raw(k, at.ready);
    row[width + 1] = opens * (1 - b);
    row[width + 2] = between(kept[k], left);
    row[width + 3] = tries / (tries + 3);
    row[width + 4] = (tries - right) / (tries - right + 3);
    row[width + 5] = (right + 1) / (tries + 2);
    return row;
  }

  /** What the tutor's belief predicts for one item, from the mean of the rows of its skills. */
  predicted(a, rows, { at, width }) {
    const { gain, right, log_cost: cost } = this.policy;
    let [ready, known, lasts, opened] = [Infinity, 0, 0, 0];
    for (const k of this.skills[a]) {
      const row = rows.get(k);
      ready = Math.min(ready, row[at.ready]);
      known = fround(known + row[at.belief]);
      lasts = fround(lasts + row[width + 2]);
      if (this.isJoint) opened = fround(opened + row[at.open]);
    }
    const count = this.skills[a].length;
    if (count > 1) [known, lasts, opened] = [fround(known / count), fround(lasts / count), fround(opened / count)];
    const logReady = Math.log(Math.max(Math.min(ready, 1), fround(0.01)));
    if (this.bugs.length > 0) {
      const [promised, chance] = this.byBug(a, rows, at, { known, ready, opened });
      const level = Math.log(promised + 1e-3);
      return Float32Array.of(promised, level, level - cost[a], chance, promised * lasts, logReady);
    }
    const expected = this.isJoint
      ? between(gain[a], 1 - opened) + gain[a][GAINS] * Math.max(1 - known - opened, 0)
      : Math.max(between(gain[a], known), 0) * Math.min(ready, 1);
    const level = Math.log(expected + 1e-3);
    return Float32Array.of(expected, level, level - cost[a], between(right[a], known), expected * lasts, logReady);
  }

  /** Gain and chance of a right answer where bugs are told apart, as likely wherever a skill is not known. */
  byBug(a, rows, at, { known, ready, opened }) {
    const numbers = this.policy.right[a];
    const { bugs } = this;
    let [wrong, left, chance] = [0, 0, 0];
    bugs.forEach((name, b) => {
      let here = 0;
      for (const k of this.skills[a]) here += rows.get(k)[at[name]];
      here /= this.skills[a].length;
      wrong += here;
      left += here * numbers[GRID + 1 + b];
      chance += here * numbers[GRID + 2 + bugs.length + b];
    });
    const learns = numbers[GRID];
    const later = numbers[GRID + 2 + 2 * bugs.length];
    const closed = Math.max(1 - known - opened, 0);
    const share = wrong > 0 ? Math.min(ready, opened / wrong) : 0;
    const rest = wrong > 0 ? Math.min(Math.max(1 - share, 0), closed / wrong) : 0;
    const now = Math.max(opened - share * wrong, 0) * learns + share * left;
    const promised = now + later * (Math.max(closed - rest * wrong, 0) * learns + rest * left);
    const none = Math.max(1 - known - wrong, 0);
    return [promised, chance + known * numbers[GRID - 1] + none * numbers[GRID + 1 + bugs.length]];
  }

  score(a, rows, byRow, byStudent, seen) {
    const { hidden, ofItem, ofPredicted: w } = this;
    const skills = this.skills[a] ?? [];
    let row = byRow.get(skills[0]);
    if (skills.length !== 1) {
      row = new Float32Array(hidden);
      for (const k of skills) for (let j = 0; j < hidden; j += 1) row[j] += byRow.get(k)[j];
      for (let j = 0; j < hidden && skills.length > 0; j += 1) row[j] /= skills.length;
    }
    const p = skills.length > 0 ? this.predicted(a, rows, seen) : new Float32Array(6);
    let x = new Float32Array(hidden);
    for (let j = 0; j < hidden; j += 1) {
      const shared = fround(fround(ofItem[a][j] + byStudent[j]) + row[j]);
      const early = fround(fround(fround(p[0] * w[0][j]) + fround(p[1] * w[1][j])) + fround(p[2] * w[2][j]));
      const late = fround(fround(fround(p[3] * w[3][j]) + fround(p[4] * w[4][j])) + fround(p[5] * w[5][j]));
      x[j] = Math.max(fround(fround(shared + early) + late), 0);
    }
    this.layers.forEach(({ weight, bias }, layer) => {
      x = weighted(x, weight, bias);
      if (layer < this.layers.length - 1) for (let j = 0; j < x.length; j += 1) x[j] = Math.max(x[j], 0);
    });
    const { prior, preferred } = this.policy;
    const liked = fround(fround(p[preferred[0]] * fround(prior[0])) + fround(p[preferred[1]] * fround(prior[1])));
    return fround(x[0] + liked);
  }
}

/**
 * One layer: each number is summed over the inputs in their order.
 * @param {Float32Array} x
 * @param {Float32Array[]} weight a row for every input
 * @param {Float32Array} bias
 * @returns {Float32Array}
 */
function weighted(x, weight, bias) {
  const out = bias.slice();
  for (let k = 0; k < x.length; k += 1) {
    for (let j = 0; j < out.length; j += 1) out[j] += fround(x[k] * weight[k][j]);
  }
  return out;
}
