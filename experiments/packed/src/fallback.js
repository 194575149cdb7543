/**
 * Who chooses where the tutor's own policy cannot: a rule that looks at answers alone.
 */

/**
 * The first skill, in the order of the curriculum, that was neither answered rightly often enough in a row nor taught
 * often enough; where there is none, the one with the fewest lessons. Of it the next item.
 * @param {import("./read.js").Packed} packed
 * @param {import("./seen.js").Seen} seen
 * @returns {number} the item
 */
export function fallbackItem({ fallback, ladders, curriculum }, seen) {
  const { order } = curriculum;
  const unsettled = (k) => seen.streak[k] < fallback.right_in_a_row && seen.tries[k] < fallback.lessons;
  const least = Math.min(...seen.tries);
  const k = order.find(unsettled) ?? order.find((one) => seen.tries[one] === least);
  return ladders.items[k][seen.tries[k] % ladders.items[k].length];
}
