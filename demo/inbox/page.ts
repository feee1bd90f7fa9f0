/** The pages of the inbox, as HTML that needs no script. Whatever a message says goes through `html`, which escapes it. */
import type { Text } from '../../machines/pathway/fields.js';
import { kindOf, unitName, type Unit } from '../../machines/pathway/routes.js';
import { html, type Markup, type Value } from './html.js';
import { isOpen, mayBeAnswered, modes, stateOf, type Message, type Mode } from './keep.js';
import type { Letter } from './letter.js';
import {
  counted,
  inVain,
  kinds,
  modeNames,
  notTakenBecause,
  receivedTimes,
  refusals,
  stateNames,
  turnedAway,
  words,
  type Language,
} from './words.js';

/** `path`: of this page, without its query; `page`: of a list, from 1. */
export type View = { language: Language; path: string; page?: number };
export const pathTo = (unit: string, ...more: readonly string[]): string => ['/units', unit, ...more].join('/');
const to = ({ language }: View, path: string, query = ''): string => `${path}?lang=${language}${query}`;
const say = ({ language }: View, text: Text): string => text[language];
const other = (language: Language): Language => (language === 'da' ? 'en' : 'da');

const formats = (['da', 'en'] as const).map(
  (language) =>
    [
      language,
      new Intl.DateTimeFormat(language === 'da' ? 'da-DK' : 'en-GB', {
        timeZone: 'Europe/Copenhagen',
        dateStyle: 'medium',
        timeStyle: 'medium',
      }),
    ] as const,
);
const formatOf = Object.fromEntries(formats) as Record<Language, Intl.DateTimeFormat>;
const when = ({ language }: View, at: string): Markup =>
  html`<time datetime="${at}">${formatOf[language].format(new Date(at))}</time>`;

function page(view: View, title: string, way: readonly { path: string; name: string }[], content: Value): string {
  const { language, path } = view;
  const change = html`<a href="${to({ ...view, language: other(language) }, path)}" hreflang="${other(language)}" lang="${other(language)}">${say(view, words.other)}</a>`;
  return html`<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}${way.length > 0 && ` · ${say(view, words.title)}`}</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css"></head>
<body>
<a class="skip" href="#content">${say(view, words.skip)}</a>
<header>
${way.length > 0 && html`<nav aria-label="${say(view, words.where)}">${way.map(({ path: each, name }, index) => html`${index > 0 && ' › '}<a href="${to(view, each)}">${name}</a>`)}</nav>`}
<p class="tools"><a href="${to(view, path, (view.page ?? 1) > 1 ? `&page=${view.page}` : '')}">${say(view, words.refresh)}</a>${change}</p>
</header>
<main id="content">
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`.text;
}
const home = (view: View) => ({ path: '/', name: say(view, words.title) });
const atUnit = (view: View, unit: string) => ({ path: pathTo(unit), name: say(view, unitName(unit)) });

export type Inbox = { unit: string; mode: Mode; messages: readonly Message[] };

export function unitsPage(view: View, inboxes: readonly Inbox[]): string {
  const card = ({ unit, mode, messages }: Inbox) => {
    const unanswered = messages.filter(isOpen).length;
    return html`<li><h3><a href="${to(view, pathTo(unit))}">${say(view, unitName(unit))}</a></h3>
<p class="${unanswered > 0 ? 'wait' : 'quiet'}">${say(view, counted(messages.length, unanswered))}</p>
<p class="${mode === 'itself' ? 'quiet' : mode === 'person' ? 'wait' : 'bad'}">${say(view, modeNames[mode])}</p></li>
`;
  };
  return page(
    view,
    say(view, words.title),
    [],
    html`<p>${say(view, words.about)}</p>
${(Object.keys(kinds) as Unit['kind'][]).map(
  (kind) => html`<h2>${say(view, kinds[kind])}</h2>
<ul class="cards">
${inboxes.filter(({ unit }) => kindOf(unit) === kind).map(card)}</ul>
`,
)}`,
  );
}

const perPage = 50;
export function unitPage(
  view: View,
  { unit, mode, messages }: Inbox,
  away: { count: number; last: string } | undefined,
): string {
  const newest = messages.toReversed();
  const pages = Math.max(1, Math.ceil(newest.length / perPage));
  const number = Math.min(view.page ?? 1, pages);
  const link = (target: number, name: Text) =>
    target >= 1 &&
    target <= pages &&
    html`<a href="${to(view, pathTo(unit), `&page=${target}`)}">${say(view, name)}</a>`;
  return page(
    { ...view, page: number },
    say(view, unitName(unit)),
    [home(view)],
    html`<p>${say(view, counted(messages.length, messages.filter(isOpen).length))}</p>
${modeForm(view, unit, mode)}
${away && html`<p class="wait">${say(view, turnedAway(away.count))} ${when(view, away.last)}</p>`}
<h2>${say(view, words.messages)}</h2>
${
  newest.length === 0
    ? html`<p>${say(view, words.none)}</p>`
    : html`<ol class="cards" reversed start="${newest.length - (number - 1) * perPage}">
${newest.slice((number - 1) * perPage, number * perPage).map((message) => item(view, message))}</ol>`
}
${pages > 1 && html`<nav class="pages" aria-label="${say(view, words.pages)}">${link(number - 1, words.newer)}<span>${number} / ${pages}</span>${link(number + 1, words.older)}</nav>`}`,
  );
}

function modeForm(view: View, unit: string, mode: Mode): Markup {
  const choice = (
    each: Mode,
  ) => html`<label><input type="radio" name="mode" value="${each}"${each === mode && html` checked`}> <b>${say(view, modeNames[each])}</b>: ${say(view, modeNames[each].means)}</label>
`;
  return html`<form method="post" action="${to(view, pathTo(unit, 'mode'))}"><fieldset><legend>${say(view, words.mode)}</legend>
${modes.map(choice)}<button>${say(view, words.switch)}</button></fieldset></form>`;
}

const senderOf = (view: View, { code, name }: Letter['from']): string =>
  kindOf(code) === undefined ? name : say(view, unitName(code));
const patientOf = (view: View, { name, birthDate }: Pick<Letter['patient'], 'name' | 'birthDate'>): Markup =>
  html`${name}${birthDate !== null && `, ${say(view, words.born)} ${birthDate}`}`;

function item(view: View, message: Message): Markup {
  const {
    unit,
    id,
    receivedAt,
    summary: { from, subject, patient },
  } = message;
  return html`<li><h3><a href="${to(view, pathTo(unit, 'messages', id))}" lang="da">${subject}</a></h3>
<p>${patientOf(view, patient)}</p>
<p class="quiet">${say(view, words.from)} ${senderOf(view, from)} · ${when(view, receivedAt)}</p>
<p>${status(view, message)}</p></li>
`;
}

/** In words: the colour says it once more. */
function status(view: View, message: Message, failures = 0): Markup {
  const { answer, told, times } = message;
  const state = stateOf(message);
  const colour = state === 'accepted' ? 'good' : state === 'unanswered' || state === 'answering' ? 'wait' : 'bad';
  return html`<span class="${colour}">${say(view, stateNames[state])}</span>${state === 'notTaken' && `: ${say(view, notTakenBecause(told!.status))}`}${answer?.outcome === 'rejected' && html`: <q>${answer.reason}</q>`}${
    failures > 0 && state === 'answering' && ` (${say(view, inVain(failures))})`
  }${answer && told && html` · ${when(view, told.at)}`}${times > 1 && html` · ${say(view, receivedTimes(times))}`}`;
}

export function messagePage(
  view: View,
  message: Message,
  {
    letter,
    bundle,
    mode,
    failures,
    fault,
  }: { letter: Letter; bundle: object; mode: Mode; failures: number; fault: Text | undefined },
): string {
  const { unit, receivedAt } = message;
  const row = (name: Text, value: Value) => html`<dt>${say(view, name)}</dt><dd>${value}</dd>
`;
  const { number } = letter.patient;
  return page(
    view,
    letter.subject,
    [home(view), atUnit(view, unit)],
    html`<p>${status(view, message, failures)}</p>
${mayAnswer(message, mode) && answerForms(view, message, fault)}
<h2>${say(view, words.letter)}</h2>
<article class="letter">
<dl>
${row(words.from, senderOf(view, letter.from))}${row(words.to, say(view, unitName(unit)))}${row(words.written, when(view, letter.writtenAt))}${row(words.arrived, when(view, receivedAt))}${row(words.patient, patientOf(view, letter.patient))}${
      number && row(number.temporary ? words.temporary : words.number, number.value)
    }${row(words.form, say(view, formIn(letter.form)))}</dl>
<p lang="da"><strong>${letter.subject}</strong></p>
<div class="text" lang="da">${letter.body}</div>
</article>
<details><summary>${say(view, words.bundle)}</summary><pre tabindex="0" lang="en">${JSON.stringify(bundle, undefined, 2)}</pre></details>`,
  );
}

/** Where a unit answers by itself, a person has a say in what was refused. */
export const mayAnswer = (message: Message, mode: Mode): boolean =>
  mode !== 'outOfOrder' && mayBeAnswered(message) && (mode === 'person' || stateOf(message) !== 'unanswered');

function answerForms(view: View, { unit, id }: Message, fault: Text | undefined): Markup {
  const action = to(view, pathTo(unit, 'messages', id, 'answers'));
  return html`<h2>${say(view, words.answer)}</h2>
<div class="answer">
<form method="post" action="${action}"><button name="outcome" value="accepted">${say(view, words.accept)}</button></form>
<form method="post" action="${action}">${fault && html`<p class="bad" id="fault" role="alert">${say(view, fault)}</p>`}<label for="reason">${say(view, words.reason)}</label>
<textarea id="reason" name="reason" required maxlength="1000"${fault && html` aria-invalid="true" aria-describedby="fault"`}></textarea>
<button class="no" name="outcome" value="rejected">${say(view, words.reject)}</button></form>
</div>`;
}

function formIn(form: Letter['form']): Text {
  if (form.kind === 'care') {
    const name = `MedCom CareCommunication${form.version === null ? '' : ` ${form.version}`}`;
    return {
      da: `${name}: brevet har dens form; overensstemmelsen er ikke certificeret`,
      en: `${name}: the letter has its shape; conformance is not certified`,
    };
  }
  if (form.kind === 'other')
    return { da: 'FHIR-besked uden nogen af MedComs profiler', en: 'A FHIR message that names no profile of MedCom' };
  const carried = form.standard && `${form.standard.code} ${form.standard.display}`.trim();
  return {
    da: `Udkast: MedCom har ingen FHIR-profil for dette brev${carried ? `; i dag sendes det som MedComs ${carried}` : ''}`,
    en: `Draft: MedCom has no FHIR profile for this letter${carried ? `; today MedCom’s ${carried} carries it` : ''}`,
  };
}

export const refusalPage = (view: View, refusal: keyof typeof refusals): string =>
  page(
    { ...view, path: '/' },
    say(view, refusals[refusal]),
    [home(view)],
    html`<p><a href="${to(view, '/')}">${say(view, words.back)}</a></p>`,
  );
