/**
 * A class in counts: who is how far, who is flagged.
 *
 * @typedef {{levels: string[], lessons: number[], right: number[], asked: number[], flags: number[], stuck: number[]}} Week
 */

import { tr } from "./words.js";

/**
 * How many skills of a pupil are at each level.
 * @param {string} digits the level of every skill
 * @param {number} count how many levels there are
 * @returns {number[]}
 */
export function tally(digits, count) {
  const found = Array(count).fill(0);
  for (const digit of digits) found[Number(digit)] += 1;
  return found;
}

/**
 * Skills by level.
 * @param {string} digits
 * @param {string[]} skills
 * @param {number[]} order
 * @param {number} count
 * @returns {string[][]}
 */
export function byLevel(digits, skills, order, count) {
  const found = Array.from({ length: count }, () => /** @type {string[]} */ ([]));
  for (const k of order) found[Number(digits[k])].push(skills[k]);
  return found;
}

/**
 * The class in one sentence.
 * @param {Week} week
 * @param {number} skills
 */
export function inShort(week, skills) {
  const mastered = week.levels.reduce((sum, digits) => sum + tally(digits, 5)[0], 0) / week.levels.length;
  const flags = week.flags.length;
  const parts = { mastered: mastered.toFixed(1), skills, flags, pupils: week.levels.length };
  return flags === 0
    ? tr("on average {mastered} of {skills} skills mastered; flagged: nobody", parts)
    : tr("on average {mastered} of {skills} skills mastered; flagged: {flags} of {pupils} pupils", parts);
}
