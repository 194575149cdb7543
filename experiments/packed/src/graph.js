/**
 * The belief that carries evidence along prerequisites: skills are known or not, and not independent of each other.
 */

import { Cliques } from "./cliques.js";

/** By how much a table may miss the sum of one before an answer puts it right. */
const OFF = 1e-9;

export class Graph {
  /** @param {import("./read.js").Packed} packed */
  constructor(packed) {
    this.numbers = packed.belief;
    this.tree = new Cliques(packed.belief.cliques, packed.belief.start);
    const n = packed.curriculum.skills.length;
    this.known = new Float64Array(n);
    this.ready = new Float64Array(n);
    this.open = new Float64Array(n);
    this.rate = new Float64Array(this.tree.s.length);
    this.skills = packed.belief.skills.map((skill) => {
      const parts = { open: [], both: [], alone: [] };
      for (let x = 0; x < this.tree.all[skill.home].size; x += 1) {
        const ready = (x & skill.needed) === skill.needed;
        const known = (x & skill.bit) !== 0;
        if (ready) parts[known ? "both" : "open"].push(x);
        else if (known) parts.alone.push(x);
      }
      return { ...skill, ...parts };
    });
    this.reset();
  }

  reset() {
    this.tree.reset();
    this.tree.touched.fill(1);
    this.sumUp();
  }

  /**
   * Takes in one lesson.
   * @param {number} m the item
   * @param {{answered: boolean, correct: boolean}} seen
   */
  update(m, seen) {
    const { numbers, tree } = this;
    const item = numbers.items[m];
    const learn = () => item.skills.forEach((k) => this.learn(k, numbers.learn[m]));
    tree.touched.fill(0);
    if (numbers.learn_first) learn();
    if (seen.answered) {
      if (seen.correct) this.answer(item.groups, 1 - numbers.slip[m], numbers.guess[m]);
      else this.answer(item.groups, numbers.slip[m], 1 - numbers.guess[m]);
    }
    if (!numbers.learn_first) learn();
    this.sumUp();
  }

  /**
   * @param {number} c the clique
   * @param {number} mask bits of some of its skills
   * @returns {number} how probable it is that all of them are known
   */
  allKnown(c, mask) {
    const { s, all } = this.tree;
    let total = 0;
    for (let x = 0; x < all[c].size; x += 1) total += (x & mask) === mask ? s[all[c].first + x] : 0;
    return total;
  }

  /** The probability of the rest of a table: what is there, once a rounding error has grown. */
  notAll(c, mask, known) {
    const { s, all } = this.tree;
    let rest = 0;
    for (let x = 0; x < all[c].size; x += 1) rest += (x & mask) !== mask ? s[all[c].first + x] : 0;
    return Math.abs(known + rest - 1) > OFF ? rest : 1 - known;
  }

  /** Bayes' rule; groups of skills in different cliques as if independent of each other. */
  answer(groups, ifRight, ifNot) {
    const { s, all } = this.tree;
    const known = groups.map(([c, mask]) => this.allKnown(c, mask));
    groups.forEach(([c, mask], g) => {
      let rest = 1;
      known.forEach((p, other) => (rest *= other !== g ? p : 1));
      const ifAll = rest * ifRight + (1 - rest) * ifNot;
      const here = g > 0 ? this.allKnown(c, mask) : known[0];
      const evidence = here * ifAll + this.notAll(c, mask, here) * ifNot;
      if (evidence > 0) {
        const [yes, no] = [ifAll / evidence, ifNot / evidence];
        for (let x = 0; x < all[c].size; x += 1) s[all[c].first + x] *= (x & mask) === mask ? yes : no;
        this.tree.spread(c);
      }
    });
  }

  /** The chance of having learnt one skill, in every clique that has it. */
  learn(k, learn) {
    const { rate } = this;
    const { s, all, touched } = this.tree;
    const { leak } = this.numbers;
    const skill = this.skills[k];
    const home = all[skill.home];
    let ready = 1;
    for (const lost of skill.lost) ready *= this.allKnown(this.skills[lost].home, this.skills[lost].bit);
    const open = leak + (1 - leak) * ready;
    for (let x = 0; x < home.size; x += 1) {
      rate[home.first + x] = learn * ((x & skill.needed) === skill.needed ? open : leak);
    }
    for (const [c, , source, bit] of skill.walk) this.rates(all[c], bit, all[source], all[c].above === source);
    move(s, rate, home.first, home.first, home.size, skill.bit);
    touched[skill.home] = 1;
    for (const [c, bit] of skill.walk) {
      move(s, rate, all[c].first, all[c].first, all[c].size, bit);
      touched[c] = 1;
    }
  }

  /** A clique's chances of learning from those of a neighbour, and what is between them after it. */
  rates(clique, bit, other, hangs) {
    const { rate } = this;
    const { s, ratio } = this.tree;
    const edge = hangs ? clique : other;
    const { shared } = edge;
    ratio.fill(0, 0, 2 * shared);
    for (let x = 0; x < other.size; x += 1) {
      const to = hangs ? edge.map[x] : x & (shared - 1);
      ratio[to] += s[other.first + x] * rate[other.first + x];
      ratio[to + shared] += s[other.first + x];
    }
    for (let x = 0; x < shared; x += 1) ratio[x] = ratio[x + shared] > 0 ? ratio[x] / ratio[x + shared] : 0;
    move(s, ratio, edge.between, 0, shared, bit);
    for (let x = 0; x < clique.size; x += 1) rate[clique.first + x] = ratio[hangs ? x & (shared - 1) : edge.map[x]];
  }

  /** What is read off the tables: what is known, ready and open of every skill. */
  sumUp() {
    const { known, ready, open } = this;
    const { s, all, touched } = this.tree;
    const over = (entries, first) => {
      let total = 0;
      for (const x of entries) total += s[first + x];
      return total;
    };
    this.skills.forEach((skill, k) => {
      if (touched[skill.home] === 1) {
        const { first } = all[skill.home];
        const opened = over(skill.open, first);
        const both = over(skill.both, first);
        known[k] = Math.min(both + over(skill.alone, first), 1);
        ready[k] = Math.min(opened + both, 1);
        open[k] = opened;
      }
    });
    this.skills.forEach((skill, k) => {
      if (skill.lost.length > 0) {
        let share = 1;
        const here = this.allKnown(skill.home, skill.needed);
        const both = this.allKnown(skill.home, skill.needed | skill.bit);
        for (const lost of skill.lost) share *= known[lost];
        ready[k] = Math.min(here, 1) * share;
        open[k] = Math.max(here - both, 0) * share;
      }
    });
  }

  /**
   * Lets days pass: some of what is known is forgotten.
   * @param {number} days more than 0
   */
  elapse(days) {
    const { s, all, touched } = this.tree;
    const lost = this.numbers.forget.map((rate) => 1 - Math.exp(-rate * days));
    all.forEach((clique, c) => {
      let bit = 1;
      for (const k of this.numbers.cliques[c].skills) {
        fade(s, clique.first, clique.size, bit, lost[k]);
        if (bit < clique.shared) fade(s, clique.between, clique.shared, bit, lost[k]); // what is shared comes first
        bit *= 2;
      }
    });
    touched.fill(1);
    this.sumUp();
  }
}

/** One skill may have been learnt, in the table that begins at `at`; its chances begin at `first`. */
function move(s, rate, at, first, size, bit) {
  for (let x = 0; x < size; x += 1) {
    if ((x & bit) === 0) {
      const moved = s[at + x] * rate[first + x];
      s[at + x] -= moved;
      s[at + x + bit] += moved;
    }
  }
}

/** One skill is forgotten, in one table. */
function fade(s, first, size, bit, lost) {
  for (let x = 0; x < size; x += 1) {
    if ((x & bit) !== 0) {
      const moved = s[first + x] * lost;
      s[first + x] -= moved;
      s[first + x - bit] += moved;
    }
  }
}
