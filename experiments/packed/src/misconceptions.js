/**
 * The belief that reads which option was chosen: skills are unknown, right, or wrong in one of a few ways (bugs).
 * Of a skill's states 0 is unknown, 1 right, b + 1 bug b.
 */

import { Cliques } from "./cliques.js";

/** What was seen where an answer was wrong and the option is not known; else the option. */
const WRONG = -1;

export class Misconceptions {
  /** @param {import("./read.js").Packed} packed */
  constructor(packed) {
    this.numbers = packed.belief;
    this.states = packed.belief.bugs + 2;
    this.tree = new Cliques(packed.belief.cliques, packed.belief.start);
    const n = packed.curriculum.skills.length;
    this.known = new Float64Array(n);
    this.ready = new Float64Array(n);
    this.open = new Float64Array(n);
    this.bugs = new Float64Array(n * packed.belief.bugs);
    this.gate = new Float64Array(this.tree.s.length);
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
   * @param {{answered: boolean, correct: boolean, option: number}} seen the option is -1 where it is not known
   */
  update(m, { answered, correct, option }) {
    const item = this.numbers.items[m];
    let seen = option > 0 && this.numbers.options_seen ? option : WRONG;
    if (correct) seen = 0;
    this.tree.touched.fill(0);
    if (answered) this.answer(m, item, seen);
    item.skills.forEach(([k], slot) => this.learn(k, this.become(k, m, item.turns[slot], answered, seen)));
    this.sumUp();
  }

  /** Whether an item has an option for the bug of this state. */
  tells(m, state) {
    return state > 1 && this.numbers.diagnostic[m][state - 2] === 1;
  }

  /**
   * What every skill of an item says about what was seen, in each of its states, and on average behind them: the chance
   * of it if the skill decides, whether it does not lead astray, and how surely the right option is chosen then.
   */
  views(m, item, seen) {
    const { numbers, states } = this;
    const { s, all } = this.tree;
    const { options } = numbers;
    return item.skills.map(([k]) => {
      const view = [0, 1, 2].map(() => new Float64Array(states + 1));
      for (let v = 0; v < states; v += 1) {
        const sure = 1 - (v === 1 ? numbers.slip[k] : numbers.stray[k]);
        const other = (1 - sure) / (options - 1);
        let decides = this.tells(m, v);
        let p = seen === v - 1 ? sure : other;
        if (seen === WRONG) p = 1 - other;
        if (v === 0) {
          p = seen === WRONG ? 1 - 1 / options : 1 / options;
          decides = true;
        }
        view[0][v] = decides ? p : 0;
        view[1][v] = decides ? 0 : 1;
        view[2][v] = decides ? 0 : sure;
      }
      if (item.groups.length > 1) {
        const { home, unit } = numbers.skills[k];
        for (let x = 0; x < all[home].size; x += 1) {
          for (const what of view) {
            what[states] += s[all[home].first + x] * what[Math.floor(x / unit) % states];
          }
        }
      }
      return view;
    });
  }

  /** How likely what was seen is by combination of a group: the most basic skill that leads astray decides. */
  likely(item, group, seen, views) {
    const { states } = this;
    const { options } = this.numbers;
    return Float64Array.from({ length: item.groups[group].combinations }, (_, c) => {
      let [p, reach, firm] = [0, 1, 1];
      for (let slot = item.skills.length - 1; slot >= 0; slot -= 1) {
        const [, mine, unit] = item.skills[slot];
        const at = mine === group ? Math.floor(c / unit) % states : states;
        const [astray, stays, sure] = views[slot];
        p += reach * astray[at];
        reach *= stays[at];
        firm *= sure[at];
      }
      if (seen === 0) return p + firm;
      return p + (reach - firm) / (seen === WRONG ? 1 : options - 1);
    });
  }

  /** Bayes' rule; groups of skills in different cliques as if independent. */
  answer(m, item, seen) {
    const { s, all } = this.tree;
    const views = this.views(m, item, seen);
    item.groups.forEach(({ clique, map }, g) => {
      const like = this.likely(item, g, seen, views);
      const { first, size } = all[clique];
      let evidence = 0;
      for (let x = 0; x < size; x += 1) evidence += s[first + x] * like[map[x]];
      if (evidence > 0) {
        for (let x = 0; x < size; x += 1) s[first + x] *= like[map[x]] / evidence;
        this.tree.spread(clique);
      }
    });
  }

  /** The chances of a skill, prerequisites known: of bugs, as of the unknown, to become right, behind them to catch. */
  become(k, m, [learnt, caught, leave, refuted, held], asked, seen) {
    const { numbers, states } = this;
    const stray = numbers.stray[k];
    const found = new Float64Array(states + 1);
    found[0] = learnt;
    found[states] = asked ? caught : 0;
    for (let v = 2; v < states; v += 1) {
      let chosen = 0;
      if (asked && this.tells(m, v)) {
        if (seen === v - 1) chosen = 1;
        // as often as by who has that bug
        else if (seen === WRONG) chosen = (1 - stray) / (1 - stray / (numbers.options - 1));
      }
      const other = asked && seen !== 0 ? 1 - chosen : 0;
      found[v] = leave + chosen * (refuted - leave) + other * (held - leave);
    }
    return found;
  }

  /** What may become of one skill, in every clique that has it. */
  learn(k, become) {
    const { gate, states } = this;
    const { s, all, touched } = this.tree;
    const { leak } = this.numbers;
    const skill = this.numbers.skills[k];
    const home = all[skill.home];
    let ready = 1;
    for (const lost of skill.lost) ready *= this.right(lost);
    for (let x = 0; x < home.size; x += 1) gate[home.first + x] = leak + (1 - leak) * ready * skill.ready[x];
    for (const [c, , source, unit] of skill.walk) {
      this.gates(all[c], unit, all[source], all[c].above === source, become);
    }
    turn(s, gate, home.first, home.first, home.size, skill.unit, states, become);
    touched[skill.home] = 1;
    for (const [c, unit] of skill.walk) {
      turn(s, gate, all[c].first, all[c].first, all[c].size, unit, states, become);
      touched[c] = 1;
    }
  }

  /** How surely a skill is right, from its own clique. */
  right(k) {
    const { home, unit } = this.numbers.skills[k];
    const { s, all } = this.tree;
    const { first, size } = all[home];
    let total = 0;
    for (let block = first; block < first + size; block += unit * this.states) {
      for (let x = block + unit; x < block + 2 * unit; x += 1) total += s[x];
    }
    return total;
  }

  /** A clique's gates from those of a neighbour, and what is between them after the lesson. */
  gates(clique, unit, other, hangs, become) {
    const { gate } = this;
    const { s, ratio } = this.tree;
    const edge = hangs ? clique : other;
    const { shared } = edge;
    ratio.fill(0, 0, 2 * shared);
    for (let x = 0; x < other.size; x += 1) {
      const to = hangs ? edge.map[x] : x % shared;
      ratio[to] += s[other.first + x] * gate[other.first + x];
      ratio[to + shared] += s[other.first + x];
    }
    for (let x = 0; x < shared; x += 1) ratio[x] = ratio[x + shared] > 0 ? ratio[x] / ratio[x + shared] : 0;
    turn(s, ratio, edge.between, 0, shared, unit, this.states, become);
    for (let x = 0; x < clique.size; x += 1) gate[clique.first + x] = ratio[hangs ? x % shared : edge.map[x]];
  }

  /** What is read off the tables. */
  sumUp() {
    const { skills } = this.numbers;
    skills.forEach((skill, k) => {
      if (this.tree.touched[skill.home] === 1) this.readOff(k, 1);
    });
    skills.forEach((skill, k) => {
      if (skill.lost.length > 0) {
        let share = 1;
        for (const lost of skill.lost) share *= this.known[lost];
        this.readOff(k, share);
      }
    });
  }

  /** What is known, ready and open of a skill, and each bug; `share`: how surely prerequisites elsewhere are known. */
  readOff(k, share) {
    const { states } = this;
    const { s, all } = this.tree;
    const { home, unit, ready } = this.numbers.skills[k];
    const { first, size } = all[home];
    let [known, both, open] = [0, 0, 0];
    for (let block = 0; block < size; block += unit * states) {
      for (let x = block; x < block + unit; x += 1) {
        known += s[first + x + unit];
        if (ready[x] === 1) {
          both += s[first + x + unit];
          open += s[first + x];
          for (let v = 2; v < states; v += 1) open += s[first + x + v * unit];
        }
      }
    }
    for (let v = 2; v < states; v += 1) {
      let wrong = 0;
      for (let block = first + v * unit; block < first + size; block += unit * states) {
        for (let x = block; x < block + unit; x += 1) wrong += s[x];
      }
      this.bugs[k * (states - 2) + v - 2] = Math.min(wrong, 1);
    }
    this.known[k] = Math.min(known, 1);
    this.ready[k] = Math.min(open + both, 1) * share;
    this.open[k] = Math.min(open, 1) * share;
  }

  /** Nothing is forgotten, neither what is known nor what is known wrongly. */
  elapse() {}
}

/** One skill may have become right or a bug, in the table that begins at `at`; its gates begin at `first`. */
function turn(s, gate, at, first, size, unit, states, become) {
  for (let block = 0; block < size; block += unit * states) {
    for (let x = block; x < block + unit; x += 1) {
      const right = at + x + unit;
      for (let v = 2; v < states; v += 1) {
        const moved = s[at + x + v * unit] * gate[first + x + v * unit] * become[v];
        s[at + x + v * unit] -= moved;
        s[right] += moved;
      }
      const unknown = s[at + x];
      const learnt = unknown * gate[first + x] * become[0];
      const caught = unknown * become[states];
      s[right] += learnt;
      for (let v = 2; v < states; v += 1) s[at + x + v * unit] += caught;
      s[at + x] = Math.max(unknown - learnt - (states - 2) * caught, 0);
    }
  }
}
