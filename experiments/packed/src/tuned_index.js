/**
 * A score for every item, a weighted sum of what the tutor knows of it for this student; the largest is shown.
 */

import { between, bestOf } from "./between.js";

/** The mean over an item's skills. */
function meanOver(values, skills) {
  let total = 0;
  for (const k of skills) total += values[k];
  return total / skills.length;
}

export class TunedIndex {
  /**
   * @param {import("./read.js").Packed} packed
   * @param {import("./predict.js").Predictions} predictions
   */
  constructor(packed, predictions) {
    this.policy = packed.policy;
    this.predictions = predictions;
    this.items = packed.curriculum.items;
    this.actions = this.items.map((_, m) => m);
  }

  /** What of the score comes from one skill. */
  ofSkill(seen, k, late) {
    const { weights: w, children, below, order } = this.policy;
    const { at, scales } = seen;
    const b = seen.raw(k, at.belief);
    const open = at.open >= 0 ? seen.raw(k, at.open) : (1 - b) * seen.raw(k, at.ready);
    let opens = 0;
    for (const child of children[k]) {
      const others = Math.min(seen.raw(child, at.ready) / Math.max(b, 0.05), 1);
      opens += (1 - seen.raw(child, at.belief)) * others;
    }
    let unknown = 0;
    for (const d of below[k]) unknown += 1 - seen.raw(d, at.belief);
    const unlocks = opens * (1 - b);
    const tries = seen.raw(k, at.tries) * scales[at.tries];
    const failed = Math.max(tries - seen.raw(k, at.successes) * scales[at.successes], 0);
    let score = w.belief * b + w.open * open + w.unlocks * unlocks + w.order * order[k];
    score += (w.descendants * (1 - b) * unknown) / seen.rows;
    score += (w.practised * tries) / (tries + 3) + (w.failed * failed) / (failed + 3);
    score += w.days_since * seen.raw(k, at.days_since) + w.was_last * seen.raw(k, at.was_last);
    return score + late * (w.late_belief * b + w.late_unlocks * unlocks);
  }

  /**
   * @param {import("./seen.js").Seen} seen
   * @returns {{item: number, score: number, second: {item: number, score: number} | null}}
   */
  choose(seen) {
    const { weights: w, lasts, constant } = this.policy;
    const { at } = seen;
    const believed = seen.believed();
    const gains = this.predictions.gains(believed);
    const right = this.predictions.right(believed);
    const left = seen.raw(0, at.time_left);
    const late = 1 - left;
    const rows = Array.from({ length: seen.rows }, (_, k) => k);
    const ofSkills = rows.map((k) => this.ofSkill(seen, k, late));
    const kept = rows.map((k) => between(lasts[k], left));
    const logReady = rows.map((k) => Math.log(Math.max(Math.min(seen.raw(k, at.ready), 1), 0.01)));
    const scores = this.items.map(({ skills }, m) => {
      const [perMinute, asks, difficulty, logMinutes] = constant[m];
      let ready = 0;
      for (const k of skills) ready = Math.min(ready, logReady[k]);
      const gain = Math.max(gains[m], 0) * perMinute;
      const keptGain = gain * meanOver(kept, skills);
      const logGain = Math.log(keptGain + 0.001);
      let score = meanOver(ofSkills, skills) + w.gain * gain + w.kept_gain * keptGain;
      score += (w.log_gain + w.late_gain * late) * logGain + w.log_ready * ready + w.p_correct * right[m];
      score += w.asks * asks + w.difficulty * difficulty + w.log_minutes * logMinutes;
      return score;
    });
    return bestOf(scores, this.actions);
  }
}
