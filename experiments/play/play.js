// The part of zpdgym's report that somebody plays with. It needs nothing else and asks no network.
// Made of modules by zpdgym (MIT licence).

// made.js

/**
 * Elements of a page. Names come from people's files: text is never read as markup.
 */

/**
 * An element with text and children.
 * @param {string} name
 * @param {{text?: string, dir?: string, [attribute: string]: string | number | undefined}} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
function made(name, { text, dir, ...attributes } = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(key, String(value));
  }
  if (dir) element.dir = dir;
  if (text !== undefined) element.textContent = text;
  element.append(...children);
  return element;
}

// words.js

/**
 * Sentences with names in them. A sentence is a list of texts and of names, which stand apart from the text around them.
 *
 * @typedef {string | {name: string}} Part
 */


/** The language of the page: sentences by their English ones, and which form goes with a number. */
let language = { said: {}, forms: [] };

/** @param {{said: Record<string, string | string[]>, forms: number[]} | undefined} spoken undefined: English */
function speak(spoken) {
  if (spoken) language = spoken;
}

/** The same: it marks sentences that are written here and said elsewhere. */
const texts = (marked) => marked;

/**
 * A sentence in the language of the page, with names in it.
 * @param {string} message the English sentence, written out, with {names} in braces for its parts
 * @param {Record<string, string | number | Part | Part[]>} [parts]
 * @returns {Part[]}
 */
function sentence(message, parts = {}) {
  const known = language.said[message] ?? message;
  return (Array.isArray(known) ? known[0] : known).split(/(\{\w+\})/).flatMap((piece) => {
    const put = /^\{\w+\}$/.test(piece) ? parts[piece.slice(1, -1)] : piece;
    return typeof put === "number" ? String(put) : put;
  });
}

/** A sentence without names that stand apart. */
const tr = (message, parts = {}) => plain(sentence(message, parts));

/** A sentence about a number of things, in the form that goes with it; {n} is the number. */
function trMany(one, many, n, parts = {}) {
  const forms = language.said[one];
  const form = language.forms[n < language.forms.length ? n : (n % 100) + 100];
  return tr(forms ? forms[form] : n === 1 ? one : many, { n, ...parts });
}

/** @param {number} p a share */
const inPercent = (p) => `${p >= 0.9 && p < 0.9995 ? (100 * p).toFixed(1).replace(".0", "") : Math.round(100 * p)}\u00a0%`;

/** @param {string} name */
const named = (name) => ({ name });

/**
 * Names in a row: “a”, “b” and “c”.
 * @param {string[]} names
 * @returns {Part[]}
 */
function listed(names) {
  const each = names.map((name) => sentence("“{name}”", { name: named(name) }));
  return each.reduce((some, last, i) => {
    if (i === 0) return last;
    return i < each.length - 1 ? sentence("{some}, {next}", { some, next: last }) : sentence("{some} and {last}", { some, last });
  }, []);
}

/**
 * @param {Part[]} parts
 * @returns {string}
 */
const plain = (parts) => parts.map((part) => (typeof part === "string" ? part : part.name)).join("");

/** A text with a capital letter. */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * An element that says a sentence.
 * @param {string} element
 * @param {Part[]} parts
 * @param {Record<string, string>} [attributes]
 */
function said(element, parts, attributes = {}) {
  return made(element, attributes, ...nodes(parts));
}

/** @param {Part[]} parts */
function nodes(parts) {
  return parts.map((part) => (typeof part === "string" ? part : made("bdi", { text: part.name })));
}

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

// pupil.js

/**
 * Somebody is the pupil: the tutor shows an item, they say how it went, and see what it believes now.
 */


const STEPS = [
  [0.95, texts("known")], [0.8, texts("nearly known")], [0.5, texts("familiar")], [0.2, texts("beginning")], [0, texts("not yet")],
];
const SHOWN = {
  practice: texts("a question"), example: texts("a worked example"), explanation: texts("an explanation"),
  guided: texts("guided questions"),
};
const RULED = {
  review: texts("It is time to come back to this skill."),
  next: texts("This is the next skill that is not believed known."),
  weakest: texts("All skills are believed known, and this one least of all."),
};
const HAND = { right: "r", wrong: "w", read: "r", undo: "u" };
const NAMES_ONLY = texts("The items’ texts are not here, only their names: imagine the question, and say how it went.");
const GONE = texts("What you answer stays on this page and is gone with it; nothing is sent.");

class Pupil {
  /**
   * @param {Packed} packed
   * @param {string} heading the element of its headings, by what stands above them
   */
  constructor(packed, heading) {
    this.packed = packed;
    this.heading = heading;
    this.tutor = new Tutor(packed);
    this.item = made(heading, { class: "pupil-head pupil-item" });
    this.about = made("p");
    this.buttons = made("div", { class: "pupil-answers", role: "group", "aria-label": tr("What happens") });
    this.why = made("ul");
    this.clock = made("p", { class: "pupil-clock" });
    this.past = made("ol", { reversed: "", tabindex: 0 });
    this.element = made("div", { class: "pupil" }, made("p", { text: `${tr(NAMES_ONLY)} ${tr(GONE)}` }), this.now(), this.map(), this.lessons());
    this.show();
  }

  /** Where the tutor shows an item. */
  now() {
    const why = made("details", { open: "" }, made("summary", { text: tr("Why this?") }), this.why);
    const shown = { class: "pupil-now", "aria-live": "polite", "aria-label": tr("The item now") };
    return made("section", shown, made("p", { text: tr("The tutor shows you:") }), this.item, this.about, this.buttons, why);
  }

  /** What the tutor believes of every skill. */
  map() {
    const { skills } = this.packed.curriculum;
    this.rows = skills.map((name) => {
      const bar = made("progress", { max: 1, "aria-label": name });
      const level = made("td");
      const row = made("tr", {}, made("th", { scope: "row", dir: "auto", text: name }), made("td", {}, bar), level);
      return { row, bar, level };
    });
    const heads = [made("th", { scope: "col", text: tr("skill") }), made("th", { scope: "col", colspan: 2, text: tr("believed known") })];
    const table = made("table", {}, made("thead", {}, made("tr", {}, ...heads)), made("tbody", {}, ...this.rows.map(({ row }) => row)));
    const title = trMany("What the tutor believes of your {n} skill", "What the tutor believes of your {n} skills", skills.length);
    return made("section", { class: "pupil-map", "aria-label": tr("What the tutor believes") }, made(this.heading, { class: "pupil-head", text: title }), table);
  }

  lessons() {
    const label = { class: "pupil-past", "aria-label": tr("The lessons so far") };
    return made("section", label, made(this.heading, { class: "pupil-head", text: tr("So far") }), this.clock, this.past);
  }

  /** How a lesson with this item may have gone: what each button says, its key, and what is recorded. */
  answers(item) {
    const { belief, curriculum } = this.packed;
    if (!curriculum.items[item].asks) return [[tr("I have read it"), HAND.read, { item }]];
    const right = [tr("I get it right"), HAND.right, { item, correct: true }];
    if (belief.kind !== "misconceptions" || !belief.options_seen) {
      return [right, [tr("I get it wrong"), HAND.wrong, { item, correct: false }]];
    }
    right[2].option = 0;
    const mistakes = Array.from({ length: belief.bugs }, (_, b) => b + 1);
    const wrong = mistakes.map((b) => [tr("I make its mistake {number}", { number: b }), String(b), { item, correct: false, option: b }]);
    const another = [tr("I get it wrong in another way"), HAND.wrong, { item, correct: false, option: belief.bugs + 1 }];
    return [right, ...wrong, ...(belief.options > belief.bugs + 1 ? [another] : [])];
  }

  /** What kind of item it is, how long it takes and what it is on. */
  kind({ approach, minutes, skills }) {
    const on = listed(skills.map((k) => this.packed.curriculum.skills[k]));
    const what = SHOWN[approach] === undefined ? approach : tr(SHOWN[approach]);
    return sentence("{what}, {minutes} min, on {skills}", { what, minutes, skills: on });
  }

  /** Why this item, in sentences. */
  reasons({ by, reason, why, item }) {
    if (by === "fallback") return [sentence("The tutor cannot choose, because {reason}; it goes through the curriculum.", { reason })];
    const found = why.rule in RULED ? [sentence(RULED[why.rule])] : [];
    if (why.second?.name) {
      found.push(sentence("Of all items this one has the largest score; behind it comes “{other}”.", { other: named(why.second.name) }));
    }
    for (const { skill, name, known, ready } of why.skills) {
      const builds = this.packed.curriculum.prerequisites[skill].length > 0;
      const parts = { known: inPercent(known), ready: inPercent(ready), skill: named(name) };
      found.push(builds
        ? sentence("The tutor is {known} sure that you know “{skill}”, and {ready} sure that you know all that it builds on.", parts)
        : sentence("The tutor is {known} sure that you know “{skill}”.", parts));
    }
    if (this.packed.curriculum.items[item].asks) found.push(sentence("It gives a right answer a chance of {chance}.", { chance: inPercent(why.right) }));
    return found;
  }

  show() {
    const choice = this.tutor.next();
    const { curriculum, schedule } = this.packed;
    const item = choice.finish ? null : curriculum.items[choice.item];
    const on = item ? item.skills : [];
    const focus = document.activeElement?.dataset?.key;
    this.item.replaceChildren(...nodes(item ? [named(item.name)] : sentence("The tutor would end the teaching here.")));
    this.about.replaceChildren(...nodes(item ? this.kind(item) : []));
    const reasons = item ? this.reasons(choice) : [];
    this.why.replaceChildren(...reasons.map((parts) => made("li", {}, ...nodes(parts))));
    const buttons = (item ? this.answers(choice.item) : []).map(([text, key, lesson]) => {
      return this.button(text, key, () => this.tutor.record(lesson));
    });
    if (this.tutor.events.length > 0) {
      buttons.push(this.button(tr("Take back"), HAND.undo, () => this.goBack()));
      buttons.push(this.button(tr("Begin anew"), "", () => this.tutor.reset()));
    }
    this.buttons.replaceChildren(...buttons);
    if (focus !== undefined) (buttons.find((one) => one.dataset.key === focus) ?? buttons[0])?.focus();
    this.tutor.belief().forEach(({ known }, k) => this.level(k, known, on.includes(k)));
    const { lesson, session, day, used } = this.tutor.clock();
    const left = Math.max(Math.round(10 * (schedule.total - used)) / 10, 0);
    const when = { session: Math.min(session + 1, schedule.sessions), sessions: schedule.sessions, day: Math.floor(day) + 1, lesson, left };
    this.clock.textContent = schedule.by_minutes
      ? tr("Session {session} of {sessions}, day {day}. Lessons so far: {lesson}. Left of the plan: {left} minutes.", when)
      : tr("Session {session} of {sessions}, day {day}. Lessons so far: {lesson}. Left of the plan: {left} lessons.", when);
    this.tell();
  }

  /** What is believed of a skill, in a bar and in words. */
  level(k, known, now) {
    const { row, bar, level } = this.rows[k];
    bar.value = known;
    const word = `${inPercent(known)}, ${tr(STEPS.find(([from]) => known >= from)[1])}`;
    level.textContent = now ? `${word} ← ${tr("now")}` : word;
    if (now) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }

  /** The lessons so far, the last one first. */
  tell() {
    const { items } = this.packed.curriculum;
    const lines = this.tutor.history.filter(({ item }) => item !== undefined).map(({ item, correct, option }) => {
      const how = correct === undefined ? tr("read") : correct ? tr("right") : option > 0 ? tr("wrong, option {option}", { option }) : tr("wrong");
      return made("li", {}, ...nodes([named(items[item].name), `: ${how}`]));
    });
    this.past.replaceChildren(...lines.reverse());
  }

  button(text, key, act) {
    const button = made("button", { type: "button", "data-key": key, text });
    if (key) button.append(" ", made("kbd", { text: key.toUpperCase() }));
    button.addEventListener("click", () => {
      act();
      this.show();
    });
    return button;
  }

  goBack() {
    this.tutor = Tutor.after(this.packed, this.tutor.history.slice(0, -1));
  }

  /**
   * A key: R, W and so on press the buttons that they stand on.
   * @param {KeyboardEvent} event
   */
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const buttons = [...this.buttons.children];
    buttons.find((one) => one.dataset.key && one.dataset.key === event.key.toLowerCase())?.click();
  }
}

// be.js

/**
 * The reader is the pupil: the tutor runs in the page.
 */


const ALONE = texts("This tutor alone, in a page of its own and as data for a page of yours, with the folder that this page lies in:");
const TRIED = texts("This tutor was made with simulated students and was not validated with pupils.");

/** @param {{packed?: Packed, unpacked?: string, pack?: string}} world */
function bePupil(world) {
  const command = world.pack ? [made("p", { class: "play-note" }, tr(ALONE), " ", made("code", { text: world.pack }))] : [];
  if (!world.packed) {
    const why = made("span", { lang: "en", text: world.unpacked });
    return { element: made("div", {}, made("p", {}, tr("This tutor is not in the page:"), " ", why, "."), ...command) };
  }
  const pupil = new Pupil(world.packed, "h4");
  const element = made("div", {}, made("p", { class: "play-caution", text: tr(TRIED) }), pupil.element, ...command);
  element.addEventListener("keydown", (event) => pupil.pressed(event));
  return { element };
}

// codes.js

/**
 * Reads what experiments/play/codes.py writes: numbers and maps as short texts.
 */

const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const FINEST = SIGNS.length ** 2 - 1;

/**
 * Shares of two signs each, in rows.
 * @param {string} text
 * @param {number} width how many there are in a row
 * @returns {number[][]}
 */
function sharesOf(text, width) {
  const found = [];
  for (let at = 0; at < text.length; at += 2 * width) {
    const row = [];
    for (let k = 0; k < width; k += 1) {
      const place = at + 2 * k;
      row.push((SIGNS.length * SIGNS.indexOf(text[place]) + SIGNS.indexOf(text[place + 1])) / FINEST);
    }
    found.push(row);
  }
  return found;
}

/**
 * What is known at every time, from what changes: time, skill, time, skill, …
 * @param {number[]} changes
 * @param {number} width how many skills there are
 * @param {number} times
 * @returns {boolean[][]}
 */
function knownOf(changes, width, times) {
  const now = Array(width).fill(false);
  const found = [];
  let at = 0;
  for (let t = 0; t < times; t += 1) {
    for (; at < changes.length && changes[at] === t; at += 2) now[changes[at + 1]] = !now[changes[at + 1]];
    found.push([...now]);
  }
  return found;
}

/**
 * The value of every time, from where each begins.
 * @param {number[][]} starts (time, value)
 * @param {number} times
 * @returns {number[]}
 */
function spreadOut(starts, times) {
  const found = [];
  let at = -1;
  for (let t = 0; t < times; t += 1) {
    while (at + 1 < starts.length && starts[at + 1][0] <= t) at += 1;
    found.push(starts[at][1]);
  }
  return found;
}

// controls.js

/**
 * Buttons and choices that keys and screen readers know.
 */


/**
 * @param {string} text
 * @param {() => void} act
 * @returns {HTMLButtonElement}
 */
function button(text, act) {
  const element = /** @type {HTMLButtonElement} */ (made("button", { type: "button", text }));
  element.addEventListener("click", act);
  return element;
}

/**
 * One of several, with a label.
 * @param {string} text
 * @param {string[]} options
 * @param {(i: number) => void} act
 */
function choice(text, options, act) {
  const select = /** @type {HTMLSelectElement} */ (made("select", {}, ...options.map((name, i) => made("option", { value: i, text: name, dir: "auto" }))));
  select.addEventListener("change", () => act(Number(select.value)));
  const element = made("label", { class: "play-label" }, `${text} `, select);
  return {
    element,
    select,
    get value() {
      return Number(select.value);
    },
  };
}

/**
 * Buttons of which one is pressed.
 * @param {string} label
 * @param {string[]} options
 * @param {(i: number) => void} act
 */
function switches(label, options, act) {
  const buttons = options.map((name, i) => button(name, () => press(i)));
  const press = (i) => {
    buttons.forEach((one, j) => one.setAttribute("aria-pressed", String(i === j)));
    act(i);
  };
  return { element: made("div", { class: "play-row", role: "group", "aria-label": label }, ...buttons), press };
}

// counting.js

/**
 * How often the reader chose what the teacher, and what mastery learning, would have taught.
 */


/** What somebody chose, where the teaching might be ended instead of a skill. */
const END = -1;

/**
 * @param {{teacher: number, mastery: number}[]} bets
 * @param {Map<number, number>} chosen the number of the bet, and the skill
 * @returns {{made: number, teacher: number, mastery: number, neither: number}}
 */
function agreement(bets, chosen) {
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
function inWords({ made, teacher, mastery, neither }, beside) {
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

// map.js

/**
 * The map of skills: a box for each, filled as far as it is believed known. It is drawn as wide as its place, so that
 * its letters are as large on a phone as on a screen.
 */


const SVG = "http://www.w3.org/2000/svg";
const NARROW = 400; // pixels
const GAP = 8;
const LETTER = 6.2; // pixels that a letter of the map takes, on average
const LINE = 13;
const LINES = 2;

/** An element of a drawing. */
function drawn(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/**
 * A name in lines of at most so many letters; what does not fit ends in an ellipsis.
 * @param {string} name
 * @param {number} letters
 * @param {number} most
 * @returns {string[]}
 */
function wrapped(name, letters, most) {
  const lines = [""];
  for (const word of name.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length <= letters || lines.at(-1) === "") lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const kept = lines.length > most ? [...lines.slice(0, most - 1), lines.slice(most - 1).join(" ")] : lines;
  return kept.map((line) => (line.length <= letters ? line : `${line.slice(0, Math.max(letters - 1, 1)).trimEnd()}…`));
}

/**
 * Where every box stands.
 * @param {number[][]} rows skills from left to right, row by row
 * @param {number} width
 * @param {boolean} dense many skills: one line each
 * @returns {{x: number, y: number, width: number, height: number}[]} by skill
 */
function places(rows, width, dense) {
  const most = Math.max(...rows.map((row) => row.length));
  const wide = (width - GAP * (most - 1) - 4) / most;
  const height = dense ? LINE + 7 : LINES * LINE + 21;
  const found = [];
  rows.forEach((row, r) => {
    const left = 2 + (width - 4 - row.length * wide - (row.length - 1) * GAP) / 2;
    row.forEach((k, i) => (found[k] = { x: left + i * (wide + GAP), y: 2 + r * (height + (dense ? 4 : 12)), width: wide, height }));
  });
  return found;
}

/** @typedef {{belief: number[] | null, known: boolean[] | null, now: number[], marks?: Map<number, string>}} Shown */

class SkillMap {
  /**
   * @param {World} world
   * @param {string} title what it shows, for those who cannot see it
   * @param {((skill: number) => void) | null} [choose] what happens where somebody clicks on a skill
   */
  constructor(world, title, choose = null) {
    this.world = world;
    this.choose = choose;
    this.width = 0;
    /** @type {Shown} */
    this.shown = { belief: null, known: null, now: [] };
    this.element = drawn("svg", { role: "img", "aria-label": title, class: "play-map" });
    this.title = title;
    new ResizeObserver(() => this.fit()).observe(this.element);
  }

  /** Draws it anew where its place has another width. */
  fit() {
    const width = Math.floor(this.element.clientWidth);
    if (width === this.width || width === 0) return;
    this.width = width;
    this.draw();
    this.show(this.shown);
  }

  draw() {
    const { map, skills } = this.world;
    const rows = this.width < NARROW ? map.narrow : map.wide;
    const dense = rows.length > 14;
    const boxes = places(rows, this.width, dense);
    const high = Math.max(...boxes.map((box) => box.y + box.height)) + 3;
    this.element.setAttribute("viewBox", `0 0 ${this.width} ${high}`);
    this.element.setAttribute("height", String(high));
    this.arrows = map.arrows.map(([from, to]) => {
      const [a, b] = [boxes[from], boxes[to]];
      const line = { x1: a.x + a.width / 2, y1: a.y + a.height, x2: b.x + b.width / 2, y2: b.y };
      return { to, line: drawn("line", { ...line, class: "play-arrow" }) };
    });
    this.boxes = boxes.map((box, k) => this.box(skills[k], box, dense, k));
    this.element.replaceChildren(...this.arrows.map(({ line }) => line), ...this.boxes.map(({ group }) => group));
  }

  /** One skill. */
  box(name, { x, y, width, height }, dense, k) {
    const letters = Math.floor((width - 8) / LETTER);
    const level = drawn("rect", { x, y, width: 0, height, class: "play-level" });
    const ring = drawn("rect", { x, y, width, height, rx: 4, class: "play-ring" });
    const square = drawn("rect", { x: x + 5, y: y + height - 13, width: 8, height: 8, class: "play-square" });
    const share = drawn("text", { x: x + width - 5, y: y + height - 5, "text-anchor": "end", class: "play-share" });
    const mark = drawn("text", { x: x + 18, y: y + height - 5, class: "play-mark" });
    const lines = wrapped(name, dense ? letters - 7 : letters, dense ? 1 : LINES);
    const label = lines.map((line, i) => drawn("text", { x: x + (dense ? 17 : 5), y: y + 13 + LINE * i }, line));
    const full = drawn("title", {}, name);
    const back = drawn("rect", { x, y, width, height, rx: 4, class: "play-box" });
    const group = drawn("g", {}, full, back, level, ...label, square, share, mark, ring);
    if (this.choose) {
      group.setAttribute("class", "play-choice");
      group.addEventListener("click", () => this.choose(k));
    }
    return { group, level, ring, square, share, mark, full, width };
  }

  /** @param {Shown} shown */
  show(shown) {
    this.shown = shown;
    if (!this.boxes) return;
    const { belief, known, now, marks } = shown;
    this.boxes.forEach((box, k) => {
      const p = belief ? belief[k] : 0;
      box.level.setAttribute("width", String(box.width * p));
      box.share.textContent = belief ? inPercent(p) : "";
      box.square.classList.toggle("play-known", Boolean(known?.[k]));
      box.ring.classList.toggle("play-now", now.includes(k));
      box.mark.textContent = marks?.get(k) ?? "";
      box.full.textContent = told(this.world.skills[k], belief ? inPercent(p) : "", known ? known[k] : null);
    });
    for (const { to, line } of this.arrows) line.classList.toggle("play-into", now.includes(to));
  }
}

/** A box in words. */
function told(skill, share, known) {
  const belief = share ? tr("believed {share} known", { share }) : tr("no belief");
  if (known === null) return tr("{skill}: {belief}", { skill, belief });
  return known ? tr("{skill}: {belief}, in truth known", { skill, belief }) : tr("{skill}: {belief}, in truth not known", { skill, belief });
}

// bet.js

/**
 * Placing a bet: the reader says which skill they would teach next, and then sees what the two chose, and what came of it.
 */


const INTRO = texts(
  "In these moments the teacher and mastery learning choose differently for the same pupil. You see what the tutor sees. " +
  "Which skill would you teach next?",
);
const HOW = [texts("wrong"), texts("right"), texts("no answer asked for")];
const FILLED = texts("Filled: how far the tutor believes that the pupil knows a skill. A thick frame: what you choose.");
const AFTER = texts("T: the teacher. M: mastery learning. Y: you.");

class Bet {
  /** @param {World} world */
  constructor(world) {
    this.world = world;
    /** @type {Map<number, number>} */
    this.chosen = new Map();
    this.at = 0;
    this.order = [...world.order];
    const ends = world.bets.some((bet) => bet.mastery === END);
    const names = this.order.map((k) => world.skills[k]);
    this.skill = choice(tr("Teach next"), ["…", ...names, ...(ends ? [tr("(end the teaching)")] : [])], () => this.mark());
    this.place = button(tr("Place the bet"), () => this.bet());
    this.further = button(tr("Next moment"), () => this.go(this.at + 1));
    this.map = new SkillMap(world, tr("What the tutor believes at this moment"), (k) => this.choose(k));
    this.head = made("h4", { tabindex: -1 });
    this.past = made("ol");
    this.result = made("div", { "aria-live": "polite", class: "play-result" });
    this.count = made("p", { class: "play-count", "aria-live": "polite" });
    this.legend = made("p", { class: "play-note" });
    const before = made("div", {}, this.head, made("p", { class: "play-note", text: tr("The lessons just before:") }), this.past);
    const map = made("div", { class: "play-beside" }, this.map.element, this.legend);
    const row = made("div", { class: "play-row" }, this.skill.element, this.place, this.further);
    const parts = [before, map, made("div", {}, row, this.result)];
    this.element = made("div", {}, made("p", { text: tr(INTRO) }), this.count, made("div", { class: "play-two" }, ...parts));
    this.go(0);
  }

  /** The skill that is chosen; undefined: none yet. */
  get choice() {
    const i = this.skill.value - 1;
    return i < 0 ? undefined : (this.order[i] ?? END);
  }

  /** Another moment. */
  go(i) {
    const { bets, skills, items } = this.world;
    this.at = i % bets.length;
    const bet = bets[this.at];
    const before = [...bet.before.answers].map((sign, j) => {
      const [name, , on] = items[bet.before.items[j]];
      return said("li", [...listed(on.map((k) => skills[k])), ": ", { name }, ` (${tr(HOW[Number(sign)])})`]);
    });
    const place = { moment: this.at + 1, moments: bets.length, pupil: bet.number, lesson: bet.lesson, day: bet.day };
    this.head.textContent = tr("Moment {moment} of {moments}: pupil {pupil}, before lesson {lesson} (day {day})", place);
    this.past.setAttribute("start", String(bet.before.first));
    this.past.replaceChildren(...before);
    this.belief = sharesOf(bet.belief, skills.length)[0];
    this.skill.select.value = "0";
    if (this.chosen.has(this.at)) this.skill.select.value = String(1 + this.indexOf(this.chosen.get(this.at)));
    this.mark();
    this.tell();
  }

  indexOf(k) {
    return k === END ? this.order.length : this.order.indexOf(k);
  }

  /** A click on the map. */
  choose(k) {
    if (this.chosen.has(this.at)) return;
    this.skill.select.value = String(1 + this.indexOf(k));
    this.mark();
  }

  mark() {
    const { choice: chosen } = this;
    const over = this.chosen.has(this.at);
    this.place.disabled = over || chosen === undefined;
    this.skill.select.disabled = over;
    this.further.hidden = !over || this.world.bets.length < 2;
    this.map.show({ belief: this.belief, known: null, now: chosen >= 0 ? [chosen] : [], marks: over ? this.marks() : undefined });
    this.legend.textContent = over ? `${tr(FILLED)} ${tr(AFTER)}` : tr(FILLED);
  }

  /** Who chose what, on the map. */
  marks() {
    const { teacher, mastery } = this.world.bets[this.at];
    const found = new Map();
    for (const [k, sign] of [[teacher, tr("T")], [mastery, tr("M")], [this.chosen.get(this.at), tr("Y")]]) {
      found.set(k, [found.get(k), sign].filter(Boolean).join(" "));
    }
    return found;
  }

  bet() {
    if (this.choice === undefined) return;
    this.chosen.set(this.at, this.choice);
    this.mark();
    this.tell();
    (this.further.hidden ? this.head : this.further).focus();
  }

  /** What the two chose, and what came of it; nothing before there is a bet. */
  tell() {
    const { bets, beside } = this.world;
    this.count.textContent = inWords(agreement(bets, this.chosen), beside);
    this.result.replaceChildren(...(this.chosen.has(this.at) ? this.told(bets[this.at]).map((parts) => said("p", parts)) : []));
  }

  /** @returns {Part[][]} */
  told(bet) {
    const { world } = this;
    const skill = (k) => ({ skill: listed([world.skills[k]]) });
    const mine = this.chosen.get(this.at);
    const other = capital(world.beside);
    const [item, approach] = world.items[bet.item];
    const tries = bet.tries[bet.teacher];
    const times = tries > 0 ? trMany("taught {n} time before", "taught {n} times before", tries) : tr("never taught before");
    const parts = { teacher: capital(world.ways[0].called), times, approach: world.approaches[approach], item: named(item) };
    const found = [
      mine === END ? sentence("You would end the teaching.") : sentence("You would teach {skill}.", skill(mine)),
      sentence("{teacher} taught {skill} ({times}) by {approach}: {item}.", { ...parts, ...skill(bet.teacher) }),
      bet.mastery === END
        ? sentence("{other} would end the teaching in the same situation.", { other })
        : sentence("{other} would teach {skill} in the same situation.", { other, ...skill(bet.mastery) }),
    ];
    const rule = world.ways[0].rules[bet.rule - 1];
    if (rule && !world.guessed) found.push(sentence("The teacher’s rule: {rule}", { rule }));
    else if (rule && bet.named === bet.teacher) found.push(sentence("Rule {number} of its list decides: {rule}", { number: bet.rule, rule }));
    else if (rule) found.push(sentence("No short rule says why: rule {number} of its list would choose otherwise ({rule})", { number: bet.rule, rule }));
    return [...found, [bet.then.join(" ")]];
  }
}

/** @param {World} world */
function betting(world) {
  if (world.bets.length > 0) return new Bet(world);
  const why = world.beside && world.believed
    ? tr("There is none: both always choose the same skill, as far as the files tell.")
    : tr("There is none: the files do not tell what was believed, or what mastery learning would have done.");
  return { element: said("p", [why]) };
}

// levels.js

/**
 * A class in counts: who is how far, who is flagged.
 *
 * @typedef {{levels: string[], lessons: number[], right: number[], asked: number[], flags: number[], stuck: number[]}} Week
 */


/**
 * How many skills of a pupil are at each level.
 * @param {string} digits the level of every skill
 * @param {number} count how many levels there are
 * @returns {number[]}
 */
function tally(digits, count) {
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
function byLevel(digits, skills, order, count) {
  const found = Array.from({ length: count }, () => /** @type {string[]} */ ([]));
  for (const k of order) found[Number(digits[k])].push(skills[k]);
  return found;
}

/**
 * The class in one sentence.
 * @param {Week} week
 * @param {number} skills
 */
function inShort(week, skills) {
  const mastered = week.levels.reduce((sum, digits) => sum + tally(digits, 5)[0], 0) / week.levels.length;
  const flags = week.flags.length;
  const parts = { mastered: mastered.toFixed(1), skills, flags, pupils: week.levels.length };
  return flags === 0
    ? tr("on average {mastered} of {skills} skills mastered; flagged: nobody", parts)
    : tr("on average {mastered} of {skills} skills mastered; flagged: {flags} of {pupils} pupils", parts);
}

// class.js

/**
 * A class week by week: how far each pupil is believed to be, who is flagged, and stuck in what.
 */


class SchoolClass {
  /** @param {World} world */
  constructor(world) {
    this.world = world;
    this.told = world.class;
    this.way = 0;
    /** @type {Set<number>} whose skills are listed */
    this.open = new Set();
    const { when } = this.told;
    this.slider = made("input", { type: "range", min: 0, max: when.length - 1, value: when.length - 1, step: 1, "aria-label": tr("By the end of") });
    this.slider.addEventListener("input", () => this.show());
    this.sentence = made("p", { class: "play-now-said", "aria-live": "polite" });
    this.body = made("tbody");
    const names = this.told.levels.map(([name]) => capital(name));
    const head = [tr("Pupil"), ...names].map((name) => made("th", { scope: "col", text: name }));
    const table = made("table", { class: "play-class" }, made("thead", {}, made("tr", {}, ...head)), this.body);
    this.who = switches(tr("Who teaches"), world.ways.slice(0, 2).map((way) => capital(way.name)), (i) => {
      this.way = i;
      this.show();
    });
    this.element = made(
      "div", {},
      said("p", [this.rules()], { class: "play-note" }),
      made("div", { class: "play-bar" }, this.who.element, this.slider, this.sentence),
      table,
    );
    this.rows = this.told.groups.map((group, i) => this.row(group, i));
    this.who.press(0);
  }

  /** What the levels and the flags mean. */
  rules() {
    const { levels, stuck, groups } = this.told;
    const least = levels.slice(0, 3).map(([level, p]) => tr("{level} from {share}", { level, share: inPercent(p) })).join(", ");
    return tr(
      "{pupils} simulated pupils, drawn by lot. The numbers count skills, by what the tutor believes: {levels}; below " +
        "that attempted, or not started where it was never taught. ⚑: among the third of all pupils with the lowest share " +
        "of right answers so far, of those with ten answers; stuck in the skill with most wrong answers ({stuck} at " +
        "least) of those below proficient. A flag is a reason to look, not a verdict.",
      { pupils: groups.length, levels: least, stuck },
    );
  }

  row(group, i) {
    const press = made("button", { type: "button", "aria-expanded": "false", text: tr("Pupil {number}", { number: i + 1 }) });
    press.addEventListener("click", () => {
      if (!this.open.delete(i)) this.open.add(i);
      this.show();
    });
    const flag = made("span", { class: "play-flag" });
    const about = made("small", { text: group, dir: "auto" });
    const cells = this.told.levels.map(() => made("td"));
    const row = made("tr", {}, made("th", { scope: "row" }, press, " ", about, flag), ...cells);
    const list = made("td", { colspan: cells.length + 1 });
    const more = made("tr", { class: "play-more" }, list);
    return { press, flag, cells, row, list, more };
  }

  show() {
    const { world, told } = this;
    const at = Number(this.slider.value);
    const week = told.ways[this.way][at];
    const place = { when: told.when[at], teacher: world.ways[this.way].called };
    this.slider.setAttribute("aria-valuetext", told.when[at]);
    this.sentence.textContent = tr("By the end of {when}, under {teacher}: {counts}.", { ...place, counts: inShort(week, world.skills.length) });
    this.rows.forEach((row, i) => this.fill(row, week, i));
    this.body.replaceChildren(...this.rows.flatMap(({ row, more }, i) => (this.open.has(i) ? [row, more] : [row])));
  }

  fill({ press, flag, cells, row, list }, week, i) {
    const { world, told } = this;
    const count = told.levels.length;
    const flagged = week.flags.includes(i);
    tally(week.levels[i], count).forEach((n, level) => {
      cells[level].textContent = String(n);
      cells[level].style.setProperty("--share", String(n / world.skills.length));
    });
    press.setAttribute("aria-expanded", String(this.open.has(i)));
    row.classList.toggle("play-flagged", flagged);
    const stuck = week.stuck[i];
    flag.replaceChildren();
    if (flagged) {
      const where = stuck < 0 ? sentence("⚑ at risk") : sentence("⚑ at risk, stuck in {skill}", { skill: listed([world.skills[stuck]]) });
      flag.append(said("span", where));
    }
    if (!this.open.has(i)) return;
    const taught = trMany("{n} lesson", "{n} lessons", week.lessons[i]);
    const parts = { group: named(told.groups[i]), lessons: taught, right: week.right[i], asked: week.asked[i] };
    const asked = sentence("Group “{group}”. {lessons}, {right} of {asked} answers right.", parts);
    const lists = byLevel(week.levels[i], world.skills, world.order, count);
    const last = count - 1; // of what was not started, the number is enough
    const lines = lists.slice(0, last).flatMap((names, level) => (names.length > 0 ? [said("p", [`${capital(told.levels[level][0])}: `, ...listed(names), "."])] : []));
    const rest = made("p", { text: `${capital(told.levels[last][0])}: ${trMany("{n} skill", "{n} skills", lists[last].length)}.` });
    list.replaceChildren(said("p", asked), ...lines, rest);
  }
}

/** @param {World} world */
function classroom(world) {
  return world.class ? new SchoolClass(world) : { element: made("p", { text: tr("This scenario's files hold no beliefs, so there are no levels to show.") }) };
}

// csv.js

/**
 * Reads a class from a table: alias, skill, right or wrong, date. What cannot be read is said, line by line.
 *
 * @typedef {{alias: string, skill: number, right: boolean, day: number}} Answer day: days since 1970
 */


const SEPARATORS = [",", ";", "\t"];
const YES = ["1", "right", "true", "yes", "correct", "r"];
const NO = ["0", "wrong", "false", "no", "incorrect", "w"];
const HEADS = ["alias", "skill", "right", "date"];
const DAY = 86400000; // milliseconds
const TOLD = 8; // lines that are complained of one by one

/**
 * The cells of a table, quoted or not.
 * @param {string} text
 * @param {string} separator
 * @returns {string[][]}
 */
function cellsOf(text, separator) {
  const rows = [];
  let row = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const sign = text[i];
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[i + 1] === '"') cell += text[(i += 1)];
      else quoted = false;
    } else if (sign === '"' && cell === "") quoted = true;
    else if (sign === separator || sign === "\n") {
      row.push(cell.trim());
      cell = "";
      if (sign === "\n") {
        rows.push(row);
        row = [];
      }
    } else if (sign !== "\r") cell += sign;
  }
  if (cell !== "" || row.length > 0) rows.push([...row, cell.trim()]);
  return rows;
}

/** The day of 2027-01-31 or 31.01.2027; NaN: it is none. */
function dayOf(text) {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  const [y, m, d] = (iso ? iso.slice(1) : dotted ? dotted.slice(1).reverse() : []).map(Number);
  const date = new Date(Date.UTC(y, m - 1, d));
  return date.getUTCMonth() === m - 1 && date.getUTCDate() === d ? date.getTime() / DAY : NaN;
}

const plainly = (text) => text.trim().toLowerCase().replace(/\s+/g, " ");

/**
 * @param {string} text of a file
 * @param {string[]} skills names that are known here
 * @returns {{answers: Answer[], problems: string[]}} in order of days; `problems` is what was left out, and why
 */
function readAnswers(text, skills) {
  const first = text.replace(/^\ufeff/, "");
  const line = first.split("\n", 1)[0];
  const counts = SEPARATORS.map((sign) => line.split(sign).length);
  const [head, ...rows] = cellsOf(first, SEPARATORS[counts.indexOf(Math.max(...counts))]);
  const names = (head ?? []).map(plainly);
  const at = HEADS.map((name) => names.indexOf(name));
  const missing = HEADS.filter((_, i) => at[i] < 0);
  if (missing.length > 0) {
    return { answers: [], problems: [tr("The first line must name the columns {columns}; it lacks {missing}.", { columns: HEADS.join(", "), missing: missing.join(", ") })] };
  }
  const numbers = new Map(skills.map((name, k) => [plainly(name), k]));
  const answers = [];
  const problems = [];
  rows.forEach((row, i) => {
    if (row.every((cell) => cell === "")) return;
    const [alias, skill, right, date] = at.map((j) => row[j] ?? "");
    const k = numbers.get(plainly(skill));
    const day = dayOf(date);
    const told = plainly(right);
    const line = i + 2;
    if (alias === "") problems.push(tr("Line {line}: there is no alias.", { line }));
    else if (k === undefined) problems.push(tr("Line {line}: “{cell}” is no skill of this page.", { line, cell: skill }));
    else if (![...YES, ...NO].includes(told)) {
      problems.push(tr("Line {line}: “{cell}” is neither right nor wrong (1 or 0).", { line, cell: right }));
    } else if (Number.isNaN(day)) problems.push(tr("Line {line}: “{cell}” is no day such as 2027-01-31.", { line, cell: date }));
    else answers.push({ alias, skill: k, right: YES.includes(told), day });
  });
  answers.sort((a, b) => a.day - b.day); // stable: on one day in the order of the file
  const more = problems.length - TOLD;
  return { answers, problems: more > 0 ? [...problems.slice(0, TOLD), trMany("{n} more line was left out.", "{n} more lines were left out.", more)] : problems };
}

// groups.js

/**
 * What the tutor believes of each pupil of a class, who is ready for what, and who lacks the same.
 *
 * @typedef {{alias: string, answers: number, known: number[], ready: number[], lacks: number[], next: number}} Pupil
 */


const FOLLOWERS = { bkt: Tracing, graph: Graph, misconceptions: Misconceptions };

/** From when on a skill counts as known, and as good enough to build on. */
const KNOWN = 0.95;
const BASIS = 0.8;

/**
 * @param {Answer[]} answers in order of days
 * @param {any} own the belief, as experiments/play/own.py writes it
 * @param {number[]} order the skills in the order of the curriculum
 * @returns {Pupil[]} by alias
 */
function classOf(answers, own, order) {
  const byAlias = new Map();
  for (const answer of answers) {
    if (!byAlias.has(answer.alias)) byAlias.set(answer.alias, []);
    byAlias.get(answer.alias).push(answer);
  }
  const last = answers.reduce((day, answer) => Math.max(day, answer.day), -Infinity);
  const aliases = [...byAlias.keys()].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return aliases.map((alias) => {
    const known = believed(byAlias.get(alias), own, last);
    const found = placed(known, own.curriculum.prerequisites, order);
    return { alias, answers: byAlias.get(alias).length, known, ...found };
  });
}

/**
 * @param {Answer[]} answers of one pupil
 * @param {any} own
 * @param {number} until the day on which is asked
 * @returns {number[]} how surely every skill is known then
 */
function believed(answers, own, until) {
  const belief = new FOLLOWERS[own.belief.kind](own);
  let day = answers[0]?.day ?? until;
  for (const { skill, right, day: then } of answers) {
    if (then > day) belief.elapse(then - day);
    day = then;
    belief.update(own.question[skill], { answered: true, correct: right, option: -1 });
  }
  if (until > day) belief.elapse(until - day);
  return Array.from(belief.known);
}

/**
 * What follows from what is known.
 * @param {number[]} known
 * @param {number[][]} parents
 * @param {number[]} order
 * @returns {{ready: number[], lacks: number[], next: number}} skills to learn now; prerequisites that are lacking and
 *   could be learnt now; what mastery learning would teach, -1: all is known
 */
function placed(known, parents, order) {
  const based = (k) => parents[k].every((j) => known[j] >= BASIS);
  const ready = order.filter((k) => known[k] < KNOWN && based(k));
  const needed = new Set(parents.flat());
  const lacks = ready.filter((k) => known[k] < BASIS && needed.has(k));
  return { ready, lacks, next: ready[0] ?? -1 };
}

/**
 * Pupils who lack the same prerequisite.
 * @param {Pupil[]} pupils
 * @param {number[]} order
 * @returns {{skill: number, aliases: string[]}[]} largest group first
 */
function groupsOf(pupils, order) {
  const found = order.map((skill) => ({ skill, aliases: pupils.filter(({ lacks }) => lacks.includes(skill)).map(({ alias }) => alias) }));
  return found.filter(({ aliases }) => aliases.length > 1).sort((a, b) => b.aliases.length - a.aliases.length);
}

// own.js

/**
 * A class of the reader's own, from a table that is read in the page and goes nowhere.
 */


const LARGEST = 5e6; // bytes
const READY = 4; // skills that are listed for a pupil
const CAUTION = texts(
  "Not validated with pupils: this tutor was made with simulated ones. Do not decide anything about a child by it. " +
  "The file is read in this page alone; nothing is sent or kept.",
);
const FORM = texts(
  "A table as CSV with a heading and a line for every answer: an alias (no names, please), the skill as it is called " +
    "here, right (1) or wrong (0), and the date.",
);

/** @param {World} world */
function ownClass(world) {
  const { own, skills } = world;
  if (own.none) return { element: made("p", { text: own.none }) };
  const result = made("div", { "aria-live": "polite" });
  const file = made("input", { type: "file", accept: ".csv,.txt,text/csv" });
  file.addEventListener("change", () => open(/** @type {any} */ (file).files[0], world, result));
  const example = ["alias,skill,right,date", `fox,${quoted(skills[0])},1,2027-01-11`, `fox,${quoted(skills[0])},0,2027-01-12`].join("\n");
  const names = made("ul", {}, ...world.order.map((k) => said("li", sentence("{skill} (taken to be: {question})", { skill: named(skills[k]), question: named(own.questions[k]) }))));
  const element = made(
    "div", {},
    made("p", { class: "play-caution", role: "note", text: tr(CAUTION) }),
    made("p", { text: tr(FORM) }),
    made("pre", { text: example, tabindex: 0 }),
    made("details", {}, made("summary", { text: tr("The {skills} skills, and the question that an answer is taken to be about", { skills: skills.length }) }), names),
    made("p", {}, made("label", { class: "play-label" }, `${tr("Your table:")} `, file)),
    result,
  );
  return { element };
}

const quoted = (name) => (/[",;]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

/** Reads a file and shows what follows. */
function open(file, world, result) {
  if (!file) return;
  if (file.size > LARGEST) {
    result.replaceChildren(made("p", { text: tr("This file is larger than 5 MB: that is more than a class.") }));
    return;
  }
  const reader = new FileReader();
  reader.addEventListener("load", () => result.replaceChildren(...shown(String(reader.result), world)));
  reader.addEventListener("error", () => result.replaceChildren(made("p", { text: tr("The file cannot be read.") })));
  reader.readAsText(file);
}

/**
 * @param {string} text
 * @param {World} world
 */
function shown(text, world) {
  const { answers, problems } = readAnswers(text, world.skills);
  const left = problems.length > 0 ? [made("p", { text: tr("Not read:") }), made("ul", {}, ...problems.map((line) => made("li", { text: line, dir: "auto" })))] : [];
  if (answers.length === 0) return [...left, made("p", { text: tr("There is no answer that could be read.") })];
  const pupils = classOf(answers, world.own, world.order);
  const parts = { answers: trMany("{n} answer", "{n} answers", answers.length), pupils: trMany("{n} pupil", "{n} pupils", pupils.length) };
  const summary = tr(
    "{answers} of {pupils}. Ready for a skill: all it builds on is believed at least {basis} known, and itself less than {known}.",
    { ...parts, basis: inPercent(BASIS), known: inPercent(KNOWN) },
  );
  return [...left, made("p", { text: summary }), ...groups(pupils, world), whoIsReady(pupils, world)];
}

/** Groups that lack the same prerequisite. */
function groups(pupils, { skills, order }) {
  const found = groupsOf(pupils, order);
  const heading = made("h4", { text: tr("Groups that lack the same prerequisite") });
  if (found.length === 0) return [heading, made("p", { text: tr("No two pupils lack the same.") })];
  const lines = found.map(({ skill, aliases }) => said("li", [{ name: skills[skill] }, ": ", ...listed(aliases)]));
  return [heading, made("ul", {}, ...lines)];
}

function whoIsReady(pupils, { skills }) {
  const head = [tr("Pupil"), tr("Answers"), tr("Believed known"), tr("Teach next"), tr("Also ready for")].map((name) => made("th", { scope: "col", text: name }));
  const rows = pupils.map(({ alias, answers, known, ready, next }) => {
    const more = ready.slice(1, 1 + READY).map((k) => skills[k]);
    const rest = ready.length - 1 - more.length;
    return made(
      "tr", {},
      made("th", { scope: "row", text: alias, dir: "auto" }),
      made("td", { text: String(answers) }),
      made("td", { text: tr("{known} of {skills}", { known: known.filter((p) => p >= KNOWN).length, skills: known.length }) }),
      said("td", next < 0 ? sentence("nothing: all is believed known") : [{ name: skills[next] }, ` (${inPercent(known[next])})`]),
      said("td", rest > 0 ? sentence("{skills} and {rest} more", { skills: listed(more), rest }) : listed(more)),
    );
  });
  const inner = made("table", { class: "play-own" }, made("caption", { text: tr("Who is ready for what") }), made("thead", {}, made("tr", {}, ...head)), made("tbody", {}, ...rows));
  return made("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": tr("Who is ready for what") }, inner);
}

// lessons.js

/**
 * A pupil's lessons under one way of teaching, and what is to be said of each.
 *
 * @typedef {{items: number[], answers: string, days: number[][], known: number[], rule: string, named: number[][],
 *   ended: boolean, end: string, result: string, belief?: string, steps?: number[], otherwise?: number[][]}} Kept
 * @typedef {{title: string, skills: string[], order: number[], parents: number[][], none?: string, ways: Way[],
 *   guessed: boolean, beside: string, items: [string, number, number[], number][], approaches: string[],
 *   believed: boolean, pupils: {number: number, role: string, group: string, ways: (Kept | null)[]}[], bets: any[],
 *   class: any, own: any, map: {wide: number[][], narrow: number[][], arrows: number[][]}}} World
 * @typedef {{name: string, called: string, rules: string[]}} Way
 */


const RIGHT = "1";
const NO_ANSWER = "2";

class Lessons {
  /**
   * @param {World} world
   * @param {number} way who taught
   * @param {Kept} kept
   */
  constructor(world, way, kept) {
    this.world = world;
    this.way = world.ways[way];
    this.guessed = way === 0 && world.guessed;
    this.kept = kept;
    this.count = kept.items.length;
    const width = world.skills.length;
    this.beliefs = kept.belief === undefined ? [] : sharesOf(kept.belief, width);
    this.truth = knownOf(kept.known, width, this.count + 1);
    this.days = spreadOut(kept.days, this.count);
    this.named = new Map(kept.named);
    this.otherwise = new Map(kept.otherwise ?? []);
  }

  /** How many places a slider has: before every lesson, and after the last. */
  get places() {
    return this.count + 1;
  }

  /** @returns {number[] | null} what is believed before a lesson, or after the last one */
  belief(t) {
    return this.beliefs.length === 0 ? null : this.beliefs[Math.min(t, this.beliefs.length - 1)];
  }

  /** @returns {boolean[]} what is really known then */
  known(t) {
    return this.truth[Math.min(t, this.count)];
  }

  /** @returns {number[]} the skills that are taught in a lesson */
  taught(t) {
    return t < this.count ? this.world.items[this.kept.items[t]][2] : [];
  }

  /** Whether the answer was right, wrong, or not asked for. */
  answer(t) {
    const steps = this.world.items[this.kept.items[t]][3];
    if (steps > 0 && this.kept.steps) return tr("The pupil gets {right} of {steps} steps right.", { right: this.kept.steps[t], steps });
    const sign = this.kept.answers[t];
    if (sign === NO_ANSWER) return tr("No answer is asked for.");
    return sign === RIGHT ? tr("The pupil answers right.") : tr("The pupil answers wrong.");
  }

  /**
   * What happens in a lesson.
   * @returns {Part[]}
   */
  sentence(t) {
    if (t >= this.count) return this.end();
    const { skills, items, approaches } = this.world;
    const [item, approach] = items[this.kept.items[t]];
    const belief = this.belief(t);
    const known = this.known(t);
    const on = this.taught(t);
    const parts = {
      lesson: t + 1, day: this.days[t], approach: approaches[approach], skills: listed(on.map((k) => skills[k])), item: named(item),
    };
    const truth = on.map((k) => (known[k] ? tr("known") : tr("not known"))).join(", ");
    const state = belief
      ? sentence("Believed known: {belief}; in truth {truth}.", { belief: on.map((k) => inPercent(belief[k])).join(", "), truth })
      : sentence("in truth {truth}.", { truth });
    const why = this.why(t);
    const what = sentence("Lesson {lesson} (day {day}): {approach} on {skills} ({item}).", parts);
    return [...what, " ", ...state, " ", ...why, ...(why.length > 0 ? [" "] : []), this.answer(t)];
  }

  /**
   * The rule that decided.
   * @returns {Part[]}
   */
  why(t) {
    const rule = Number(this.kept.rule[t]);
    if (rule === 0) return this.way.rules.length > 0 && this.guessed ? sentence("No rule of the list applies.") : [];
    const parts = { number: rule, rule: this.way.rules[rule - 1] };
    if (!this.guessed) return sentence("Because: {rule}", parts);
    if (!this.named.has(t)) return sentence("Rule {number} of the list decides: {rule}", parts);
    const k = this.named.get(t);
    return k >= 0
      ? sentence("Rule {number} of the list would teach {skill} here: {rule} The teacher does otherwise.", { ...parts, skill: listed([this.world.skills[k]]) })
      : sentence("Rule {number} of the list would end the teaching here: {rule} The teacher does otherwise.", parts);
  }

  /** @returns {Part[]} */
  end() {
    const parts = { lessons: this.count, result: this.kept.result };
    if (this.kept.end === "gave up") return sentence("After {lessons} lessons the pupil gave up. At the exam: {result}.", parts);
    return this.kept.ended
      ? sentence("After {lessons} lessons the teacher ended the teaching. At the exam: {result}.", parts)
      : sentence("After {lessons} lessons the time was over. At the exam: {result}.", parts);
  }

  /**
   * What mastery learning would do in the same situation, where it is surely something else.
   * @returns {Part[]}
   */
  disagreement(t) {
    if (!this.otherwise.has(t)) return [];
    const k = this.otherwise.get(t);
    const other = capital(this.world.beside);
    return k >= 0
      ? sentence("{other} would, in this very situation, teach {skill}.", { other, skill: listed([this.world.skills[k]]) })
      : sentence("{other} would, in this very situation, end the teaching.", { other });
  }
}

/**
 * The next place at which two ways of teaching choose differently for the same pupil, and not as they did just before.
 *
 * Where the files say what mastery learning would have done in the teacher's situations, that counts; else where the
 * lessons of the same number are on other skills.
 * @param {Lessons} own
 * @param {Lessons | null} other
 * @param {number} from look behind this place
 * @param {boolean} asked whether it was asked in the same situation
 * @returns {number} -1: there is none
 */
function nextDisagreement(own, other, from, asked) {
  for (let t = from + 1; t < own.count; t += 1) {
    const here = differing(own, other, t, asked);
    if (here !== "" && (t === 0 || here !== differing(own, other, t - 1, asked))) return t;
  }
  return -1;
}

/** Who teaches what where they differ; empty where they do not, or nothing tells. */
function differing(own, other, t, asked) {
  if (asked) return own.otherwise.has(t) ? `${own.taught(t)}/${own.otherwise.get(t)}` : "";
  if (!other) return "";
  const there = other.taught(t);
  return own.taught(t).some((k) => there.includes(k)) ? "" : `${own.taught(t)}/${there}`;
}

// step.js

/**
 * Stepping through a pupil's lessons: two maps side by side, one slider for both.
 */


const PAUSE = 900; // milliseconds that a lesson stays while it plays
const LEGEND = texts(
  "A box is a skill. It is filled as far as the tutor believes that the pupil knows it; a thick frame: taught now; " +
  "a small square: really known. Only we know that, who made the pupil: no tutor sees it.",
);
const KEYS = texts("Keys: ← and → go by one lesson, the space bar plays, N goes to the next lesson in which the two begin to differ.");

class Step {
  /** @param {World} world */
  constructor(world) {
    this.world = world;
    this.timer = 0;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.still.addEventListener("change", () => this.pause());
    this.at = 0;
    this.maps = world.ways.slice(0, 2).map((way, i) => new SkillMap(world, i === 0 ? tr("What the teacher believes") : tr("What {name} believes", { name: way.name })));
    this.sentences = this.maps.map(() => made("p", { class: "play-said" }));
    this.live = made("div");
    this.note = made("p", { class: "play-note" });
    this.build();
    this.choosePupil(0);
  }

  build() {
    const { world } = this;
    this.pupil = choice(tr("Pupil"), world.pupils.map((one) => `${one.number} (${one.role})`), (i) => this.choosePupil(i));
    const others = world.ways.slice(1).map((way) => way.name);
    this.other = choice(tr("Beside the teacher"), others, () => this.choosePupil(this.pupil.value));
    this.slider = made("input", { type: "range", min: 0, step: 1, value: 0, "aria-label": tr("Lesson") });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.play = button(tr("Play"), () => (this.timer ? this.pause() : this.start()));
    this.next = button(tr("Next disagreement"), () => this.jump());
    this.back = button(tr("Previous"), () => this.go(this.at - 1));
    this.on = button(tr("Next"), () => this.go(this.at + 1));
    const keys = tr(KEYS);
    const bar = made("div", { class: "play-bar" }, this.slider, made("div", { class: "play-row" }, this.back, this.play, this.on, this.next));
    const panels = this.maps.map((map, i) => {
      const heading = made("h4", { class: "play-who" });
      return { heading, panel: made("div", { class: `play-panel play-panel-${i}` }, heading, this.sentences[i], map.element) };
    });
    this.which = switches(tr("Which map"), [tr("Teacher"), tr("Beside")], (i) => this.places?.setAttribute("data-only", String(i)));
    this.which.element.classList.add("play-which");
    this.places = made("div", { class: "play-maps" }, ...panels.map(({ panel }) => panel));
    this.which.press(0);
    this.headings = panels.map(({ heading }) => heading);
    this.live.append(this.note);
    this.element = made(
      "div",
      { class: "play-step", tabindex: 0, role: "group", "aria-label": `${tr("Step through a pupil.")} ${keys}` },
      made("div", { class: "play-row" }, this.pupil.element, this.other.element),
      (this.about = made("p", { class: "play-note" })),
      bar,
      this.live,
      this.which.element,
      this.places,
      made("p", { class: "play-note", text: `${tr(LEGEND)} ${keys}` }),
    );
    this.element.addEventListener("keydown", (event) => this.pressed(event));
  }

  /** Another pupil, or another way of teaching beside the teacher. */
  choosePupil(i) {
    const { world } = this;
    const pupil = world.pupils[i];
    const beside = this.other.value + 1;
    this.pause();
    this.own = new Lessons(world, 0, pupil.ways[0]);
    this.their = pupil.ways[beside] ? new Lessons(world, beside, pupil.ways[beside]) : null;
    this.asked = beside === 1 && world.beside !== "";
    const ends = [this.own, this.their].map((one, w) => {
      return one ? tr("{result} under {teacher}", { result: one.kept.result, teacher: world.ways[w ? beside : 0].called }) : "";
    });
    const parts = { number: pupil.number, group: named(pupil.group), results: ends.filter(Boolean).join(", ") };
    this.about.replaceChildren(...nodes(sentence("Pupil {number}, group “{group}”. At the exam: {results}.", parts)));
    [world.ways[0], world.ways[beside]].forEach((way, w) => (this.headings[w].textContent = capital(way.name)));
    this.slider.max = String(Math.max(this.own.count, this.their?.count ?? 0));
    this.go(0);
  }

  /** Shows a lesson. */
  go(t) {
    const last = Number(this.slider.max);
    this.at = Math.min(Math.max(t, 0), last);
    this.slider.value = String(this.at);
    this.slider.setAttribute("aria-valuetext", this.at < last ? tr("Lesson {lesson} of {lessons}", { lesson: this.at + 1, lessons: last }) : tr("The end"));
    [this.own, this.their].forEach((lessons, w) => this.showOne(lessons, w));
    const differ = this.asked ? this.own.disagreement(this.at) : [];
    this.note.replaceChildren(...nodes(differ.length > 0 ? differ : ["\u00a0"]));
    this.back.disabled = this.at === 0;
    this.on.disabled = this.at === last;
    if (this.at === last) this.pause();
  }

  showOne(lessons, w) {
    if (!lessons) {
      this.sentences[w].textContent = tr("Of this pupil no lessons were kept here.");
      this.maps[w].show({ belief: null, known: null, now: [] });
      return;
    }
    this.sentences[w].replaceChildren(...nodes(lessons.sentence(this.at)));
    this.maps[w].show({ belief: lessons.belief(this.at), known: lessons.known(this.at), now: lessons.taught(this.at) });
  }

  jump() {
    const found = nextDisagreement(this.own, this.their, this.at, this.asked);
    this.pause();
    if (found >= 0) this.go(found);
    else this.note.textContent = tr("From here on the two never surely differ. The next press looks from the beginning.");
    if (found < 0) this.at = -1;
  }

  start() {
    if (this.still.matches) {
      this.note.textContent = tr("Your device asks for no motion, so nothing plays by itself: Next goes on by one lesson.");
      return;
    }
    if (this.at >= Number(this.slider.max)) this.go(0);
    this.speak("off");
    this.timer = setInterval(() => this.go(this.at + 1), PAUSE);
    this.play.textContent = tr("Pause");
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.speak("polite");
    if (this.play) this.play.textContent = tr("Play");
  }

  /** Whether screen readers say the teacher's lesson, and where the two differ. */
  speak(how) {
    for (const place of [this.live, this.sentences[0]]) place.setAttribute("aria-live", how);
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { tagName } = /** @type {HTMLElement} */ (event.target);
    if (tagName === "SELECT") return;
    const does = { ArrowLeft: () => this.go(this.at - 1), ArrowRight: () => this.go(this.at + 1), n: () => this.jump() };
    if (tagName !== "BUTTON") does[" "] = () => this.play.click();
    const act = does[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

// main.js

/**
 * Fills the section of the report that somebody plays with.
 */


const PLACE = ".play";
const DATA = "play-data";

/** What there is to play with in a scenario. */
const VIEWS = [
  [texts("Step through a pupil"), (world) => new Step(world)],
  [texts("Place your bet"), betting],
  [texts("Be the pupil"), bePupil],
  [texts("My class"), classroom],
  [texts("My own class"), ownClass],
];

/** Shows one scenario in its place. */
function show(world, place) {
  if (world.none) {
    place.replaceChildren(made("p", { text: world.none }));
    return;
  }
  const view = made("div");
  const built = new Map();
  const tabs = switches(tr("What to play with"), VIEWS.map(([name]) => tr(name)), (i) => {
    if (!built.has(i)) built.set(i, VIEWS[i][1](world));
    view.replaceChildren(made("h3", { text: tr(VIEWS[i][0]) }), built.get(i).element);
  });
  place.replaceChildren(tabs.element, view);
  tabs.press(0);
}

const place = document.querySelector(PLACE);
try {
  const { worlds, language } = JSON.parse(document.getElementById(DATA).textContent);
  speak(language);
  const body = made("div");
  const titles = choice(tr("Scenario"), worlds.map((world) => world.title), (i) => show(worlds[i], body));
  place.replaceChildren(...(worlds.length > 1 ? [titles.element] : []), body);
  show(worlds[0], body);
} catch (error) {
  place.replaceChildren(made("p", { text: tr("This part of the page cannot be shown: {reason}", { reason: error.message }) }));
}
