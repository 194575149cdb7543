/**
 * Mastery learning: stay with a skill until it seems known, then go on.
 */

import { onLadder } from "./ladder.js";

export class Mastery {
  /**
   * @param {import("./read.js").Packed} packed
   * @param {import("./predict.js").Predictions} predictions
   */
  constructor(packed, predictions) {
    this.policy = packed.policy;
    this.predictions = predictions;
    this.order = packed.curriculum.order;
    this.ladders = packed.ladders;
    this.minutes = packed.curriculum.items.map((item) => item.minutes);
  }

  /**
   * @param {import("./seen.js").Seen} seen
   * @returns {{item: number | null, rule: string}} null: the teaching ends
   */
  choose(seen) {
    const { skill, rule } = this.skill(seen);
    if (skill === null) return { item: null, rule };
    const item = onLadder(this.ladders, skill, this.policy.items, seen, this.predictions, this.minutes);
    return { item, rule };
  }

  /** The skill by the first rule that applies: review, the next one, the end, the weakest. */
  skill(seen) {
    const { threshold, ready, review_days: review, cap, finish } = this.policy;
    const { at } = seen;
    let [due, first, readyLow, low] = [-1, -1, -1, 0];
    let [longest, readyLeast, least, allKnown] = [review, Infinity, Infinity, true];
    for (const k of this.order) {
      const belief = seen.value(k, at.belief);
      const isReady = seen.value(k, at.ready) >= ready;
      const lessons = seen.value(k, at.tries);
      if (belief < threshold) {
        allKnown = false;
        if (first < 0 && isReady && (cap === 0 || lessons < cap - 0.5)) first = k;
      }
      if (review > 0 && lessons > 0.5) {
        const days = seen.value(k, at.days_since);
        if ((due < 0 && days >= longest) || days > longest) [due, longest] = [k, days];
      }
      if (belief < least) [low, least] = [k, belief];
      if (isReady && belief < readyLeast) [readyLow, readyLeast] = [k, belief];
    }
    if (due >= 0) return { skill: due, rule: "review" };
    if (first >= 0) return { skill: first, rule: "next" };
    if (allKnown && finish && seen.mayFinish) return { skill: null, rule: "finish" };
    return { skill: readyLow >= 0 ? readyLow : low, rule: "weakest" };
  }
}
