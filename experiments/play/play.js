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
const say = (message, parts = {}) => plain(sentence(message, parts));

/** A sentence about a number of things, in the form that goes with it; {n} is the number. */
function sayMany(one, many, n, parts = {}) {
  const forms = language.said[one];
  const form = language.forms[n < language.forms.length ? n : (n % 100) + 100];
  return say(forms ? forms[form] : n === 1 ? one : many, { n, ...parts });
}

/** @param {number} p a share */
const inPercent = (p) => `${p >= 0.9 && p < 0.9995 ? (100 * p).toFixed(1).replace(".0", "") : Math.round(100 * p)}\u00a0%`;

/** @param {number} n */
const counted = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** @param {string} name */
const named = (name) => ({ name });

/**
 * Names in a row: “a”, “b” and “c”.
 * @param {string[]} names
 * @returns {Part[]}
 */
function listed(names) {
  return names.flatMap((name, i) => {
    const before = i === 0 ? "“" : i === names.length - 1 ? "” and “" : "”, “";
    return [before, named(name), ...(i === names.length - 1 ? ["”"] : [])];
  });
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
  if (made === 0) return "No bet so far.";
  return (
    `After ${counted(made, "bet")} you agreed with the teacher ${counted(teacher, "time")}, with ${beside} ` +
    `${counted(mastery, "time")}, with neither ${counted(neither, "time")}. None of them is “the right answer”: ` +
    "what would have come of another choice was not tried."
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
      const truth = known ? `, in truth ${known[k] ? "known" : "not known"}` : "";
      box.full.textContent = `${this.world.skills[k]}: ${belief ? `believed ${inPercent(p)} known` : "no belief"}${truth}`;
    });
    for (const { to, line } of this.arrows) line.classList.toggle("play-into", now.includes(to));
  }
}

// bet.js

/**
 * Placing a bet: the reader says which skill they would teach next, and then sees what the two chose, and what came of it.
 */


const INTRO =
  "In these moments the teacher and mastery learning choose differently for the same pupil. You see what the tutor sees. " +
  "Which skill would you teach next?";
const HOW = ["wrong", "right", "no answer asked for"];
const FILLED = "Filled: how far the tutor believes that the pupil knows a skill. A thick frame: what you choose.";
const AFTER = "T: the teacher. M: mastery learning. Y: you.";

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
    this.skill = choice("Teach next", ["…", ...names, ...(ends ? ["(end the teaching)"] : [])], () => this.mark());
    this.place = button("Place the bet", () => this.bet());
    this.further = button("Next moment", () => this.go(this.at + 1));
    this.map = new SkillMap(world, "What the tutor believes at this moment", (k) => this.choose(k));
    this.head = made("h4", { tabindex: -1 });
    this.past = made("ol");
    this.result = made("div", { "aria-live": "polite", class: "play-result" });
    this.count = made("p", { class: "play-count", "aria-live": "polite" });
    this.legend = made("p", { class: "play-note" });
    const before = made("div", {}, this.head, made("p", { class: "play-note", text: "The lessons just before:" }), this.past);
    const map = made("div", { class: "play-beside" }, this.map.element, this.legend);
    const row = made("div", { class: "play-row" }, this.skill.element, this.place, this.further);
    const parts = [before, map, made("div", {}, row, this.result)];
    this.element = made("div", {}, made("p", { text: INTRO }), this.count, made("div", { class: "play-two" }, ...parts));
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
      return said("li", [...listed(on.map((k) => skills[k])), ": ", { name }, ` (${HOW[Number(sign)]})`]);
    });
    this.head.textContent = `Moment ${this.at + 1} of ${bets.length}: pupil ${bet.number}, before lesson ${bet.lesson} (day ${bet.day})`;
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
    this.legend.textContent = over ? `${FILLED} ${AFTER}` : FILLED;
  }

  /** Who chose what, on the map. */
  marks() {
    const { teacher, mastery } = this.world.bets[this.at];
    const found = new Map();
    for (const [k, sign] of [[teacher, "T"], [mastery, "M"], [this.chosen.get(this.at), "Y"]]) {
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
    const skill = (k) => (k === END ? ["would end the teaching"] : ["would teach ", ...listed([world.skills[k]])]);
    const [item, approach] = world.items[bet.item];
    const tries = bet.tries[bet.teacher];
    const times = tries > 0 ? `taught ${counted(tries, "time")} before` : "never taught before";
    const found = [
      ["You ", ...skill(this.chosen.get(this.at)), "."],
      [`${capital(world.ways[0].called)} taught `, ...listed([world.skills[bet.teacher]]), ` (${times}) by ${world.approaches[approach]}: `, { name: item }, "."],
      [`${capital(world.beside)} `, ...skill(bet.mastery), " in the same situation."],
    ];
    const rule = world.ways[0].rules[bet.rule - 1];
    if (rule && !world.guessed) found.push([`The teacher’s rule: ${rule}`]);
    else if (rule && bet.named === bet.teacher) found.push([`Rule ${bet.rule} of its list decides: ${rule}`]);
    else if (rule) found.push([`No short rule says why: rule ${bet.rule} of its list would choose otherwise (${rule})`]);
    return [...found, [bet.then.join(" ")]];
  }
}

/** @param {World} world */
function betting(world) {
  if (world.bets.length > 0) return new Bet(world);
  const why = world.beside && world.believed ? "There is none: both always choose the same skill, as far as the files tell." : "There is none: the files do not tell what was believed, or what mastery learning would have done.";
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
  return `on average ${mastered.toFixed(1)} of ${skills} skills mastered; flagged: ${flags === 0 ? "nobody" : `${flags} of ${week.levels.length} pupils`}`;
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
    this.slider = made("input", { type: "range", min: 0, max: when.length - 1, value: when.length - 1, step: 1, "aria-label": "By the end of" });
    this.slider.addEventListener("input", () => this.show());
    this.sentence = made("p", { class: "play-now-said", "aria-live": "polite" });
    this.body = made("tbody");
    const names = this.told.levels.map(([name]) => capital(name));
    const head = ["Pupil", ...names].map((name) => made("th", { scope: "col", text: name }));
    const table = made("table", { class: "play-class" }, made("thead", {}, made("tr", {}, ...head)), this.body);
    this.who = switches("Who teaches", world.ways.slice(0, 2).map((way) => capital(way.name)), (i) => {
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
    const least = levels.slice(0, 3).map(([name, p]) => `${name} from ${inPercent(p)}`).join(", ");
    return (
      `${groups.length} simulated pupils, drawn by lot. The numbers count skills, by what the tutor believes: ${least}; ` +
      `below that attempted, or not started where it was never taught. ⚑: among the third of all pupils with the lowest ` +
      `share of right answers so far, of those with ten answers; stuck in the skill with most wrong answers (${stuck} at ` +
      "least) of those below proficient. A flag is a reason to look, not a verdict."
    );
  }

  row(group, i) {
    const press = made("button", { type: "button", "aria-expanded": "false", text: `Pupil ${i + 1}` });
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
    const when = `By the end of ${told.when[at]}, under ${world.ways[this.way].called}`;
    this.slider.setAttribute("aria-valuetext", told.when[at]);
    this.sentence.textContent = `${when}: ${inShort(week, world.skills.length)}.`;
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
      const where = stuck < 0 ? ["⚑ at risk"] : ["⚑ at risk, stuck in ", ...listed([world.skills[stuck]])];
      flag.append(said("span", where));
    }
    if (!this.open.has(i)) return;
    const asked = `${counted(week.lessons[i], "lesson")}, ${week.right[i]} of ${week.asked[i]} answers right.`;
    const lists = byLevel(week.levels[i], world.skills, world.order, count);
    const last = count - 1; // of what was not started, the number is enough
    const lines = lists.slice(0, last).flatMap((names, level) => (names.length > 0 ? [said("p", [`${capital(told.levels[level][0])}: `, ...listed(names), "."])] : []));
    const rest = made("p", { text: `${capital(told.levels[last][0])}: ${counted(lists[last].length, "skill")}.` });
    list.replaceChildren(said("p", ["Group “", { name: told.groups[i] }, `”. ${asked}`]), ...lines, rest);
  }
}

/** @param {World} world */
function classroom(world) {
  return world.class ? new SchoolClass(world) : { element: made("p", { text: "This scenario's files hold no beliefs, so there are no levels to show." }) };
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
const COLUMNS = ["alias", "skill", "right", "date"];
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
  const at = COLUMNS.map((name) => names.indexOf(name));
  const missing = COLUMNS.filter((_, i) => at[i] < 0);
  if (missing.length > 0) {
    return { answers: [], problems: [`The first line must name the columns alias, skill, right and date; it lacks ${missing.join(", ")}.`] };
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
    const line = `Line ${i + 2}: `;
    if (alias === "") problems.push(`${line}there is no alias.`);
    else if (k === undefined) problems.push(`${line}“${skill}” is no skill of this page.`);
    else if (![...YES, ...NO].includes(told)) problems.push(`${line}“${right}” is neither right nor wrong (1 or 0).`);
    else if (Number.isNaN(day)) problems.push(`${line}“${date}” is no day such as 2027-01-31.`);
    else answers.push({ alias, skill: k, right: YES.includes(told), day });
  });
  answers.sort((a, b) => a.day - b.day); // stable: on one day in the order of the file
  const more = problems.length - TOLD;
  return { answers, problems: more > 0 ? [...problems.slice(0, TOLD), `${more} more lines were left out.`] : problems };
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


const MOST = 5e6; // bytes
const READY = 4; // skills that are listed for a pupil
const CAUTION =
  "Not validated with pupils: this tutor was made with simulated ones. Do not decide anything about a child by it. " +
  "The file is read in this page alone; nothing is sent or kept.";
const FORM = "A table as CSV with a heading and a line for every answer: an alias (no names, please), the skill as it is called here, right (1) or wrong (0), and the date.";

/** @param {World} world */
function ownClass(world) {
  const { own, skills } = world;
  if (own.none) return { element: made("p", { text: own.none }) };
  const result = made("div", { "aria-live": "polite" });
  const file = made("input", { type: "file", accept: ".csv,.txt,text/csv" });
  file.addEventListener("change", () => open(/** @type {any} */ (file).files[0], world, result));
  const example = ["alias,skill,right,date", `fox,${quoted(skills[0])},1,2027-01-11`, `fox,${quoted(skills[0])},0,2027-01-12`].join("\n");
  const names = made("ul", {}, ...world.order.map((k) => said("li", [{ name: skills[k] }, " (taken to be: ", { name: own.questions[k] }, ")"])));
  const element = made(
    "div", {},
    made("p", { class: "play-caution", role: "note", text: CAUTION }),
    made("p", { text: FORM }),
    made("pre", { text: example, tabindex: 0 }),
    made("details", {}, made("summary", { text: `The ${skills.length} skills, and the question that an answer is taken to be about` }), names),
    made("p", {}, made("label", { class: "play-label" }, "Your table: ", file)),
    result,
  );
  return { element };
}

const quoted = (name) => (/[",;]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);

/** Reads a file and shows what follows. */
function open(file, world, result) {
  if (!file) return;
  if (file.size > MOST) {
    result.replaceChildren(made("p", { text: "This file is larger than 5 MB: that is more than a class." }));
    return;
  }
  const reader = new FileReader();
  reader.addEventListener("load", () => result.replaceChildren(...shown(String(reader.result), world)));
  reader.addEventListener("error", () => result.replaceChildren(made("p", { text: "The file cannot be read." })));
  reader.readAsText(file);
}

/**
 * @param {string} text
 * @param {World} world
 */
function shown(text, world) {
  const { answers, problems } = readAnswers(text, world.skills);
  const left = problems.length > 0 ? [made("p", { text: "Not read:" }), made("ul", {}, ...problems.map((line) => made("li", { text: line, dir: "auto" })))] : [];
  if (answers.length === 0) return [...left, made("p", { text: "There is no answer that could be read." })];
  const pupils = classOf(answers, world.own, world.order);
  const summary = `${counted(answers.length, "answer")} of ${counted(pupils.length, "pupil")}. Ready for a skill: all it builds on is believed at least ${inPercent(BASIS)} known, and itself less than ${inPercent(KNOWN)}.`;
  return [...left, made("p", { text: summary }), ...groups(pupils, world), whoIsReady(pupils, world)];
}

/** Groups that lack the same prerequisite. */
function groups(pupils, { skills, order }) {
  const found = groupsOf(pupils, order);
  const heading = made("h4", { text: "Groups that lack the same prerequisite" });
  if (found.length === 0) return [heading, made("p", { text: "No two pupils lack the same." })];
  const lines = found.map(({ skill, aliases }) => said("li", [{ name: skills[skill] }, ": ", ...listed(aliases)]));
  return [heading, made("ul", {}, ...lines)];
}

function whoIsReady(pupils, { skills }) {
  const head = ["Pupil", "Answers", "Believed known", "Teach next", "Also ready for"].map((name) => made("th", { scope: "col", text: name }));
  const rows = pupils.map(({ alias, answers, known, ready, next }) => {
    const more = ready.slice(1, 1 + READY).map((k) => skills[k]);
    const rest = ready.length - 1 - more.length;
    return made(
      "tr", {},
      made("th", { scope: "row", text: alias, dir: "auto" }),
      made("td", { text: String(answers) }),
      made("td", { text: `${known.filter((p) => p >= KNOWN).length} of ${known.length}` }),
      said("td", next < 0 ? ["nothing: all is believed known"] : [{ name: skills[next] }, ` (${inPercent(known[next])})`]),
      said("td", [...listed(more), rest > 0 ? ` and ${rest} more` : ""]),
    );
  });
  const inner = made("table", { class: "play-own" }, made("caption", { text: "Who is ready for what" }), made("thead", {}, made("tr", {}, ...head)), made("tbody", {}, ...rows));
  return made("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Who is ready for what" }, inner);
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
    if (steps > 0 && this.kept.steps) return `The pupil gets ${this.kept.steps[t]} of ${steps} steps right.`;
    const sign = this.kept.answers[t];
    if (sign === NO_ANSWER) return "No answer is asked for.";
    return sign === RIGHT ? "The pupil answers right." : "The pupil answers wrong.";
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
    const found = [`Lesson ${t + 1} (day ${this.days[t]}): ${approaches[approach]} on `, ...listed(on.map((k) => skills[k]))];
    found.push(" (", { name: item }, "). ");
    if (belief) found.push(`Believed known: ${on.map((k) => inPercent(belief[k])).join(", ")}; `);
    found.push(`in truth ${on.map((k) => (known[k] ? "known" : "not known")).join(", ")}. `);
    found.push(...this.why(t), this.answer(t));
    return found;
  }

  /**
   * The rule that decided.
   * @returns {Part[]}
   */
  why(t) {
    const rule = Number(this.kept.rule[t]);
    if (rule === 0) return this.way.rules.length > 0 && this.guessed ? ["No rule of the list applies. "] : [];
    const words = this.way.rules[rule - 1];
    if (!this.guessed) return [`Because: ${words} `];
    if (!this.named.has(t)) return [`Rule ${rule} of the list decides: ${words} `];
    const k = this.named.get(t);
    const instead = k >= 0 ? ["teach ", ...listed([this.world.skills[k]])] : ["end the teaching"];
    return [`Rule ${rule} of the list would `, ...instead, ` here: ${words} The teacher does otherwise. `];
  }

  /** @returns {Part[]} */
  end() {
    const how = this.kept.end === "gave up" ? "the pupil gave up" : this.kept.ended ? "the teacher ended the teaching" : "the time was over";
    return [`After ${this.count} lessons ${how}. At the exam: ${this.kept.result}.`];
  }

  /**
   * What mastery learning would do in the same situation, where it is surely something else.
   * @returns {Part[]}
   */
  disagreement(t) {
    if (!this.otherwise.has(t)) return [];
    const k = this.otherwise.get(t);
    const does = k >= 0 ? ["teach ", ...listed([this.world.skills[k]])] : ["end the teaching"];
    return [`${capital(this.world.beside)} would, in this very situation, `, ...does, "."];
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
const LEGEND =
  "A box is a skill. It is filled as far as the tutor believes that the pupil knows it; a thick frame: taught now; " +
  "a black square: really known. Only we know that, who made the pupil: no tutor sees it.";

class Step {
  /** @param {World} world */
  constructor(world) {
    this.world = world;
    this.timer = 0;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.still.addEventListener("change", () => this.pause());
    this.at = 0;
    this.maps = world.ways.slice(0, 2).map((way, i) => new SkillMap(world, `What ${i === 0 ? "the teacher" : way.name} believes`));
    this.sentences = this.maps.map(() => made("p", { class: "play-said" }));
    this.live = made("div");
    this.note = made("p", { class: "play-note" });
    this.build();
    this.choosePupil(0);
  }

  build() {
    const { world } = this;
    this.pupil = choice("Pupil", world.pupils.map((one) => `${one.number} (${one.role})`), (i) => this.choosePupil(i));
    const others = world.ways.slice(1).map((way) => way.name);
    this.other = choice("Beside the teacher", others, () => this.choosePupil(this.pupil.value));
    this.slider = made("input", { type: "range", min: 0, step: 1, value: 0, "aria-label": "Lesson" });
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.play = button("Play", () => (this.timer ? this.pause() : this.start()));
    this.next = button("Next disagreement", () => this.jump());
    this.back = button("Previous", () => this.go(this.at - 1));
    this.on = button("Next", () => this.go(this.at + 1));
    const keys = "Keys: ← and → go by one lesson, the space bar plays, N goes to the next lesson in which the two begin to differ.";
    const bar = made("div", { class: "play-bar" }, this.slider, made("div", { class: "play-row" }, this.back, this.play, this.on, this.next));
    const panels = this.maps.map((map, i) => {
      const heading = made("h4", { class: "play-who" });
      return { heading, panel: made("div", { class: `play-panel play-panel-${i}` }, heading, this.sentences[i], map.element) };
    });
    this.which = switches("Which map", ["Teacher", "Beside"], (i) => this.places?.setAttribute("data-only", String(i)));
    this.which.element.classList.add("play-which");
    this.places = made("div", { class: "play-maps" }, ...panels.map(({ panel }) => panel));
    this.which.press(0);
    this.headings = panels.map(({ heading }) => heading);
    this.live.append(this.note);
    this.element = made(
      "div",
      { class: "play-step", tabindex: 0, role: "group", "aria-label": `Step through a pupil. ${keys}` },
      made("div", { class: "play-row" }, this.pupil.element, this.other.element),
      (this.about = made("p", { class: "play-note" })),
      bar,
      this.live,
      this.which.element,
      this.places,
      made("p", { class: "play-note", text: `${LEGEND} ${keys}` }),
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
    const ends = [this.own, this.their].map((one, w) => (one ? `${one.kept.result} under ${world.ways[w ? beside : 0].called}` : ""));
    this.about.replaceChildren(
      ...nodes([`Pupil ${pupil.number}, group “`, { name: pupil.group }, `”. At the exam: ${ends.filter(Boolean).join(", ")}.`]),
    );
    [world.ways[0], world.ways[beside]].forEach((way, w) => (this.headings[w].textContent = capital(way.name)));
    this.slider.max = String(Math.max(this.own.count, this.their?.count ?? 0));
    this.go(0);
  }

  /** Shows a lesson. */
  go(t) {
    const last = Number(this.slider.max);
    this.at = Math.min(Math.max(t, 0), last);
    this.slider.value = String(this.at);
    this.slider.setAttribute("aria-valuetext", this.at < last ? `Lesson ${this.at + 1} of ${last}` : "The end");
    [this.own, this.their].forEach((lessons, w) => this.showOne(lessons, w));
    const differ = this.asked ? this.own.disagreement(this.at) : [];
    this.note.replaceChildren(...nodes(differ.length > 0 ? differ : ["\u00a0"]));
    this.back.disabled = this.at === 0;
    this.on.disabled = this.at === last;
    if (this.at === last) this.pause();
  }

  showOne(lessons, w) {
    if (!lessons) {
      this.sentences[w].textContent = "Of this pupil no lessons were kept here.";
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
    else this.note.textContent = "From here on the two never surely differ. The next press looks from the beginning.";
    if (found < 0) this.at = -1;
  }

  start() {
    if (this.still.matches) {
      this.note.textContent = "Your device asks for no motion, so nothing plays by itself: Next goes on by one lesson.";
      return;
    }
    if (this.at >= Number(this.slider.max)) this.go(0);
    this.speak("off");
    this.timer = setInterval(() => this.go(this.at + 1), PAUSE);
    this.play.textContent = "Pause";
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.speak("polite");
    if (this.play) this.play.textContent = "Play";
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
  ["Step through a pupil", (world) => new Step(world)],
  ["Place your bet", betting],
  ["My class", classroom],
  ["My own class", ownClass],
];

/** Shows one scenario in its place. */
function show(world, place) {
  if (world.none) {
    place.replaceChildren(made("p", { text: world.none }));
    return;
  }
  const view = made("div");
  const built = new Map();
  const tabs = switches("What to play with", VIEWS.map(([name]) => name), (i) => {
    if (!built.has(i)) built.set(i, VIEWS[i][1](world));
    view.replaceChildren(made("h3", { text: VIEWS[i][0] }), built.get(i).element);
  });
  place.replaceChildren(tabs.element, view);
  tabs.press(0);
}

const place = document.querySelector(PLACE);
try {
  const { worlds, language } = JSON.parse(document.getElementById(DATA).textContent);
  speak(language);
  const body = made("div");
  const titles = choice("Scenario", worlds.map((world) => world.title), (i) => show(worlds[i], body));
  place.replaceChildren(...(worlds.length > 1 ? [titles.element] : []), body);
  show(worlds[0], body);
} catch (error) {
  place.replaceChildren(made("p", { text: `This part of the page cannot be shown: ${error.message}` }));
}
