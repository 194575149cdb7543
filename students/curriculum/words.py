"""What schools call the columns of a curriculum and what stands in them, in several languages.

A word that is ambiguous (*level*, which may be a school year; *video*, which may explain or show) is left out: whoever
uses it is asked.
"""

from __future__ import annotations

import re

from .curriculum import APPROACHES

COLUMNS = ("skill", "topic", "prerequisites", "item", "approach", "difficulty", "minutes", "exam")
NEEDED = ("skill",)
"""What nobody can guess; of all other columns something is taken where they are missing."""

STEPS = ("steps",)
"""Names of a column that a table cannot have: problems of several steps stand in JSON."""

USUAL_MINUTES = 2.0
"""What an item takes where nobody says it."""
USUAL = {"approach": "practice", "difficulty": "0", "minutes": f"{USUAL_MINUTES:g}"}
"""What is taken where a column is missing."""

HEADERS = {
    "skill": "skills, skill name, knowledge component, kc, objective, learning objective, standard, competence, "
             "competency, fertigkeit, fähigkeit, kompetenz, lernziel, compétence, savoir-faire, habilidad, destreza, "
             "competencia, abilità, competenza, vaardigheid, habilidade, competência",
    "topic": "topics, unit, chapter, module, strand, section, thema, kapitel, einheit, themenbereich, thème, chapitre, "
             "unité, tema, unidad, capítulo, argomento, capitolo, unità, onderwerp, hoofdstuk, unidade",
    "prerequisites": "prerequisite, prereqs, prereq, requires, depends on, needs, builds on, voraussetzungen, "
                     "voraussetzung, vorwissen, prérequis, pré-requis, prerrequisitos, requisitos, prerequisiti, "
                     "voorkennis, pré-requisitos",
    "item": "items, exercise, exercises, task, problem, question, activity, aufgabe, aufgaben, übung, exercice, tâche, "
            "activité, ejercicio, tarea, actividad, esercizio, compito, opdracht, oefening, exercício, atividade",
    "approach": "type, kind, format, art, typ, methode, approche, genre, tipo, enfoque, approccio, soort, aanpak, "
                "abordagem",
    "difficulty": "difficulties, logit, logits, schwierigkeit, schwierigkeitsgrad, difficulté, dificultad, difficoltà, "
                  "moeilijkheid, dificuldade",
    "minutes": "minute, mins, min, time, duration, minuten, dauer, zeit, durée, minutos, duración, tiempo, minuti, "
               "durata, tempo, duur, tijd, duração",
    "exam": "test, on exam, in exam, on test, in test, assessed, prüfung, klausur, examen, contrôle, évaluation, "
            "prueba, esame, verifica, toets, exame, prova",
}  # fmt: skip
"""Other names of the columns, without capitals and without what stands in brackets."""
NUMBERS_OF_ROWS = ("#", "no", "nr", "id", "number", "nummer", "numéro", "número", "numero")
"""Names of a column with numbers by which prerequisites may call a row."""

_APPROACHES = {
    "practice": "practise, exercise, drill, problem, question, quiz, übung, übungsaufgabe, aufgabe, exercice, "
                "pratique, ejercicio, práctica, esercizio, pratica, oefening, exercício, prática",
    "example": "worked example, demonstration, demo, beispiel, lösungsbeispiel, exemple, ejemplo, esempio, voorbeeld, "
               "exemplo",
    "explanation": "explain, text, reading, lecture, erklärung, erläuterung, explication, explicación, spiegazione, "
                   "uitleg, explicação",
    "guided": "guided practice, guided exercise, scaffolded, with help, angeleitet, geführt, mit hilfe, guidé, "
              "pratique guidée, guiada, práctica guiada, guidata, begeleid",
}  # fmt: skip


def _turned(words: dict[str, str]) -> dict[str, str]:
    return {word.strip(): meant for meant, listed in words.items() for word in listed.split(",")}


MEANT = _turned(HEADERS)
APPROACH = {name: name for name in APPROACHES} | _turned(_APPROACHES)
_SHORT = {
    "yes": "yes, y, x, true, 1, ✓, ✔, ☑, ✅, ja, j, oui, o, si, sí, sì, sim, wahr, vrai, verdadero, vero, verdadeiro, "
           "waar",
    "no": "no, n, false, 0, -, –, —, ✗, ✘, ☐, ❌, nein, non, não, nao, nee, falsch, faux, falso, onwaar",
    "nothing": "none, n/a, na, keine, keines, aucun, ninguno, nessuno, geen, nenhum",
    "total": "total, totals, sum, sums, summe, gesamt, insgesamt, average, mean, mittelwert, durchschnitt, count, "
             "anzahl, somme, totale, totaal, suma, totales, moyenne, promedio, media, soma",
}  # fmt: skip
_MEANT_SHORT = _turned(_SHORT)
YES = frozenset(word for word, meant in _MEANT_SHORT.items() if meant == "yes")
NO = frozenset(word for word, meant in _MEANT_SHORT.items() if meant == "no") | {""}
NOTHING = NO | {word for word, meant in _MEANT_SHORT.items() if meant == "nothing"}
"""What stands where there are no prerequisites."""
TOTALS = frozenset(word for word, meant in _MEANT_SHORT.items() if meant == "total")
EASE = {
    "easy": -0.5, "medium": 0.0, "hard": 0.8, "leicht": -0.5, "einfach": -0.5, "mittel": 0.0, "schwer": 0.8,
    "schwierig": 0.8, "facile": -0.5, "moyen": 0.0, "difficile": 0.8, "fácil": -0.5, "medio": 0.0, "difícil": 0.8,
    "médio": 0.0, "gemiddeld": 0.0, "makkelijk": -0.5, "moeilijk": 0.8,
}  # fmt: skip
"""Logits for a difficulty in words."""
_UNITS = {
    "min mins minute minutes minuten minutos minuti minuto minuut m '": 1.0,
    's sec secs second seconds sek sekunde sekunden seconde secondes segundo segundos secondi seconden "': 1 / 60,
    "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur": 60.0,
}
UNITS = {unit: size for units, size in _UNITS.items() for unit in units.split()}
"""How many minutes a unit of time has."""
IN_UNITS = re.compile(r"(?P<number>[-+]?[\d.,]+)\s*(?P<unit>[^\W\d]+|['\"])\.?")


def plain_header(text: str) -> str:
    """The name of a column without capitals, brackets and marks: "Time (min)" is "time"."""
    return " ".join(re.sub(r"[(\[].*?[)\]]|[?:*!.]", " ", text).casefold().split())
