/**
 * The page on which somebody is the pupil: the tutor shows an item, they say how it went, and see what it believes now.
 */

import { made } from "./made.js";
import { Tutor } from "./tutor.js";

/** All that the page says, but for what stands in it from the start. */
const SAID = {
  levels: [[0.95, "known"], [0.8, "nearly known"], [0.5, "familiar"], [0.2, "beginning"], [0, "not yet"]],
  approaches: {
    practice: "a question", example: "a worked example", explanation: "an explanation", guided: "guided questions",
  },
  rules: {
    review: "It is time to come back to this skill.",
    next: "This is the next skill that is not believed known.",
    weakest: "All skills are believed known, and this one least of all.",
  },
  right: "I get it right",
  wrong: "I get it wrong",
  other: "I get it wrong in another way",
  read: "I have read it",
  undo: "Take back",
  again: "Begin anew",
  now: "now",
  ended: "The tutor would end the teaching here.",
};
const KEYS = { right: "r", wrong: "w", read: "r", undo: "u" };

const inPercent = (p) => `${Math.round(100 * p)} %`;
const listed = (names) => names.map((name) => `“${name}”`).join(", ");
const mistake = (b) => `I make its mistake ${b}`;

class Play {
  /** @param {import("./read.js").Packed} packed */
  constructor(packed) {
    this.packed = packed;
    this.tutor = new Tutor(packed);
    this.place = (id) => document.getElementById(id);
    this.rows = packed.curriculum.skills.map((name) => {
      const bar = made("progress", { max: 1, "aria-label": name });
      const level = made("td");
      const row = made("tr", {}, made("th", { scope: "row", dir: "auto", text: name }), made("td", {}, bar), level);
      return { row, bar, level };
    });
    this.place("skills").append(...this.rows.map(({ row }) => row));
    document.addEventListener("keydown", (event) => this.pressed(event));
    this.show();
  }

  /** How a lesson with this item may have gone: what each button says, its key, and what is recorded. */
  answers(item) {
    const { belief, curriculum } = this.packed;
    const asks = curriculum.items[item].asks;
    if (!asks) return [[SAID.read, KEYS.read, { item }]];
    const right = [SAID.right, KEYS.right, { item, correct: true }];
    if (belief.kind !== "misconceptions" || !belief.options_seen) {
      return [right, [SAID.wrong, KEYS.wrong, { item, correct: false }]];
    }
    right[2].option = 0;
    const mistakes = Array.from({ length: belief.bugs }, (_, b) => b + 1);
    const wrong = mistakes.map((b) => [mistake(b), String(b), { item, correct: false, option: b }]);
    const another = [SAID.other, KEYS.wrong, { item, correct: false, option: belief.bugs + 1 }];
    return [right, ...wrong, ...(belief.options > belief.bugs + 1 ? [another] : [])];
  }

  /** What kind of item it is, how long it takes and what it is on. */
  about({ approach, minutes, skills }) {
    const names = listed(skills.map((k) => this.packed.curriculum.skills[k]));
    return `${SAID.approaches[approach] ?? approach}, ${minutes} min, on ${names}`;
  }

  /** Why this item, in sentences. */
  reasons({ by, reason, why, item }) {
    if (by === "fallback") return [`The tutor cannot choose, because ${reason}; it goes through the curriculum.`];
    const found = why.rule in SAID.rules ? [SAID.rules[why.rule]] : [];
    if (why.second?.name) {
      found.push(`Of all items this one has the largest score; behind it comes “${why.second.name}”.`);
    }
    for (const { skill, name, known, ready } of why.skills) {
      const builds = this.packed.curriculum.prerequisites[skill].length > 0;
      const basis = builds ? `, and ${inPercent(ready)} sure that you know all that it builds on` : "";
      found.push(`The tutor is ${inPercent(known)} sure that you know “${name}”${basis}.`);
    }
    if (this.packed.curriculum.items[item].asks) found.push(`It gives a right answer a chance of ${inPercent(why.right)}.`);
    return found;
  }

  show() {
    const choice = this.tutor.next();
    const { curriculum, schedule } = this.packed;
    const item = choice.finish ? null : curriculum.items[choice.item];
    const on = item ? item.skills : [];
    const focus = document.activeElement?.dataset?.key;
    this.place("item").textContent = item ? item.name : SAID.ended;
    this.place("about").textContent = item ? this.about(item) : "";
    const reasons = item ? this.reasons(choice) : [];
    this.place("why").replaceChildren(...reasons.map((text) => made("li", { text, dir: "auto" })));
    const buttons = (item ? this.answers(choice.item) : []).map(([text, key, lesson]) => {
      return this.button(text, key, () => this.tutor.record(lesson));
    });
    if (this.tutor.events.length > 0) {
      buttons.push(this.button(SAID.undo, KEYS.undo, () => this.goBack()));
      buttons.push(this.button(SAID.again, "", () => this.tutor.reset()));
    }
    this.place("answers").replaceChildren(...buttons);
    if (focus !== undefined) (buttons.find((one) => one.dataset.key === focus) ?? buttons[0])?.focus();
    this.tutor.belief().forEach(({ known }, k) => {
      const { row, bar, level } = this.rows[k];
      bar.value = known;
      const word = SAID.levels.find(([from]) => known >= from)[1];
      level.textContent = `${inPercent(known)}, ${word}${on.includes(k) ? ` ← ${SAID.now}` : ""}`;
      if (on.includes(k)) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    });
    const { lesson, session, day, used } = this.tutor.clock();
    const unit = schedule.by_minutes ? "minutes" : "lessons";
    const left = Math.max(Math.round(10 * (schedule.total - used)) / 10, 0);
    const when = `Session ${Math.min(session + 1, schedule.sessions)} of ${schedule.sessions}, day ${Math.floor(day) + 1}`;
    this.place("clock").textContent = `${when}. Lessons so far: ${lesson}. Left of the plan: ${left} ${unit}.`;
    this.past();
  }

  /** The lessons so far, the last one first. */
  past() {
    const { items } = this.packed.curriculum;
    const lines = this.tutor.history.filter(({ item }) => item !== undefined).map(({ item, correct, option }) => {
      const how = correct === undefined ? "read" : correct ? "right" : option > 0 ? `wrong, option ${option}` : "wrong";
      return made("li", { text: `${items[item].name}: ${how}`, dir: "auto" });
    });
    this.place("past").replaceChildren(...lines.reverse());
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

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const buttons = [...this.place("answers").children];
    buttons.find((one) => one.dataset.key && one.dataset.key === event.key.toLowerCase())?.click();
  }
}

try {
  new Play(JSON.parse(document.getElementById("packed").textContent));
} catch (error) {
  document.getElementById("item").textContent = String(error.message);
}
