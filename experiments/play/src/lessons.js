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
import { capital, inPercent, listed } from "./words.js";

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
    if (steps > 0 && this.kept.steps) return `The pupil gets ${this.kept.steps[t]} of ${steps} steps right.`;
    const sign = this.kept.answers[t];
    if (sign === NO_ANSWER) return "No answer is asked for.";
    return sign === RIGHT ? "The pupil answers right." : "The pupil answers wrong.";
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
    const found = [`Lesson ${t + 1} (day ${this.days[t]}): ${approaches[approach]} on `, ...listed(on.map((k) => skills[k]))];
    found.push(" (", { name: item }, "). ");
    if (belief) found.push(`Believed known: ${on.map((k) => inPercent(belief[k])).join(", ")}; `);
    found.push(`in truth ${on.map((k) => (known[k] ? "known" : "not known")).join(", ")}. `);
    found.push(...this.why(t), this.answer(t));
    return found;
  }

  /**
   * The rule that decided.
   * @returns {import("./words.js").Part[]}
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

  /** @returns {import("./words.js").Part[]} */
  end() {
    const how = this.kept.end === "gave up" ? "the pupil gave up" : this.kept.ended ? "the teacher ended the teaching" : "the time was over";
    return [`After ${this.count} lessons ${how}. At the exam: ${this.kept.result}.`];
  }

  /**
   * What mastery learning would do in the same situation, where it is surely something else.
   * @returns {import("./words.js").Part[]}
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
