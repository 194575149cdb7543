/**
 * The calendar of the teaching, and the table that the tutor looks at: a row for every skill, with named columns.
 */

import { allOf } from "./bkt.js";

/** Minutes by which sums of numbers may be off. */
const EPSILON = 1e-9;
const MOST = 10; // answers in a row, hints and options that a column tells apart
const LONGEST = 60; // minutes of a lesson that a column tells apart

/** The names of all columns that there may be. */
export const COLUMNS = [
  "belief", "ready", "open", "tries", "successes", "streak", "days_since", "was_last", "last_correct", "time_left",
  "session_left", "lesson", "session", "last_minutes", "last_hints", "last_option",
  ...Array.from({ length: MOST - 1 }, (_, b) => `bug_${b + 1}`),
];

export class Seen {
  /** @param {import("./read.js").Packed} packed */
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

  /** @returns {import("./predict.js").Believed} what the table says of every skill */
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
