/**
 * Tables over [0, 1] that are looked up between their entries.
 */

/** How many levels a table has. */
export const GRID = 17;

/**
 * Linear interpolation of one row of a table over [0, 1].
 * @param {number[]} row its first 17 entries are looked up
 * @param {number} at where
 * @returns {number}
 */
export function between(row, at) {
  const place = Math.min(Math.max(at, 0), 1) * (GRID - 1);
  const low = Math.min(Math.trunc(place), GRID - 2);
  const share = place - low;
  return row[low] * (1 - share) + row[low + 1] * share;
}

/**
 * The best of scored items, and the one behind it.
 * @param {ArrayLike<number>} scores
 * @param {ArrayLike<number>} actions which action each score belongs to
 * @returns {{item: number, score: number, second: {item: number, score: number} | null}} the first of equals
 */
export function bestOf(scores, actions) {
  let [best, second] = [-1, -1];
  for (let p = 0; p < scores.length; p += 1) {
    if (best < 0 || scores[p] > scores[best]) [best, second] = [p, best];
    else if (second < 0 || scores[p] > scores[second]) second = p;
  }
  return {
    item: actions[best],
    score: scores[best],
    second: second < 0 ? null : { item: actions[second], score: scores[second] },
  };
}
