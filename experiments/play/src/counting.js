/**
 * How often the reader chose what the teacher, and what mastery learning, would have taught.
 */

import { tr, trMany } from "./words.js";

/** What somebody chose, where the teaching might be ended instead of a skill. */
export const END = -1;

/**
 * @param {{teacher: number, mastery: number}[]} bets
 * @param {Map<number, number>} chosen the number of the bet, and the skill
 * @returns {{made: number, teacher: number, mastery: number, neither: number}}
 */
export function agreement(bets, chosen) {
  const found = { made: 0, teacher: 0, mastery: 0, neither: 0 };
  for (const [i, skill] of chosen) {
    found.made += 1;
    if (skill === bets[i].teacher) found.teacher += 1;
    else if (skill === bets[i].mastery) found.mastery += 1;
    else found.neither += 1;
  }
  return found;
}

/** The count as a sentence. */
export function inWords({ made, teacher, mastery, neither }, beside) {
  if (made === 0) return tr("No bet so far.");
  const times = (n) => trMany("{n} time", "{n} times", n);
  return tr(
    "After {bets} you agreed with the teacher {teacher}, with {other} {mastery}, with neither {neither}. None of them is " +
      "“the right answer”: what would have come of another choice was not tried.",
    {
      bets: trMany("{n} bet", "{n} bets", made), teacher: times(teacher), other: beside, mastery: times(mastery),
      neither: times(neither),
    },
  );
}
