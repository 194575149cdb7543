/**
 * A class of the reader's own, from a table that is read in the page and goes nowhere.
 */

import { made } from "../../packed/src/made.js";
import { readAnswers } from "./csv.js";
import { BASIS, KNOWN, classOf, groupsOf } from "./groups.js";
import { inPercent, listed, named, said, tr, trMany, sentence, texts } from "./words.js";

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

/** @param {import("./lessons.js").World} world */
export function ownClass(world) {
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
 * @param {import("./lessons.js").World} world
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
