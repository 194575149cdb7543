/**
 * Somebody is the pupil: the tutor shows an item, they say how it went, and see what it believes now.
 */

import { inPercent, listed, named, nodes, tr, trMany, sentence, texts } from "../../play/src/words.js";
import { made } from "./made.js";
import { Tutor } from "./tutor.js";

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

export class Pupil {
  /**
   * @param {import("./read.js").Packed} packed
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
