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

import { GRID } from "./between.js";
import { checksum } from "./digest.js";
import { COLUMNS } from "./seen.js";

/** The version of the format that this program reads. */
export const FORMAT = 1;
export const BELIEFS = ["bkt", "graph", "misconceptions"];
export const POLICIES = ["mastery", "scorer", "tuned_index"];
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
export function checked(packed) {
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
