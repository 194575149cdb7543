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

import { Tracing, allOf } from "./bkt.js";
import { fallbackItem } from "./fallback.js";
import { Graph } from "./graph.js";
import { Mastery } from "./mastery.js";
import { Misconceptions } from "./misconceptions.js";
import { Predictions } from "./predict.js";
import { checked } from "./read.js";
import { Scorer } from "./scorer.js";
import { Seen } from "./seen.js";
import { TunedIndex } from "./tuned_index.js";

const KINDS = { bkt: Tracing, graph: Graph, misconceptions: Misconceptions };
const CHOOSERS = { mastery: Mastery, scorer: Scorer, tuned_index: TunedIndex };
const FINISH = "finish";
const MOST_OPTIONS = 10;
const PARTS = ["item", "correct", "option", "minutes", "hints", "day"];

export class Tutor {
  /**
   * @param {import("./read.js").Packed} packed what a `tutor.json` holds, parsed; it is left as it is
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
   * @param {import("./read.js").Packed} packed
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
