/**
 * What the tutor expects of each item, from what it sees: how much a lesson teaches, and the chance of a right answer.
 *
 * @typedef {{known: Float64Array, ready: Float64Array | null, open: Float64Array | null, bugs: Float64Array | null}}
 *   Believed what the observation says of every skill; null: it is not shown
 */

import { allOf } from "./bkt.js";

export class Predictions {
  /** @param {import("./read.js").Packed} packed */
  constructor(packed) {
    this.numbers = packed.expects;
    this.belief = packed.belief;
    this.joint = packed.belief.kind !== "bkt";
    this.parents = packed.curriculum.prerequisites;
    this.items = packed.curriculum.items;
  }

  /**
   * How many more skills are known after one lesson with each item, as far as it can be expected.
   * @param {Believed} believed
   * @returns {Float64Array}
   */
  gains(believed) {
    const gains = new Float64Array(this.items.length);
    if (this.readsBugs(believed)) {
      for (let m = 0; m < gains.length; m += 1) gains[m] = this.gainByBug(m, believed);
      return gains;
    }
    const { known, open } = believed;
    const { leak, learn } = this.numbers;
    const worth = new Float64Array(known.length);
    for (let k = 0; k < worth.length; k += 1) {
      if (this.joint && open !== null) worth[k] = open[k] + leak * Math.max(1 - known[k] - open[k], 0);
      else worth[k] = (1 - known[k]) * (leak + (1 - leak) * allOf(known, this.parents[k]));
    }
    for (let m = 0; m < gains.length; m += 1) {
      let total = 0;
      for (const k of this.items[m].skills) total += worth[k];
      gains[m] = total * learn[m];
    }
    return gains;
  }

  /**
   * The chance of a right answer to each item, if it were asked before anything is learnt.
   * @param {Believed} believed
   * @returns {Float64Array}
   */
  right(believed) {
    const right = new Float64Array(this.items.length);
    if (this.readsBugs(believed)) {
      for (let m = 0; m < right.length; m += 1) right[m] = this.rightByBug(m, believed);
      return right;
    }
    const { known, ready, open } = believed;
    const { guess, slip, together } = this.numbers;
    const given = known.slice();
    const joint = this.joint && open !== null && ready !== null;
    if (joint) {
      for (let k = 0; k < given.length; k += 1) {
        given[k] = ready[k] > 0 ? (ready[k] - open[k]) / ready[k] : 0;
        given[k] = Math.min(Math.max(given[k], 0), 1);
      }
    }
    for (let m = 0; m < right.length; m += 1) {
      const { skills } = this.items[m];
      let all = 1;
      for (let slot = 0; slot < skills.length; slot += 1) {
        all *= joint && together[m][slot] === 1 ? given[skills[slot]] : known[skills[slot]];
      }
      right[m] = guess[m] + (1 - guess[m] - slip[m]) * all;
    }
    return right;
  }

  /** Whether the observation says how likely each bug is, and all that goes with it. */
  readsBugs({ ready, open, bugs }) {
    return bugs !== null && ready !== null && open !== null;
  }

  gainByBug(m, { known, ready, open, bugs }) {
    const { bugs: count, stray, options, leak, diagnostic, items } = this.belief;
    const { asks } = this.items[m];
    let total = 0;
    items[m].skills.forEach(([k], slot) => {
      let [wrong, left] = [0, 0];
      const [learn, , leave, refuted, held] = items[m].turns[slot];
      const own = leave + (refuted - leave) * (1 - stray[k]);
      const strayed = (held - leave) * stray[k];
      for (let b = 0; b < count; b += 1) {
        const here = bugs[k * count + b];
        wrong += here;
        if (!asks) left += here * leave;
        else if (diagnostic[m][b] === 1) left += here * (own + (strayed * (options - 2)) / (options - 1));
        else left += here * (leave + strayed);
      }
      const closed = Math.max(1 - known[k] - open[k], 0);
      const share = wrong > 0 ? Math.min(ready[k], open[k] / wrong) : 0;
      const rest = wrong > 0 ? Math.min(Math.max(1 - share, 0), closed / wrong) : 0;
      const now = Math.max(open[k] - share * wrong, 0) * learn + share * left;
      const later = Math.max(closed - rest * wrong, 0) * learn + rest * left;
      total += now + leak * later;
    });
    return total;
  }

  rightByBug(m, { known, ready, open, bugs }) {
    const { bugs: count, slip, stray, options, diagnostic } = this.belief;
    let [astray, reach, firm] = [0, 1, 1];
    for (const [k, together] of this.numbers.basic_first[m]) {
      let own = known[k];
      let wrong = 0;
      if (together === 1 && ready[k] > 0) own = Math.min(Math.max((ready[k] - open[k]) / ready[k], 0), 1);
      for (let b = 0; b < count; b += 1) wrong += bugs[k * count + b];
      const share = wrong > 0 ? Math.min(1, (1 - own) / wrong) : 0;
      let decides = Math.max(1 - own - share * wrong, 0);
      let byLuck = decides / options;
      let sure = own * (1 - slip[k]);
      for (let b = 0; b < count; b += 1) {
        const here = share * bugs[k * count + b];
        if (diagnostic[m][b] === 1) {
          decides += here;
          byLuck += (here * stray[k]) / (options - 1);
        } else sure += here * (1 - stray[k]);
      }
      astray += reach * byLuck;
      reach *= 1 - decides;
      firm *= sure;
    }
    return Math.min(astray + firm, 1);
  }
}
