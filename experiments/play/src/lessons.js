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

import { knownOf, sharesOf, spreadOut } from "./codes.js";
import { capital, inPercent, listed, named, tr, sentence } from "./words.js";

const RIGHT = "1";
const NO_ANSWER = "2";

export class Lessons {
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
   * @returns {import("./words.js").Part[]}
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
   * @returns {import("./words.js").Part[]}
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

  /** @returns {import("./words.js").Part[]} */
  end() {
    const parts = { lessons: this.count, result: this.kept.result };
    if (this.kept.end === "gave up") return sentence("After {lessons} lessons the pupil gave up. At the exam: {result}.", parts);
    return this.kept.ended
      ? sentence("After {lessons} lessons the teacher ended the teaching. At the exam: {result}.", parts)
      : sentence("After {lessons} lessons the time was over. At the exam: {result}.", parts);
  }

  /**
   * What mastery learning would do in the same situation, where it is surely something else.
   * @returns {import("./words.js").Part[]}
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
export function nextDisagreement(own, other, from, asked) {
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
