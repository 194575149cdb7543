// How search results are ordered: as Sphinx does it, but a heading that has all the words as they were typed comes first.
var Scorer = {
  score: ([docname, title, anchor, descr, score, filename, kind]) => score + (kind === "title" ? 30 : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
