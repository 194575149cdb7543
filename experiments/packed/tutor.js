// A tutor that was packed with zpdgym: it reads tutor.json and says which item to show next.
// Made of modules by zpdgym (MIT licence); it needs nothing else, reads no file and asks no network.

// bkt.js

/**
 * The belief that follows every skill by itself: Bayesian knowledge tracing.
 */

/**
 * How surely all of these skills are known, if they are independent.
 * @param {Float64Array} known
 * @param {number[]} skills
 * @returns {number}
 */
function allOf(known, skills) {
  let product = 1;
  for (const k of skills) product *= known[k];
  return product;
}

class Tracing {
  /** @param {Packed} packed */
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

// fallback.js

/**
 * Who chooses where the tutor's own policy cannot: a rule that looks at answers alone.
 */

/**
 * The first skill, in the order of the curriculum, that was neither answered rightly often enough in a row nor taught
 * often enough; where there is none, the one with the fewest lessons. Of it the next item.
 * @param {Packed} packed
 * @param {Seen} seen
 * @returns {number} the item
 */
function fallbackItem({ fallback, ladders, curriculum }, seen) {
  const { order } = curriculum;
  const unsettled = (k) => seen.streak[k] < fallback.right_in_a_row && seen.tries[k] < fallback.lessons;
  const least = Math.min(...seen.tries);
  const k = order.find(unsettled) ?? order.find((one) => seen.tries[one] === least);
  return ladders.items[k][seen.tries[k] % ladders.items[k].length];
}

// cliques.js

/**
 * Groups of skills that hang together (cliques), in a tree: tables of how likely each combination of their states is.
 * What changes in one group is passed on to the others through what they share.
 *
 * @typedef {{first: number, size: number, above: number, between: number, shared: number, map: number[],
 *   below: number[]}} Clique where its table begins and how long it is; the clique that it hangs on (-1: none); where
 *   the table of what both share begins and how long that is; to which of its entries each entry of the clique above
 *   belongs; the cliques that hang on this one
 */

/** Changes of what two cliques share that are not passed on, as shares of it. */
const SAME = 1e-12;

class Cliques {
  /**
   * @param {{size: number, above: number, shared: number, map: number[], below: number[]}[]} packed
   * @param {number[]} start the tables of somebody whom nobody knows
   */
  constructor(packed, start) {
    this.start = Float64Array.from(start);
    this.s = Float64Array.from(start);
    let first = 0;
    let between = packed.reduce((total, clique) => total + clique.size, 0);
    /** @type {Clique[]} */
    this.all = packed.map((clique) => {
      const placed = { ...clique, first, between };
      first += clique.size;
      between += clique.shared;
      return placed;
    });
    const widest = packed.reduce((most, clique) => Math.max(most, clique.shared), 1);
    this.ratio = new Float64Array(2 * widest);
    this.touched = new Uint8Array(packed.length);
  }

  reset() {
    this.s.set(this.start);
  }

  /**
   * Makes a clique agree with the one that it hangs on.
   * @param {Clique} clique
   * @returns {boolean} whether that changed anything
   */
  down(clique) {
    const { s, ratio } = this;
    const above = this.all[clique.above];
    ratio.fill(0, 0, clique.shared);
    for (let x = 0; x < above.size; x += 1) ratio[clique.map[x]] += s[above.first + x];
    const changed = this.ratios(clique);
    if (changed) {
      for (let block = clique.first; block < clique.first + clique.size; block += clique.shared) {
        for (let x = 0; x < clique.shared; x += 1) s[block + x] *= ratio[x];
      }
    }
    return changed;
  }

  /**
   * Makes the clique that another hangs on agree with it.
   * @param {Clique} clique the one that hangs
   * @returns {boolean} whether that changed anything
   */
  up(clique) {
    const { s, ratio } = this;
    const above = this.all[clique.above];
    ratio.fill(0, 0, clique.shared);
    for (let block = clique.first; block < clique.first + clique.size; block += clique.shared) {
      for (let x = 0; x < clique.shared; x += 1) ratio[x] += s[block + x];
    }
    const changed = this.ratios(clique);
    if (changed) for (let x = 0; x < above.size; x += 1) s[above.first + x] *= ratio[clique.map[x]];
    return changed;
  }

  /**
   * What is shared becomes what it is now; `ratio` becomes by how much it grew.
   * @param {Clique} clique
   * @returns {boolean} whether it changed
   */
  ratios(clique) {
    const { s, ratio } = this;
    let changed = false;
    for (let x = 0; x < clique.shared; x += 1) {
      const before = s[clique.between + x];
      changed = Math.abs(ratio[x] - before) > SAME * before || changed;
      s[clique.between + x] = ratio[x];
      ratio[x] = before > 0 ? ratio[x] / before : 0;
    }
    return changed;
  }

  /**
   * Passes on what changed in one clique: towards the root, then down every other branch.
   * @param {number} start the clique
   */
  spread(start) {
    const fresh = [start];
    for (let c = start; this.all[c].above >= 0 && this.up(this.all[c]); c = this.all[c].above) {
      fresh.push(this.all[c].above);
    }
    const way = fresh.length;
    for (let at = 0; at < fresh.length; at += 1) {
      const c = fresh[at];
      this.touched[c] = 1;
      const origin = at > 0 && at < way ? fresh[at - 1] : -1;
      for (const below of this.all[c].below) {
        if (below !== origin && this.down(this.all[below])) fresh.push(below);
      }
    }
  }
}

// graph.js

/**
 * The belief that carries evidence along prerequisites: skills are known or not, and not independent of each other.
 */


/** By how much a table may miss the sum of one before an answer puts it right. */
const OFF = 1e-9;

class Graph {
  /** @param {Packed} packed */
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

// ladder.js

/**
 * Which item of a skill: up the ladder of its items, first what is shown, then what is worked at, from easy to hard.
 */

const [CYCLE, GAIN, GAIN_PER_MINUTE, SUCCESS] = ["cycle", "gain", "gain_per_minute", "success"];

/**
 * The item on a skill's ladder by one of the rules.
 * @param {{items: number[][], shown: number[]}} ladders of all skills
 * @param {number} k the skill
 * @param {{rule: string, target: number}} how
 * @param {Seen} seen
 * @param {Predictions} predictions
 * @param {number[]} minutes of the items
 * @returns {number} the item
 */
function onLadder(ladders, k, { rule, target }, seen, predictions, minutes) {
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

// mastery.js

/**
 * Mastery learning: stay with a skill until it seems known, then go on.
 */


class Mastery {
  /**
   * @param {Packed} packed
   * @param {Predictions} predictions
   */
  constructor(packed, predictions) {
    this.policy = packed.policy;
    this.predictions = predictions;
    this.order = packed.curriculum.order;
    this.ladders = packed.ladders;
    this.minutes = packed.curriculum.items.map((item) => item.minutes);
  }

  /**
   * @param {Seen} seen
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

// misconceptions.js

/**
 * The belief that reads which option was chosen: skills are unknown, right, or wrong in one of a few ways (bugs).
 * Of a skill's states 0 is unknown, 1 right, b + 1 bug b.
 */


/** What was seen where an answer was wrong and the option is not known; else the option. */
const WRONG = -1;

class Misconceptions {
  /** @param {Packed} packed */
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

// predict.js

/**
 * What the tutor expects of each item, from what it sees: how much a lesson teaches, and the chance of a right answer.
 *
 * @typedef {{known: Float64Array, ready: Float64Array | null, open: Float64Array | null, bugs: Float64Array | null}}
 *   Believed what the observation says of every skill; null: it is not shown
 */


class Predictions {
  /** @param {Packed} packed */
  constructor(packed) {
    this.numbers = packed.expects;
    this.belief = packed.belief;
    this.joint = packed.belief.kind !== "bkt";
    this.parents = packed.curriculum.prerequisites;
    this.items = packed.curriculum.items;
  }

  /**
   * How many more skills are known after one lesson with each item, as far as it can be expected.
   * @param {Believed} believed
   * @returns {Float64Array}
   */
  gains(believed) {
    const gains = new Float64Array(this.items.length);
    if (this.readsBugs(believed)) {
      for (let m = 0; m < gains.length; m += 1) gains[m] = this.gainByBug(m, believed);
      return gains;
    }
    const { known, open } = believed;
    const { leak, learn } = this.numbers;
    const worth = new Float64Array(known.length);
    for (let k = 0; k < worth.length; k += 1) {
      if (this.joint && open !== null) worth[k] = open[k] + leak * Math.max(1 - known[k] - open[k], 0);
      else worth[k] = (1 - known[k]) * (leak + (1 - leak) * allOf(known, this.parents[k]));
    }
    for (let m = 0; m < gains.length; m += 1) {
      let total = 0;
      for (const k of this.items[m].skills) total += worth[k];
      gains[m] = total * learn[m];
    }
    return gains;
  }

  /**
   * The chance of a right answer to each item, if it were asked before anything is learnt.
   * @param {Believed} believed
   * @returns {Float64Array}
   */
  right(believed) {
    const right = new Float64Array(this.items.length);
    if (this.readsBugs(believed)) {
      for (let m = 0; m < right.length; m += 1) right[m] = this.rightByBug(m, believed);
      return right;
    }
    const { known, ready, open } = believed;
    const { guess, slip, together } = this.numbers;
    const given = known.slice();
    const joint = this.joint && open !== null && ready !== null;
    if (joint) {
      for (let k = 0; k < given.length; k += 1) {
        given[k] = ready[k] > 0 ? (ready[k] - open[k]) / ready[k] : 0;
        given[k] = Math.min(Math.max(given[k], 0), 1);
      }
    }
    for (let m = 0; m < right.length; m += 1) {
      const { skills } = this.items[m];
      let all = 1;
      for (let slot = 0; slot < skills.length; slot += 1) {
        all *= joint && together[m][slot] === 1 ? given[skills[slot]] : known[skills[slot]];
      }
      right[m] = guess[m] + (1 - guess[m] - slip[m]) * all;
    }
    return right;
  }

  /** Whether the observation says how likely each bug is, and all that goes with it. */
  readsBugs({ ready, open, bugs }) {
    return bugs !== null && ready !== null && open !== null;
  }

  gainByBug(m, { known, ready, open, bugs }) {
    const { bugs: count, stray, options, leak, diagnostic, items } = this.belief;
    const { asks } = this.items[m];
    let total = 0;
    items[m].skills.forEach(([k], slot) => {
      let [wrong, left] = [0, 0];
      const [learn, , leave, refuted, held] = items[m].turns[slot];
      const own = leave + (refuted - leave) * (1 - stray[k]);
      const strayed = (held - leave) * stray[k];
      for (let b = 0; b < count; b += 1) {
        const here = bugs[k * count + b];
        wrong += here;
        if (!asks) left += here * leave;
        else if (diagnostic[m][b] === 1) left += here * (own + (strayed * (options - 2)) / (options - 1));
        else left += here * (leave + strayed);
      }
      const closed = Math.max(1 - known[k] - open[k], 0);
      const share = wrong > 0 ? Math.min(ready[k], open[k] / wrong) : 0;
      const rest = wrong > 0 ? Math.min(Math.max(1 - share, 0), closed / wrong) : 0;
      const now = Math.max(open[k] - share * wrong, 0) * learn + share * left;
      const later = Math.max(closed - rest * wrong, 0) * learn + rest * left;
      total += now + leak * later;
    });
    return total;
  }

  rightByBug(m, { known, ready, open, bugs }) {
    const { bugs: count, slip, stray, options, diagnostic } = this.belief;
    let [astray, reach, firm] = [0, 1, 1];
    for (const [k, together] of this.numbers.basic_first[m]) {
      let own = known[k];
      let wrong = 0;
      if (together === 1 && ready[k] > 0) own = Math.min(Math.max((ready[k] - open[k]) / ready[k], 0), 1);
      for (let b = 0; b < count; b += 1) wrong += bugs[k * count + b];
      const share = wrong > 0 ? Math.min(1, (1 - own) / wrong) : 0;
      let decides = Math.max(1 - own - share * wrong, 0);
      let byLuck = decides / options;
      let sure = own * (1 - slip[k]);
      for (let b = 0; b < count; b += 1) {
        const here = share * bugs[k * count + b];
        if (diagnostic[m][b] === 1) {
          decides += here;
          byLuck += (here * stray[k]) / (options - 1);
        } else sure += here * (1 - stray[k]);
      }
      astray += reach * byLuck;
      reach *= 1 - decides;
      firm *= sure;
    }
    return Math.min(astray + firm, 1);
  }
}

// between.js

/**
 * Tables over [0, 1] that are looked up between their entries.
 */

/** How many levels a table has. */
const GRID = 17;

/**
 * Linear interpolation of one row of a table over [0, 1].
 * @param {number[]} row its first 17 entries are looked up
 * @param {number} at where
 * @returns {number}
 */
function between(row, at) {
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
function bestOf(scores, actions) {
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

// digest.js

/**
 * A checksum over what a packed tutor says, whatever spaces or order of keys its file has.
 */

const ROUNDS = 64;

/**
 * The first 32 bits of the fractional parts of roots of the first primes, as SHA-256 has them.
 * @param {number} root 2 for square roots, 3 for cube roots
 * @param {number} count how many primes
 * @returns {Uint32Array}
 */
function fractionsOfRoots(root, count) {
  const found = new Uint32Array(count);
  const primes = [];
  for (let n = 2; primes.length < count; n += 1) {
    if (primes.every((p) => n % p !== 0)) {
      const power = n ** (1 / root);
      found[primes.length] = (power - Math.floor(power)) * 2 ** 32;
      primes.push(n);
    }
  }
  return found;
}

/**
 * @param {Uint8Array} bytes
 * @returns {string} the SHA-256 of the bytes in hexadecimal digits
 */
function sha256(bytes) {
  const constants = fractionsOfRoots(3, ROUNDS);
  const state = fractionsOfRoots(2, 8);
  const padded = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, bytes.length << 3);
  const w = new Uint32Array(ROUNDS);
  const turned = (x, by) => (x >>> by) | (x << (32 - by));
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < ROUNDS; i += 1) {
      const early = turned(w[i - 15], 7) ^ turned(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const late = turned(w[i - 2], 17) ^ turned(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = w[i - 16] + early + w[i - 7] + late;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < ROUNDS; i += 1) {
      const chosen = (e & f) ^ (~e & g);
      const major = (a & b) ^ (a & c) ^ (b & c);
      const one = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + chosen + constants[i] + w[i]) | 0;
      const two = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + major) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((part, i) => (state[i] += part));
  }
  return Array.from(state, (part) => part.toString(16).padStart(8, "0")).join("");
}

/**
 * Lays out plain data as bytes: a letter for the kind, then lengths, letters in UTF-8, and numbers as 64-bit floats.
 * @param {unknown} value
 * @param {number[]} out the bytes so far, added to
 */
function layOut(value, out) {
  const number = new DataView(new ArrayBuffer(8));
  const letters = new TextEncoder();
  const count = (n) => {
    number.setUint32(0, n);
    for (let i = 0; i < 4; i += 1) out.push(number.getUint8(i));
  };
  const text = (string) => {
    const bytes = letters.encode(string);
    count(bytes.length);
    for (const byte of bytes) out.push(byte);
  };
  const one = (part) => {
    if (part === null) out.push(0x6e);
    else if (typeof part === "boolean") out.push(part ? 0x74 : 0x66);
    else if (typeof part === "number") {
      out.push(0x64);
      number.setFloat64(0, part);
      for (let i = 0; i < 8; i += 1) out.push(number.getUint8(i));
    } else if (typeof part === "string") {
      out.push(0x73);
      text(part);
    } else if (Array.isArray(part)) {
      out.push(0x61);
      count(part.length);
      part.forEach(one);
    } else {
      const keys = Object.keys(part).sort();
      out.push(0x6f);
      count(keys.length);
      for (const key of keys) {
        text(key);
        one(part[key]);
      }
    }
  };
  one(value);
}

/**
 * The checksum of a packed tutor: of everything in it but the checksum itself.
 * @param {Record<string, unknown>} packed
 * @returns {string}
 */
function checksum(packed) {
  const { checksum: _, ...rest } = packed;
  const out = [];
  layOut(rest, out);
  return sha256(Uint8Array.from(out));
}

// seen.js

/**
 * The calendar of the teaching, and the table that the tutor looks at: a row for every skill, with named columns.
 */


/** Minutes by which sums of numbers may be off. */
const EPSILON = 1e-9;
const MOST = 10; // answers in a row, hints and options that a column tells apart
const LONGEST = 60; // minutes of a lesson that a column tells apart

/** The names of all columns that there may be. */
const COLUMNS = [
  "belief", "ready", "open", "tries", "successes", "streak", "days_since", "was_last", "last_correct", "time_left",
  "session_left", "lesson", "session", "last_minutes", "last_hints", "last_option",
  ...Array.from({ length: MOST - 1 }, (_, b) => `bug_${b + 1}`),
];

class Seen {
  /** @param {Packed} packed */
  constructor(packed) {
    this.plan = packed.schedule;
    this.items = packed.curriculum.items;
    this.parents = packed.curriculum.prerequisites;
    this.columns = packed.observation.columns;
    this.width = this.columns.length;
    this.rows = packed.curriculum.skills.length;
    this.scales = this.columns.map((column) => column.scale);
    this.joint = packed.observation.joint;
    this.bugs = packed.observation.bugs;
    /** Where each column stands; -1: it is not shown. */
    this.at = Object.fromEntries(COLUMNS.map((name) => [name, this.columns.findIndex((one) => one.name === name)]));
    this.table = new Float32Array(this.rows * this.width);
    this.tries = new Int32Array(this.rows);
    this.successes = new Int32Array(this.rows);
    this.streak = new Int32Array(this.rows);
  }

  /** @param {{known: Float64Array}} belief */
  reset(belief) {
    this.lesson = 0;
    this.session = 0;
    this.used = 0;
    this.day = 0;
    this.over = false;
    /** Whether somebody else tells what day it is; else the calendar of the plan is followed. */
    this.told = false;
    this.last = -1;
    for (const counts of [this.tries, this.successes, this.streak, this.table]) counts.fill(0);
    for (let k = 0; k < this.rows; k += 1) {
      this.put(k, "days_since", 1);
      this.put(k, "last_correct", 0.5);
    }
    this.show(belief);
  }

  /** One number into the table, rounded as the table holds it. */
  put(k, name, value) {
    const j = this.at[name];
    if (j >= 0) this.table[k * this.width + j] = value;
  }

  /** @returns {number} a number of the table as it stands there */
  raw(k, j) {
    return this.table[k * this.width + j];
  }

  /** @returns {number} the same in lessons, days, … */
  value(k, j) {
    return this.table[k * this.width + j] * this.scales[j];
  }

  /**
   * Writes what is believed, and the columns that all rows share.
   * @param {{known: Float64Array, ready?: Float64Array, open?: Float64Array, bugs?: Float64Array}} belief
   */
  show(belief) {
    const { plan } = this;
    const left = (this.session + 1) * plan.per_session - this.used;
    const shared = Object.entries({
      time_left: Math.max(1 - this.used / plan.total, 0),
      session_left: Math.min(Math.max(left, 0) / plan.per_session, 1),
      lesson: this.lesson * (1 / plan.horizon),
      session: this.session * (1 / Math.max(plan.sessions - 1, 1)),
    });
    for (let k = 0; k < this.rows; k += 1) {
      const ready = this.joint ? belief.ready[k] : allOf(belief.known, this.parents[k]);
      this.put(k, "belief", belief.known[k]);
      this.put(k, "ready", ready);
      this.put(k, "open", this.joint ? belief.open[k] : (1 - belief.known[k]) * ready);
      for (let b = 0; b < this.bugs; b += 1) this.put(k, `bug_${b + 1}`, belief.bugs[k * this.bugs + b]);
      for (const [name, value] of shared) this.put(k, name, value);
    }
  }

  /**
   * Takes in one lesson: the clock, and what is counted.
   * @param {number} m the item
   * @param {{answered: boolean, correct: boolean, option: number, minutes: number, hints: number}} outcome
   * @returns {number} the days that now pass, as the plan has it
   */
  count(m, { answered, correct, option, minutes, hints }) {
    const { plan } = this;
    let passed = 0;
    this.lesson += 1;
    this.used += plan.by_minutes ? minutes : 1;
    this.over = this.used >= plan.total - EPSILON || this.lesson >= plan.horizon;
    while (
      !this.over &&
      this.session < plan.sessions - 1 &&
      this.used >= (this.session + 1) * plan.per_session - EPSILON
    ) {
      passed += plan.days_between[this.session];
      this.session += 1;
    }
    if (this.last >= 0) for (const k of this.items[this.last].skills) this.put(k, "was_last", 0);
    for (const k of this.items[m].skills) {
      this.tries[k] += 1;
      this.put(k, "tries", this.tries[k] * (1 / plan.horizon));
      if (answered) {
        this.successes[k] += correct ? 1 : 0;
        this.streak[k] = correct ? Math.min(this.streak[k] + 1, MOST) : 0;
        this.put(k, "successes", this.successes[k] * (1 / plan.horizon));
        this.put(k, "streak", this.streak[k] * (1 / MOST));
        this.put(k, "last_correct", correct ? 1 : 0);
      }
      this.put(k, "days_since", 0);
      this.put(k, "was_last", 1);
      this.put(k, "last_minutes", Math.min(minutes / LONGEST, 1));
      this.put(k, "last_hints", Math.min(hints / MOST, 1));
      this.put(k, "last_option", Math.min((option + 1) / MOST, 1));
    }
    this.last = m;
    return this.told ? 0 : passed;
  }

  /** Lets days pass for what is counted. */
  elapse(days) {
    const more = days * (1 / Math.max(this.plan.total_days, 1));
    const j = this.at.days_since;
    this.day += days;
    for (let k = 0; k < this.rows && j >= 0; k += 1) this.put(k, "days_since", Math.min(this.raw(k, j) + more, 1));
  }

  /** @returns {boolean} whether the plan lets the teaching end now */
  get mayFinish() {
    return this.plan.finish && this.lesson >= this.plan.finish_after;
  }

  /** @returns {Believed} what the table says of every skill */
  believed() {
    const column = (name) => {
      const j = this.at[name];
      if (j < 0) return null;
      const found = new Float64Array(this.rows);
      for (let k = 0; k < this.rows; k += 1) found[k] = this.raw(k, j);
      return found;
    };
    const bugs = new Float64Array(this.rows * this.bugs);
    for (let b = 0; b < this.bugs; b += 1) {
      const j = this.at[`bug_${b + 1}`];
      for (let k = 0; k < this.rows; k += 1) bugs[k * this.bugs + b] = this.raw(k, j);
    }
    return { known: column("belief"), ready: column("ready"), open: column("open"), bugs: this.bugs ? bugs : null };
  }
}

// read.js

/**
 * Reads a packed tutor, trusting nothing: what is missing, of another shape or out of range is one clear error.
 *
 * @typedef {{name: string, skills: number[], minutes: number, approach: string, asks: boolean}} Item
 * @typedef {{name: string, skills: string[], items: Item[], prerequisites: number[][], order: number[]}} Curriculum
 * @typedef {{by_minutes: boolean, sessions: number, per_session: number, total: number, days_between: number[],
 *   total_days: number, horizon: number, finish: boolean, finish_after: number}} Schedule
 * @typedef {{format: number, scenario: string, curriculum: Curriculum, schedule: Schedule,
 *   observation: {columns: {name: string, scale: number}[], joint: boolean, bugs: number}, belief: any, expects: any,
 *   policy: any, ladders: {items: number[][], shown: number[]},
 *   fallback: {right_in_a_row: number, lessons: number}, checksum: string}} Packed
 */


/** The version of the format that this program reads. */
const FORMAT = 1;
const BELIEFS = ["bkt", "graph", "misconceptions"];
const POLICIES = ["mastery", "scorer", "tuned_index"];
const RULES = ["cycle", "level", "gain", "gain_per_minute", "success"];
const WEIGHTS = [
  "belief", "open", "unlocks", "descendants", "order", "practised", "failed", "days_since", "was_last", "late_belief",
  "late_unlocks", "gain", "kept_gain", "log_gain", "late_gain", "log_ready", "p_correct", "asks", "difficulty",
  "log_minutes",
];
const DERIVED = { row: 6, student: 4, predicted: 6 };

/** @returns {never} */
function refuse(message) {
  throw new Error(`tutor.json: ${message}`);
}

const isWhole = (value, low, high) => Number.isInteger(value) && value >= low && value <= high;
const isNumber = (value, low = -Infinity, high = Infinity) =>
  typeof value === "number" && Number.isFinite(value) && value >= low && value <= high;
const isText = (value) => typeof value === "string" && value !== "";
const isFlag = (value) => typeof value === "boolean";

/** A section of the file; `tests` says of every key what its value must be. */
function section(value, name, tests) {
  const isSection = value !== null && typeof value === "object" && !Array.isArray(value);
  if (!isSection) refuse(`'${name}' is missing, or no section`);
  for (const [key, good] of Object.entries(tests)) {
    const fine = Object.hasOwn(value, key) && good(value[key]);
    if (!fine) refuse(`'${name}.${key}' is missing, or not what it must be`);
  }
  return value;
}

/** A test: a list of `count` values that all pass (any number of them where `count` is null). */
function list(good, count = null) {
  const long = (value) => Array.isArray(value) && (count === null || value.length === count);
  return (value) => long(value) && value.every((each) => good(each));
}

const numbers = (count, low, high) => list((one) => isNumber(one, low, high), count);
const wholes = (count, low, high) => list((one) => isWhole(one, low, high), count);
const table = (rows, columns, low, high) => list(numbers(columns, low, high), rows);
const one = (good) => (value) => {
  try {
    good(value);
    return true;
  } catch {
    return false;
  }
};

/** Tests of a curriculum's parts that do not depend on how many there are. */
function readCurriculum(curriculum) {
  const isName = (name) => typeof name === "string";
  section(curriculum, "curriculum", { name: isName, skills: list(isText), items: list(Boolean) });
  const [k, m] = [curriculum.skills.length, curriculum.items.length];
  if (k === 0 || m === 0) refuse("the curriculum has no skills or no items");
  curriculum.items.forEach((item, i) => {
    section(item, `curriculum.items.${i}`, {
      name: isText,
      skills: (own) => wholes(null, 0, k - 1)(own) && own.length > 0 && new Set(own).size === own.length,
      minutes: (value) => isNumber(value, 0) && value > 0,
      approach: isText,
      asks: isFlag,
    });
  });
  section(curriculum, "curriculum", {
    prerequisites: list(wholes(null, 0, k - 1), k),
    order: (order) => wholes(k, 0, k - 1)(order) && new Set(order).size === k,
  });
  return [k, m];
}

function readSchedule(schedule) {
  const above = (value) => isNumber(value, 0) && value > 0;
  section(schedule, "schedule", {
    by_minutes: isFlag,
    sessions: (value) => isWhole(value, 1, 1e6),
    per_session: above,
    total: above,
    days_between: numbers(null, 0, 1e6),
    total_days: (value) => isNumber(value, 0),
    horizon: (value) => isWhole(value, 1, 1e6),
    finish: isFlag,
    finish_after: (value) => isWhole(value, 0, 1e6),
  });
  if (schedule.days_between.length !== schedule.sessions - 1) refuse("'schedule.days_between' has another length");
}

/** A test: how many combinations some skills have, of so many states each. */
function power(states, most) {
  return (value) => {
    let found = 1;
    while (found < value && found < most) found *= states;
    return found === value && value <= most;
  };
}

/** The tables of groups of skills that hang together. */
function readCliques(belief, k, m, states) {
  const cliques = belief.cliques;
  section(belief, "belief", { cliques: list(Boolean), skills: list(Boolean, k), items: list(Boolean, m) });
  const c = cliques.length;
  let entries = 0;
  cliques.forEach((clique, i) => {
    section(clique, `belief.cliques.${i}`, {
      skills: (own) => wholes(null, 0, k - 1)(own) && own.length > 0,
      size: (size) => size === states ** clique.skills.length && size <= 1e6,
      above: (above) => isWhole(above, -1, i - 1),
      shared: (shared) => power(states, clique.size)(shared),
      map: wholes(clique.above < 0 ? 0 : cliques[clique.above].size, 0, clique.shared - 1),
      below: wholes(null, i + 1, c - 1),
    });
    for (const below of clique.below) if (cliques[below].above !== i) refuse("the groups of skills are no tree");
    entries += clique.size + clique.shared;
  });
  section(belief, "belief", { start: numbers(entries, 0, 1 + 1e-9) });
  const unit = (clique) => power(states, cliques[clique].size / states);
  const step = (walk) => {
    const [to, here, from, between] = walk;
    const hangs = cliques[to].above === from;
    const near = hangs || cliques[from].above === to;
    return near && unit(to)(here) && power(states, cliques[hangs ? to : from].shared / states)(between);
  };
  belief.skills.forEach((skill, i) => {
    section(skill, `belief.skills.${i}`, {
      home: (home) => isWhole(home, 0, c - 1),
      walk: list((walk) => wholes(4, 0, 1e6)(walk) && walk[0] < c && walk[2] < c && step(walk)),
      lost: wholes(null, 0, k - 1),
    });
  });
  return { cliques, unit };
}

const alike = (some, others) => [...some].sort().join() === [...others].sort().join();

function readGraph({ belief, curriculum }, k, m) {
  const { cliques, unit } = readCliques(belief, k, m, 2);
  const bits = (clique) => (value) => isWhole(value, 0, cliques[clique].size - 1);
  belief.skills.forEach((skill, i) => {
    section(skill, `belief.skills.${i}`, { bit: unit(skill.home), needed: bits(skill.home) });
  });
  belief.items.forEach((item, i) => {
    section(item, `belief.items.${i}`, {
      skills: (own) => wholes(null, 0, k - 1)(own) && alike(own, curriculum.items[i].skills),
      groups: list((group) => wholes(2, 0, 1e6)(group) && group[0] < cliques.length && bits(group[0])(group[1])),
    });
  });
}

function readMisconceptions({ belief, curriculum }, k, m) {
  const own = numbers(k, 0, 1);
  section(belief, "belief", {
    bugs: (bugs) => isWhole(bugs, 1, 9),
    options: (options) => isWhole(options, belief.bugs + 1, 10),
    options_seen: isFlag,
    slip: own,
    stray: own,
    leak: (leak) => isNumber(leak, 0, 1),
  });
  section(belief, "belief", { diagnostic: list(wholes(belief.bugs, 0, 1), m) });
  const { cliques, unit } = readCliques(belief, k, m, belief.bugs + 2);
  belief.skills.forEach((skill, i) => {
    section(skill, `belief.skills.${i}`, { unit: unit(skill.home), ready: wholes(cliques[skill.home].size, 0, 1) });
  });
  belief.items.forEach((item, i) => {
    section(item, `belief.items.${i}`, { groups: list(Boolean) });
    item.groups.forEach((group, g) => {
      section(group, `belief.items.${i}.groups.${g}`, {
        clique: (clique) => isWhole(clique, 0, cliques.length - 1),
        combinations: power(belief.bugs + 2, 1e6),
        map: (map) => wholes(cliques[group.clique].size, 0, group.combinations - 1)(map),
      });
    });
    const slot = ([own, group, unit]) => {
      return own < k && group < item.groups.length && power(belief.bugs + 2, item.groups[group].combinations)(unit);
    };
    section(item, `belief.items.${i}`, {
      skills: (slots) => list((value) => wholes(3, 0, 1e6)(value) && slot(value))(slots) &&
        alike(slots.map(([own]) => own), curriculum.items[i].skills),
      turns: list(numbers(5, 0, 1), item.skills.length),
    });
  });
}

function readBelief(packed, k, m) {
  const { belief, observation, expects } = packed;
  section(belief, "belief", { kind: isText });
  if (!BELIEFS.includes(belief.kind)) refuse(`the belief '${belief.kind}' is none of ${BELIEFS.join(", ")}`);
  const share = numbers(m, 0, 1);
  if (belief.kind === "misconceptions") readMisconceptions(packed, k, m);
  else {
    section(belief, "belief", {
      learn: share,
      guess: share,
      slip: share,
      forget: numbers(k, 0, 100),
      leak: (leak) => isNumber(leak, 0, 1),
      learn_first: isFlag,
    });
    if (belief.kind === "graph") readGraph(packed, k, m);
    else section(belief, "belief", { prior: numbers(k, 0, 1) });
  }
  section(observation, "observation", { columns: list(Boolean), joint: isFlag, bugs: (bugs) => isWhole(bugs, 0, 9) });
  observation.columns.forEach((column, j) => {
    section(column, `observation.columns.${j}`, {
      name: (name) => COLUMNS.includes(name),
      scale: (scale) => isNumber(scale, 0) && scale > 0,
    });
  });
  const names = observation.columns.map((column) => column.name);
  if (new Set(names).size !== names.length) refuse("a column of the observation is there twice");
  if (observation.joint && belief.kind === "bkt") refuse("a bkt belief knows no joint probabilities");
  const told = Array.from({ length: observation.bugs }, (_, b) => `bug_${b + 1}`);
  if (told.some((name) => !names.includes(name)) || ![0, belief.bugs].includes(observation.bugs)) {
    refuse("the columns of bugs are not those of the belief");
  }
  section(expects, "expects", {
    learn: share,
    guess: share,
    slip: share,
    leak: (leak) => isNumber(leak, 0, 1),
    together: list(wholes(null, 0, 1), m),
    basic_first: list(list((pair) => wholes(2, 0, 1e6)(pair) && pair[0] < k && pair[1] < 2), m),
  });
  return names;
}

function mustShow(names, wanted, who) {
  const missing = wanted.filter((name) => !names.includes(name));
  if (missing.length > 0) refuse(`${who} needs the columns ${missing.join(", ")}`);
}

function readPolicy({ policy, belief, observation }, names, k, m, finish) {
  section(policy, "policy", { kind: isText, name: isText });
  if (!POLICIES.includes(policy.kind)) refuse(`the policy '${policy.kind}' is none of ${POLICIES.join(", ")}`);
  if (policy.kind === "mastery") {
    section(policy, "policy", {
      threshold: (x) => isNumber(x, 0, 1),
      ready: (x) => isNumber(x, 0, 1),
      review_days: (x) => isNumber(x, 0),
      cap: (x) => isWhole(x, 0, 1e9),
      finish: isFlag,
      items: one((items) => section(items, "", { rule: (x) => RULES.includes(x), target: (x) => isNumber(x, 0, 1) })),
    });
    const reviews = policy.review_days > 0 ? ["days_since"] : [];
    mustShow(names, ["belief", "ready", "tries", ...reviews], "mastery learning");
  } else if (policy.kind === "tuned_index") {
    const weights = Object.fromEntries(WEIGHTS.map((name) => [name, (x) => isNumber(x)]));
    section(policy, "policy", {
      weights: one((given) => section(given, "", weights)),
      constant: table(m, 4),
      order: numbers(k, 0, 1),
      lasts: table(k, GRID, 0),
      children: list(wholes(null, 0, k - 1), k),
      below: list(wholes(null, 0, k - 1), k),
    });
    mustShow(names, ["belief", "ready", "tries", "successes", "days_since", "was_last", "time_left"], "the index");
  } else readScorer(policy, names, k, m, finish, belief.kind, observation.bugs);
}

function readScorer(policy, names, k, m, finish, kind, bugs) {
  section(policy, "policy", { of_item: (rows) => list(list(isNumber), m + 1)(rows) && rows[0].length > 0 });
  const width = policy.of_item[0].length;
  const joint = kind !== "bkt" && names.includes("open");
  section(policy, "policy", {
    of_item: table(m + 1, width),
    of_row: table(names.length + DERIVED.row, width),
    of_student: table(DERIVED.student, width),
    of_predicted: table(DERIVED.predicted, width),
    layers: list(Boolean),
    prior: numbers(2),
    preferred: wholes(2, 0, DERIVED.predicted - 1),
    ready: (x) => isNumber(x),
    done: (x) => isNumber(x),
    gain: table(m, GRID + (joint ? 1 : 0)),
    // behind the levels stands what is expected by bug, unless the teacher was trained by an older version
    right: (rows) => table(m, GRID)(rows) || (joint && bugs > 0 && table(m, GRID + 2 * bugs + 3)(rows)),
    kept: table(k, GRID),
    log_cost: numbers(m),
    children: list(wholes(null, 0, k - 1), k),
  });
  let before = width;
  policy.layers.forEach((layer, i) => {
    section(layer, `policy.layers.${i}`, { bias: (bias) => numbers(null)(bias) && bias.length > 0 });
    section(layer, `policy.layers.${i}`, { weight: table(before, layer.bias.length) });
    before = layer.bias.length;
  });
  if (policy.layers.length === 0 || before !== 1) refuse("the network does not end in one number");
  mustShow(names, ["belief", "ready"], "the scorer");
}

/**
 * Looks through a packed tutor.
 * @param {Packed} packed what a `tutor.json` holds, parsed
 * @returns {Packed} the same
 * @throws {Error} one line that says what is wrong with it
 */
function checked(packed) {
  if (packed === null || typeof packed !== "object" || Array.isArray(packed)) refuse("this is no packed tutor");
  const format = JSON.stringify(packed.format) ?? "none";
  if (packed.format !== FORMAT) refuse(`format ${format}; this tutor.js reads format ${FORMAT}`);
  if (!one((whole) => checksum(whole))(packed)) refuse("it is nested too deeply");
  if (packed.checksum !== checksum(packed)) refuse("the checksum is another: the file was cut or changed");
  const [k, m] = readCurriculum(packed.curriculum);
  readSchedule(packed.schedule);
  const names = readBelief(packed, k, m);
  section(packed.ladders, "ladders", {
    items: list((ladder) => wholes(null, 0, m - 1)(ladder) && ladder.length > 0, k),
    shown: wholes(k, 0, m),
  });
  section(packed.fallback, "fallback", {
    right_in_a_row: (x) => isWhole(x, 1, 100),
    lessons: (x) => isWhole(x, 1, 1e6),
  });
  readPolicy(packed, names, k, m, packed.schedule.finish);
  return packed;
}

// scorer.js

/**
 * A learnt teacher: one small network scores every item that may be shown now; the largest score is shown.
 * Its numbers are 32-bit floats, and are rounded after every step as they were when it was trained.
 */


const { fround } = Math;
const GAINS = GRID; // where the gain of what is neither known nor open stands, behind the levels of belief

class Scorer {
  /** @param {Packed} packed */
  constructor(packed) {
    const { policy } = packed;
    this.policy = policy;
    this.count = packed.curriculum.items.length;
    this.skills = packed.curriculum.items.map((item) => item.skills);
    this.horizon = packed.schedule.horizon;
    const rounded = (rows) => rows.map((row) => Float32Array.from(row));
    this.ofItem = rounded(policy.of_item);
    this.ofRow = rounded(policy.of_row);
    this.ofStudent = rounded(policy.of_student);
    this.ofPredicted = rounded(policy.of_predicted);
    this.layers = policy.layers.map((layer) => ({
      weight: rounded(layer.weight),
      bias: Float32Array.from(layer.bias),
    }));
    this.hidden = this.ofItem[0].length;
    const told = policy.right[0].length > GRID;
    this.bugs = told ? Array.from({ length: packed.observation.bugs }, (_, b) => `bug_${b + 1}`) : [];
    this.isJoint = packed.belief.kind !== "bkt" && packed.observation.columns.some(({ name }) => name === "open");
  }

  /**
   * @param {Seen} seen
   * @returns {{item: number, score: number, second: {item: number, score: number} | null}}
   */
  choose(seen) {
    const actions = this.candidates(seen);
    const student = this.student(seen, actions.length);
    const byStudent = weighted(student, this.ofStudent, new Float32Array(this.hidden));
    const rows = new Map();
    const byRow = new Map();
    for (const a of actions) {
      for (const k of this.skills[a] ?? []) {
        if (!rows.has(k)) {
          rows.set(k, this.row(seen, k));
          byRow.set(k, weighted(rows.get(k), this.ofRow, new Float32Array(this.hidden)));
        }
      }
    }
    const scores = actions.map((a) => this.score(a, rows, byRow, byStudent, seen));
    return bestOf(scores, actions);
  }

  /** What is scored: prerequisites believed known, not all believed known; else everything that is allowed. */
  candidates(seen) {
    const { at } = seen;
    const { ready, done } = this.policy;
    const isReady = (k) => seen.raw(k, at.ready) >= ready;
    const isDone = (k) => seen.raw(k, at.belief) >= done;
    const all = this.skills.map((_, a) => a);
    const open = all.filter((a) => this.skills[a].every(isReady) && !this.skills[a].every(isDone));
    return [...(open.length > 0 ? open : all), ...(seen.mayFinish ? [this.count] : [])];
  }

  /** What is said of all skills together. */
  student(seen, scored) {
    const { at, rows } = seen;
    let [total, unknown, tries, right] = [0, 0, 0, 0];
    for (let k = 0; k < rows; k += 1) {
      const b = seen.raw(k, at.belief);
      total = fround(total + b);
      if (at.tries >= 0) tries += seen.raw(k, at.tries) * this.horizon;
      if (at.successes >= 0) right += seen.raw(k, at.successes) * this.horizon;
      unknown += this.isJoint ? seen.raw(k, at.open) : fround((1 - b) * seen.raw(k, at.ready));
    }
    const actions = this.count + (seen.plan.finish ? 1 : 0);
    return Float32Array.of(total / rows, unknown / rows, scored / actions, (right + 1) / (tries + 2));
  }

  /** A skill's row of the table, with what is derived from it. */
  row(seen, k) {
    const { at, width } = seen;
    const { children, kept } = this.policy;
    const row = new Float32Array(width + 6);
    for (let j = 0; j < width; j += 1) row[j] = seen.raw(k, j);
    const b = seen.raw(k, at.belief);
    let opens = 0;
    for (const child of children[k]) {
      const others = Math.min(fround(seen.raw(child, at.ready) / Math.max(b, fround(0.05))), 1);
      if (this.isJoint) {
        const locked = Math.max(1 - seen.raw(child, at.belief) - seen.raw(child, at.open), 0);
        opens += Math.min(locked / Math.max(1 - seen.raw(child, at.ready), 1e-3), 1) * others;
      } else opens += (1 - seen.raw(child, at.belief)) * others;
    }
    const left = at.time_left >= 0 ? seen.raw(0, at.time_left) : 0.5;
    const tries = at.tries >= 0 ? seen.raw(k, at.tries) * this.horizon : 0;
    const right = at.successes >= 0 ? seen.raw(k, at.successes) * this.horizon : 0;
    row[width] = this.isJoint ? seen.raw(k, at.open) : (1 - b) * seen.raw(k, at.ready);
    row[width + 1] = opens * (1 - b);
    row[width + 2] = between(kept[k], left);
    row[width + 3] = tries / (tries + 3);
    row[width + 4] = (tries - right) / (tries - right + 3);
    row[width + 5] = (right + 1) / (tries + 2);
    return row;
  }

  /** What the tutor's belief predicts for one item, from the mean of the rows of its skills. */
  predicted(a, rows, { at, width }) {
    const { gain, right, log_cost: cost } = this.policy;
    let [ready, known, lasts, opened] = [Infinity, 0, 0, 0];
    for (const k of this.skills[a]) {
      const row = rows.get(k);
      ready = Math.min(ready, row[at.ready]);
      known = fround(known + row[at.belief]);
      lasts = fround(lasts + row[width + 2]);
      if (this.isJoint) opened = fround(opened + row[at.open]);
    }
    const count = this.skills[a].length;
    if (count > 1) [known, lasts, opened] = [fround(known / count), fround(lasts / count), fround(opened / count)];
    const logReady = Math.log(Math.max(Math.min(ready, 1), fround(0.01)));
    if (this.bugs.length > 0) {
      const [promised, chance] = this.byBug(a, rows, at, { known, ready, opened });
      const level = Math.log(promised + 1e-3);
      return Float32Array.of(promised, level, level - cost[a], chance, promised * lasts, logReady);
    }
    const expected = this.isJoint
      ? between(gain[a], 1 - opened) + gain[a][GAINS] * Math.max(1 - known - opened, 0)
      : Math.max(between(gain[a], known), 0) * Math.min(ready, 1);
    const level = Math.log(expected + 1e-3);
    return Float32Array.of(expected, level, level - cost[a], between(right[a], known), expected * lasts, logReady);
  }

  /** Gain and chance of a right answer where bugs are told apart, as likely wherever a skill is not known. */
  byBug(a, rows, at, { known, ready, opened }) {
    const numbers = this.policy.right[a];
    const { bugs } = this;
    let [wrong, left, chance] = [0, 0, 0];
    bugs.forEach((name, b) => {
      let here = 0;
      for (const k of this.skills[a]) here += rows.get(k)[at[name]];
      here /= this.skills[a].length;
      wrong += here;
      left += here * numbers[GRID + 1 + b];
      chance += here * numbers[GRID + 2 + bugs.length + b];
    });
    const learns = numbers[GRID];
    const later = numbers[GRID + 2 + 2 * bugs.length];
    const closed = Math.max(1 - known - opened, 0);
    const share = wrong > 0 ? Math.min(ready, opened / wrong) : 0;
    const rest = wrong > 0 ? Math.min(Math.max(1 - share, 0), closed / wrong) : 0;
    const now = Math.max(opened - share * wrong, 0) * learns + share * left;
    const promised = now + later * (Math.max(closed - rest * wrong, 0) * learns + rest * left);
    const none = Math.max(1 - known - wrong, 0);
    return [promised, chance + known * numbers[GRID - 1] + none * numbers[GRID + 1 + bugs.length]];
  }

  score(a, rows, byRow, byStudent, seen) {
    const { hidden, ofItem, ofPredicted: w } = this;
    const skills = this.skills[a] ?? [];
    let row = byRow.get(skills[0]);
    if (skills.length !== 1) {
      row = new Float32Array(hidden);
      for (const k of skills) for (let j = 0; j < hidden; j += 1) row[j] += byRow.get(k)[j];
      for (let j = 0; j < hidden && skills.length > 0; j += 1) row[j] /= skills.length;
    }
    const p = skills.length > 0 ? this.predicted(a, rows, seen) : new Float32Array(6);
    let x = new Float32Array(hidden);
    for (let j = 0; j < hidden; j += 1) {
      const shared = fround(fround(ofItem[a][j] + byStudent[j]) + row[j]);
      const early = fround(fround(fround(p[0] * w[0][j]) + fround(p[1] * w[1][j])) + fround(p[2] * w[2][j]));
      const late = fround(fround(fround(p[3] * w[3][j]) + fround(p[4] * w[4][j])) + fround(p[5] * w[5][j]));
      x[j] = Math.max(fround(fround(shared + early) + late), 0);
    }
    this.layers.forEach(({ weight, bias }, layer) => {
      x = weighted(x, weight, bias);
      if (layer < this.layers.length - 1) for (let j = 0; j < x.length; j += 1) x[j] = Math.max(x[j], 0);
    });
    const { prior, preferred } = this.policy;
    const liked = fround(fround(p[preferred[0]] * fround(prior[0])) + fround(p[preferred[1]] * fround(prior[1])));
    return fround(x[0] + liked);
  }
}

/**
 * One layer: each number is summed over the inputs in their order.
 * @param {Float32Array} x
 * @param {Float32Array[]} weight a row for every input
 * @param {Float32Array} bias
 * @returns {Float32Array}
 */
function weighted(x, weight, bias) {
  const out = bias.slice();
  for (let k = 0; k < x.length; k += 1) {
    for (let j = 0; j < out.length; j += 1) out[j] += fround(x[k] * weight[k][j]);
  }
  return out;
}

// tuned_index.js

/**
 * A score for every item, a weighted sum of what the tutor knows of it for this student; the largest is shown.
 */


/** The mean over an item's skills. */
function meanOver(values, skills) {
  let total = 0;
  for (const k of skills) total += values[k];
  return total / skills.length;
}

class TunedIndex {
  /**
   * @param {Packed} packed
   * @param {Predictions} predictions
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
   * @param {Seen} seen
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

// tutor.js

/**
 * A packed tutor: what it believes about one pupil, and which item it would show next.
 *
 * @typedef {{item: number, correct?: boolean, option?: number, minutes?: number, hints?: number, day?: number}} Lesson
 *   one lesson: the item's number; whether the answer was right, where the item asks; which option was chosen, 0 for
 *   the right one; how long it took (else as long as the item usually does); hints asked for; the day that it was on
 * @typedef {{item: number | null, name: string, finish: boolean, by: "policy" | "fallback", reason: string,
 *   why: Why | null, asks: boolean, minutes: number, approach: string}} Choice
 *   an item, what kind it is, whether it asks for an answer and how long it usually takes; why: null by the fallback
 * @typedef {{score: number | null, second: {item: number | null, name: string, score: number} | null,
 *   rule: string | null, gain: number, right: number, skills: {skill: number, name: string, known: number,
 *   ready: number}[]}} Why
 */


const KINDS = { bkt: Tracing, graph: Graph, misconceptions: Misconceptions };
const CHOOSERS = { mastery: Mastery, scorer: Scorer, tuned_index: TunedIndex };
const FINISH = "finish";
const MOST_OPTIONS = 10;
const PARTS = ["item", "correct", "option", "minutes", "hints", "day"];

class Tutor {
  /**
   * @param {Packed} packed what a `tutor.json` holds, parsed; it is left as it is
   * @throws {Error} one line that says what is wrong with it
   */
  constructor(packed) {
    this.packed = checked(packed);
    this.predictions = new Predictions(packed);
    this.believer = new KINDS[packed.belief.kind](packed);
    this.chooser = new CHOOSERS[packed.policy.kind](packed, this.predictions);
    this.seen = new Seen(packed);
    this.reset();
  }

  /**
   * A tutor that has seen these lessons on these days.
   * @param {Packed} packed
   * @param {(Lesson | {day: number})[]} history what `tutor.history` said
   * @returns {Tutor}
   */
  static after(packed, history) {
    if (!Array.isArray(history)) throw new Error("history must be a list, as tutor.history is");
    const tutor = new Tutor(packed);
    for (const event of history) {
      if (event?.item === undefined && event?.day !== undefined) tutor.goTo(event.day);
      else tutor.record(event);
    }
    return tutor;
  }

  /** Begins anew, with somebody whom nobody knows. */
  reset() {
    /** @type {(Lesson | {day: number})[]} */
    this.events = [];
    this.believer.reset();
    this.seen.reset(this.believer);
  }

  /**
   * Every lesson so far, and every new day that was told, as data to be kept: a copy, which no later lesson changes.
   * @returns {(Lesson | {day: number})[]}
   */
  get history() {
    return this.events.map((event) => ({ ...event }));
  }

  /**
   * What to show next.
   * @param {{day?: number}} [now] which day it is, counted from the first lesson; without it days pass as in the plan
   * @returns {Choice}
   */
  next({ day } = {}) {
    if (day !== undefined) this.goTo(day);
    if (this.seen.over) return this.fallback("the time of the plan is over");
    if (!this.isSound()) return this.fallback("the answers fit nothing that this tutor can believe");
    const { item, score = null, second = null, rule = null } = this.chooser.choose(this.seen);
    const count = this.packed.curriculum.items.length;
    const named = (m) => (m === null || m === count ? { item: null, name: FINISH } : { item: m, name: this.nameOf(m) });
    const none = { asks: false, minutes: 0, approach: FINISH };
    const why = { score, second: second && { ...named(second.item), score: second.score }, rule };
    const chosen = named(item);
    const kind = chosen.item === null ? none : this.kindOf(chosen.item);
    return { ...chosen, ...kind, finish: chosen.item === null, by: "policy", reason: "", why: this.explained(why, chosen.item) };
  }

  /**
   * Takes in one lesson.
   * @param {Lesson} lesson
   * @throws {Error} a lesson that there cannot be; nothing has changed then
   */
  record(lesson) {
    const { item, day, ...outcome } = this.read(lesson);
    if (day !== undefined) this.goTo(day);
    this.believer.update(item, outcome);
    const passed = this.seen.count(item, outcome);
    if (passed > 0) {
      this.believer.elapse(passed);
      this.seen.elapse(passed);
    }
    this.seen.show(this.believer);
    this.events.push(this.seen.told ? { ...lesson, day: this.seen.day } : { ...lesson });
  }

  /**
   * What is believed of every skill.
   * @returns {{skill: number, name: string, known: number, ready: number, open: number, bugs: number[]}[]}
   */
  belief() {
    const { known, ready, open, bugs } = this.believer;
    const { skills, prerequisites } = this.packed.curriculum;
    return skills.map((name, k) => {
      const here = ready ? ready[k] : allOf(known, prerequisites[k]);
      const count = bugs ? bugs.length / skills.length : 0;
      const wrong = bugs ? Array.from(bugs.subarray(k * count, (k + 1) * count)) : [];
      const opened = open ? open[k] : (1 - known[k]) * here;
      return { skill: k, name, known: known[k], ready: here, open: opened, bugs: wrong };
    });
  }

  /**
   * Where the teaching stands.
   * @returns {{lesson: number, session: number, day: number, used: number, over: boolean}}
   */
  clock() {
    const { lesson, session, day, used, over } = this.seen;
    return { lesson, session, day, used, over };
  }

  /** Lets the days pass until this one. */
  goTo(day) {
    if (!Number.isFinite(day) || day < this.seen.day) {
      throw new Error(`day ${day} must be a number of at least ${this.seen.day}, the day that it is`);
    }
    this.seen.told = true;
    const days = day - this.seen.day;
    if (days > 0) {
      this.believer.elapse(days);
      this.seen.elapse(days);
      this.seen.show(this.believer);
      this.events.push({ day });
    }
  }

  /** Looks through a lesson. */
  read(lesson) {
    const { items } = this.packed.curriculum;
    const { item, correct, option = -1, minutes, hints = 0, day, ...others } = lesson ?? {};
    const unless = (holds, text) => {
      if (!holds) throw new Error(`this lesson cannot have been: ${text}`);
    };
    const [other] = Object.keys(others);
    unless(other === undefined, `it has ${JSON.stringify(other)}, which is none of ${PARTS.join(", ")}`);
    const among = (value, low, high) => Number.isInteger(value) && value >= low && value <= high;
    const atLeast = (value, low) => value === undefined || (Number.isFinite(value) && value >= low);
    unless(among(item, 0, items.length - 1), `item must be a number from 0 to ${items.length - 1}`);
    const { asks, name, minutes: usual } = items[item];
    if (asks) unless(typeof correct === "boolean", `correct must be true or false, because '${name}' asks`);
    else unless(correct === undefined, `correct must be left out, because '${name}' asks nothing`);
    const last = (this.packed.belief.options ?? MOST_OPTIONS) - 1;
    unless(among(option, -1, last), `option must be a number from 0 to ${last}`);
    unless(option < 0 || (option === 0) === correct, "option 0 is the right one, and no other");
    unless(atLeast(minutes, 0), "minutes must be a number of at least 0");
    unless(among(hints, 0, Infinity), "hints must be a whole number of at least 0");
    unless(atLeast(day, this.seen.day), `day must be a number of at least ${this.seen.day}`);
    return { item, answered: asks, correct: correct === true, option, minutes: minutes ?? usual, hints, day };
  }

  /** Whether everything that is believed is a probability. */
  isSound() {
    return this.believer.known.every((p) => p >= 0 && p <= 1) && this.seen.table.every(Number.isFinite);
  }

  kindOf(m) {
    const { asks, minutes, approach } = this.packed.curriculum.items[m];
    return { asks, minutes, approach };
  }

  nameOf(m) {
    return this.packed.curriculum.items[m].name;
  }

  /** @returns {Choice} */
  fallback(reason) {
    const item = fallbackItem(this.packed, this.seen);
    return { item, name: this.nameOf(item), ...this.kindOf(item), finish: false, by: "fallback", reason, why: null };
  }

  /** Numbers of the chosen item beside those of the choice. */
  explained(why, item) {
    if (item === null) return { ...why, gain: 0, right: 0, skills: [] };
    const { skills } = this.packed.curriculum;
    const believed = this.seen.believed();
    const of = (k) => ({ skill: k, name: skills[k], known: believed.known[k], ready: believed.ready[k] });
    return {
      ...why,
      gain: this.predictions.gains(believed)[item],
      right: this.predictions.right(believed)[item],
      skills: this.packed.curriculum.items[item].skills.map(of),
    };
  }
}

export { FORMAT, Tutor, checksum };
