/**
 * The belief that follows every skill by itself: Bayesian knowledge tracing.
 */

/**
 * How surely all of these skills are known, if they are independent.
 * @param {Float64Array} known
 * @param {number[]} skills
 * @returns {number}
 */
export function allOf(known, skills) {
  let product = 1;
  for (const k of skills) product *= known[k];
  return product;
}

export class Tracing {
  /** @param {import("./read.js").Packed} packed */
  constructor(packed) {
    this.numbers = packed.belief;
    this.parents = packed.curriculum.prerequisites;
    this.skills = packed.curriculum.items.map((item) => item.skills);
    // items of one skill that ask before they teach have a formula of their own, whose rounding is another
    this.alone = this.skills.every((skills) => skills.length === 1) && !this.numbers.learn_first;
    this.known = Float64Array.from(this.numbers.prior);
  }

  reset() {
    this.known.set(this.numbers.prior);
  }

  /**
   * Takes in one lesson.
   * @param {number} m the item
   * @param {{answered: boolean, correct: boolean}} seen
   */
  update(m, seen) {
    if (this.alone) this.lessonAlone(m, seen);
    else if (this.numbers.learn_first) {
      this.learn(m);
      if (seen.answered) this.answer(m, seen.correct);
    } else {
      if (seen.answered) this.answer(m, seen.correct);
      this.learn(m);
    }
  }

  lessonAlone(m, seen) {
    const { known, numbers } = this;
    const [k] = this.skills[m];
    const [learn, guess, slip] = [numbers.learn[m], numbers.guess[m], numbers.slip[m]];
    const ready = allOf(known, this.parents[k]);
    const before = known[k];
    let after = before;
    if (seen.answered) {
      const hit = seen.correct ? 1 : 0;
      const ifKnown = slip + hit * (1 - 2 * slip);
      const ifNot = 1 - guess + hit * (2 * guess - 1);
      const evidence = before * ifKnown + (1 - before) * ifNot;
      after = evidence > 0 ? (before * ifKnown) / evidence : before;
    }
    known[k] = after + (1 - after) * learn * (numbers.leak + (1 - numbers.leak) * ready);
  }

  learn(m) {
    const { known, numbers } = this;
    const gained = this.skills[m].map(
      (k) => (1 - known[k]) * numbers.learn[m] * (numbers.leak + (1 - numbers.leak) * allOf(known, this.parents[k])),
    );
    this.skills[m].forEach((k, slot) => (known[k] += gained[slot]));
  }

  answer(m, correct) {
    const { known, numbers } = this;
    const ifAll = correct ? 1 - numbers.slip[m] : numbers.slip[m];
    const ifNot = correct ? numbers.guess[m] : 1 - numbers.guess[m];
    const before = this.skills[m].map((k) => known[k]);
    this.skills[m].forEach((k, slot) => {
      let rest = 1; // how surely the other skills are known
      before.forEach((p, other) => (rest *= other !== slot ? p : 1));
      const ifKnown = rest * ifAll + (1 - rest) * ifNot;
      const evidence = before[slot] * ifKnown + (1 - before[slot]) * ifNot;
      if (evidence > 0) known[k] = (before[slot] * ifKnown) / evidence;
    });
  }

  /**
   * Lets days pass: some of what is known is forgotten.
   * @param {number} days more than 0
   */
  elapse(days) {
    this.numbers.forget.forEach((rate, k) => (this.known[k] *= Math.exp(-rate * days)));
  }
}
