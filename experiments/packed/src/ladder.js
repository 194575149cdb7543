/**
 * Which item of a skill: up the ladder of its items, first what is shown, then what is worked at, from easy to hard.
 */

const [CYCLE, GAIN, GAIN_PER_MINUTE, SUCCESS] = ["cycle", "gain", "gain_per_minute", "success"];

/**
 * The item on a skill's ladder by one of the rules.
 * @param {{items: number[][], shown: number[]}} ladders of all skills
 * @param {number} k the skill
 * @param {{rule: string, target: number}} how
 * @param {import("./seen.js").Seen} seen
 * @param {import("./predict.js").Predictions} predictions
 * @param {number[]} minutes of the items
 * @returns {number} the item
 */
export function onLadder(ladders, k, { rule, target }, seen, predictions, minutes) {
  const ladder = ladders.items[k];
  const shown = ladders.shown[k];
  const tries = Math.trunc(seen.value(k, seen.at.tries) + 0.5);
  const best = (values, costs, first) => {
    let [most, at] = [-Infinity, first];
    for (let j = first; j < ladder.length; j += 1) {
      const value = values[ladder[j]] / costs[ladder[j]];
      if (value > most) [most, at] = [value, j];
    }
    return ladder[at];
  };
  const ones = minutes.map(() => 1);
  if (rule === GAIN || rule === GAIN_PER_MINUTE) {
    return best(predictions.gains(seen.believed()), rule === GAIN ? ones : minutes, 0);
  }
  if (rule === SUCCESS && tries >= shown && shown < ladder.length) {
    const values = predictions.right(seen.believed()).map((p) => -Math.abs(p - target));
    return best(values, ones, shown);
  }
  if (rule === CYCLE || tries < shown || ladder.length === shown) return ladder[tries % ladder.length];
  const level = Math.trunc(seen.value(k, seen.at.belief) * (ladder.length - shown));
  return ladder[shown + Math.min(level, ladder.length - shown - 1)];
}
