/**
 * The log only grows, and what it got wrong is put right by saying so: a correction is an entry of its own that voids a step, amends it or inserts one that was
 * forgotten. The pathway is the fold of the corrected sequence; every later step is judged again as if it came now, and a correction that would make one
 * illegal is refused. What the system noted by itself (a deadline, a delivery) lapses where it can no longer have been.
 */
import { z } from 'zod';
import { earliestDue } from '../pathway/clocks.js';
import type { Opening } from '../pathway/context.js';
import { rolesOf } from '../pathway/desks.js';
import { anyEvent, isEventType, type EventType, type PathwayEvent, type Told, type Wire } from '../pathway/events.js';
import { explain, possibleEvents } from './explain.js';
import { begun, isMove, isTold, movedBy, type Charts, type Taken } from './fold.js';
import { instant, seq, text, type Text } from '../pathway/fields.js';
import type { Finding } from './judging.js';
import { onDay } from '../pathway/letter-words.js';
import type { Composed } from '../pathway/letters.js';
import { roleNames, type Actor, type Role } from '../pathway/roles.js';
import { unitName } from '../pathway/routes.js';
import type { Stored, Where } from './snapshot.js';
import type { Chart } from './chart.js';

const reason = text(2_000).min(10, 'is shorter than 10 characters: say what was wrong, for whoever reads the log');
const event = (anyEvent as unknown as z.ZodType<Wire>).refine(({ occurredAt }) => occurredAt === undefined, {
  path: ['occurredAt'],
  error: 'stands beside the event in a correction, and not in it',
});
/** What is asked for. `seq` names the step; on an insert, the one that it came directly after, where several happened at the same instant. */
export const correctionRequest = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({ kind: z.literal('void'), seq: seq(), reason }),
      z.strictObject({
        kind: z.literal('amend'),
        seq: seq(),
        event: event.optional(),
        occurredAt: instant().optional(),
        reason,
      }),
      z.strictObject({ kind: z.literal('insert'), seq: seq().optional(), event, occurredAt: instant(), reason }),
    ],
    {
      error: (issue) =>
        issue.code === 'invalid_union' ? 'is no kind of correction: void, amend or insert' : undefined,
    },
  )
  .meta({
    id: 'Correction',
    title: 'What was wrong in the log: a step that never was, that was otherwise, or that was forgotten',
  });
export type CorrectionRequest = z.infer<typeof correctionRequest>;
/** As it stands in the log: with the system's steps that lapse by it, and the letters that tell of it. */
export type Correction = {
  type: 'log.corrected';
  lapsed: number[];
  told?: Pick<Told, 'letters' | 'instead'>;
} & CorrectionRequest;

/** An entry of the log, as far as the sequence hangs on it. */
export type Logged = { seq: number; event: { type: string }; occurredAt: string; actor: { unit: string; role: Role } };
/** A step of the corrected sequence: the event as the chart takes it, and the entry that says so: its own, or that of the correction. */
export type Step = { seq: number; event: Taken; saidBy: number };

const isCorrection = (entry: Logged): entry is Logged & { event: Correction } => entry.event.type === 'log.corrected';

/** The corrections that stand: a later one may have voided an earlier, and have been voided itself. */
function standing(log: readonly Logged[]): (Logged & { event: Correction })[] {
  const voided = new Set<number>();
  const kept = log
    .filter(isCorrection)
    .reverse()
    .filter(({ seq: own, event: { kind, seq: target } }) => {
      if (voided.has(own)) return false;
      if (kind === 'void') voided.add(target);
      return true;
    });
  return kept.reverse();
}

/** Steps in the order in which they happened; at one instant, in the order of the log. */
type Placed = Step & { place: number };
const inOrder = (a: Placed, b: Placed): number =>
  a.event.sent.at < b.event.sent.at ? -1 : a.event.sent.at > b.event.sent.at ? 1 : a.place - b.place || a.seq - b.seq;
const taken = (wire: object, at: string, own: number, { unit, role }: Logged['actor']): Taken =>
  ({ ...wire, sent: { at, seq: own, by: { unit, role } } }) as Taken;

/** The corrected sequence after the opening. A step keeps its seq, so that what refers to it (a note, an appointment, a message) still does; an inserted one has its correction's. */
export function sequenceOf(log: readonly Logged[]): Step[] {
  const steps = new Map<number, Placed>();
  for (const entry of log) {
    if (entry.seq > 1 && !isCorrection(entry))
      steps.set(entry.seq, {
        seq: entry.seq,
        event: taken(entry.event, entry.occurredAt, entry.seq, entry.actor),
        saidBy: entry.seq,
        place: entry.seq,
      });
  }
  for (const { seq: own, event: said, actor } of standing(log)) {
    if (said.kind === 'void') steps.delete(said.seq);
    else if (said.kind === 'insert')
      steps.set(own, {
        seq: own,
        event: taken(said.event, said.occurredAt, own, actor),
        saidBy: own,
        place: said.seq ?? own,
      });
    else {
      const was = steps.get(said.seq);
      const { sent, ...wire } = was?.event ?? { sent: undefined };
      if (was && sent)
        steps.set(said.seq, {
          ...was,
          saidBy: own,
          event: taken(said.event ?? wire, said.occurredAt ?? sent.at, said.seq, said.event ? actor : sent.by),
        });
    }
    for (const lapsed of said.lapsed) steps.delete(lapsed);
  }
  const told = standing(log).flatMap(
    ({ seq: own, event: { told: letters }, occurredAt: at, actor: { unit } }): Placed[] =>
      letters
        ? [
            {
              seq: own,
              event: { type: 'correction.told', ...letters, sent: { at, seq: own, by: { unit, role: 'system' } } },
              saidBy: own,
              place: own,
            },
          ]
        : [],
  );
  return [...steps.values(), ...told].sort(inOrder).map(({ place: _place, ...step }) => step);
}

/** What became of each entry that no longer stands as it was written: for the reader of the log. */
export type Standing = 'stands' | 'voided' | 'amended' | 'lapsed';
export function standingsOf(
  log: readonly Logged[],
): Map<number, { standing: Exclude<Standing, 'stands'>; by: number }> {
  const found = new Map<number, { standing: Exclude<Standing, 'stands'>; by: number }>();
  for (const { seq: own, event: said } of standing(log)) {
    if (said.kind === 'void') found.set(said.seq, { standing: 'voided', by: own });
    if (said.kind === 'amend') found.set(said.seq, { standing: 'amended', by: own });
    for (const lapsed of said.lapsed) found.set(lapsed, { standing: 'lapsed', by: own });
  }
  return found;
}

/** One step as it comes out: where the pathway was before it and after it, and what was said to whom. */
export type Trace = {
  seq: number;
  type: Taken['type'] | 'pathway.opened';
  at: string;
  chart: Chart;
  from: Where | null;
  to: Where;
  area: string;
  due: string | null;
  stored: Stored;
  messages: Composed[];
  findings: Finding[];
};
/** The first step that cannot have been, and every reason. */
export type Obstacle = {
  seq: number;
  event: Taken['type'];
  because: 'not-allowed' | 'event-not-possible' | 'rules-unmet';
  at: Where;
  roles: readonly Role[];
  possible: EventType[];
  findings: Finding[];
};
export type Retraced = { trail: Trace[]; lapsed: number[]; obstacle?: Obstacle };

/** The fold of a sequence, each step judged again by whoever sent it and by the chart that was in force. Ends at the first step of a person that is illegal. */
export function retrace(opening: Opening, steps: readonly Step[], from: Charts = {}): Retraced {
  const trail: Trace[] = [
    {
      seq: 1,
      type: 'pathway.opened',
      at: opening.at,
      from: null,
      ...outcome(begun(opening, from)),
      messages: [],
      findings: [],
    },
  ];
  const lapsed: number[] = [];
  for (const { seq: own, event: sent } of steps) {
    const before = trail.at(-1)!;
    const { at, by } = sent.sent;
    const traced = isMove(sent)
      ? silent(movedBy(sent, before.stored, from.versions))
      : isTold(sent)
        ? silent({ chart: before.chart, stored: before.chart.owe(before.stored, sent) })
        : judged(before, sent);
    if (!('because' in traced)) trail.push({ seq: own, type: sent.type, at, from: before.to, ...traced });
    else if (by.role === 'system') lapsed.push(own);
    else return { trail, lapsed, obstacle: { seq: own, event: sent.type, at: before.to, ...traced } };
  }
  return { trail, lapsed };
}

type Judged =
  | Pick<Trace, 'chart' | 'stored' | 'to' | 'area' | 'due' | 'messages' | 'findings'>
  | Pick<Obstacle, 'because' | 'roles' | 'possible' | 'findings'>;
function judged({ chart, stored }: Trace, event: PathwayEvent): Judged {
  const snapshot = chart.restore(stored);
  const { at, by } = event.sent;
  const { sender, possible, roles, findings, unanswered } = explain(snapshot, {
    type: event.type,
    actor: { sub: '', unit: by.unit, roles: [by.role] },
    at,
    event,
  });
  const next = sender && possible && unanswered.length === 0 ? chart.advance(snapshot, event) : undefined;
  if (next) return { ...outcome({ chart, stored: next.stored }), messages: next.messages, findings };
  return {
    because: !sender ? 'not-allowed' : !possible ? 'event-not-possible' : 'rules-unmet',
    roles,
    possible: possibleEvents(snapshot),
    findings: unanswered,
  };
}
const outcome = ({ chart, stored }: { chart: Chart; stored: Stored }) => ({
  chart,
  stored,
  to: chart.whereOf(stored.value, stored.context),
  area: stored.context.planningArea,
  due: earliestDue(stored.context.clocks),
});

const silent = (next: { chart: Chart; stored: Stored }) => ({ ...outcome(next), messages: [], findings: [] });

/** Those who answer for what a unit has recorded. */
const answerable: readonly Role[] = ['gp', 'cvi', 'triager', 'physician', 'secretary'];
type Target = {
  type: string;
  recordedAt: string;
  by: { unit: string; role: Role };
  /** where the pathway lay */ unit: string | null;
  last: boolean;
};
/**
 * May somebody take back or amend a step? The unit that made it, and what the system noted, the unit where the pathway lay. Its last step anybody there who could have
 * sent it takes back within the hours of an undo; all else those who answer for the unit. Resolves to the role he does it in, or why not.
 */
export function mayCorrect(
  actor: Actor,
  { type, recordedAt, by, unit, last }: Target,
  now: string,
  undoHours: number,
): { role: Role } | { refused: Text; roles: readonly Role[] } {
  const ofUnit = by.role === 'system' ? unit : by.unit;
  if (actor.unit !== ofUnit)
    return {
      roles: answerable,
      refused: {
        da: `Trinnet er registreret af ${unitName(ofUnit).da}: det rettes dér.`,
        en: `The step was recorded by ${unitName(ofUnit).en}: it is corrected there.`,
      },
    };
  const undo = last && Date.parse(now) - Date.parse(recordedAt) <= undoHours * 3_600_000;
  const roles =
    undo && isEventType(type)
      ? roleNames.filter((name) => answerable.includes(name) || rolesOf(type).includes(name))
      : answerable;
  const role = roles.find((name) => actor.roles.includes(name));
  if (role) return { role };
  return {
    roles,
    refused: {
      da: `Dette trin rettes af dem, der svarer for enheden${last ? `; det sidste trin kan enhver, der kunne sende det, fortryde inden for ${undoHours} timer` : ''}.`,
      en: `This step is corrected by those who answer for the unit${last ? `; the last step can be undone within ${undoHours} hours by anybody who could have sent it` : ''}.`,
    },
  };
}

/** The messages of a trail by their ids. */
const saidIn = (trail: readonly Trace[]) =>
  new Map(
    trail.flatMap(({ seq: own, at, messages }) =>
      messages.map((message, index): [string, Composed & { at: string }] => [
        `${own}.${index + 1}`,
        { at, ...message },
      ]),
    ),
  );
type Notice = Omit<Composed, 'letter'> & { letter: 'correction' };
/** These have deliveries that mean more: they stay owed, and the letter of correction follows them. */
const keptOwed: readonly string[] = ['note', 'dischargeLetter', 'letterAmended'];
/** What is owed by a correction: its letters, numbered after the messages of a step that it inserts, instead of those whose words they bring. */
export function toldBy(
  was: readonly Trace[],
  is: readonly Trace[],
  notices: readonly Notice[],
  own: number,
): Pick<Told, 'letters' | 'instead'> | undefined {
  const [before, known] = [saidIn(was), new Set(was.map(({ seq: step }) => step))];
  const inserted = is.find(({ seq: step, type }) => step === own && type !== 'correction.told')?.messages.length ?? 0;
  const otherwise = (id: string, { to, subject, body }: Composed) => {
    const then = before.get(id);
    return then?.to !== to || then.subject !== subject || then.body !== body;
  };
  const instead = [...saidIn(is)]
    .filter(
      ([id, message]) =>
        known.has(Number(id.split('.')[0])) && !keptOwed.includes(message.letter) && otherwise(id, message),
    )
    .map(([id]) => id);
  return notices.length + instead.length === 0
    ? undefined
    : { letters: notices.map(({ to }, index) => ({ message: `${own}.${inserted + index + 1}`, to })), instead };
}

/** Whoever was told what was not so is told what is: one letter each, with every message that would now read otherwise. */
export function noticesOf(
  was: readonly Trace[],
  is: readonly Trace[],
  { reason: why }: CorrectionRequest,
  by: { unit: string },
): Notice[] {
  const [before, after] = [saidIn(was), saidIn(is)];
  const known = new Set(was.map(({ seq: own }) => own));
  const lines = new Map<string | null, string[]>();
  const say = (to: string | null, line: string) => lines.set(to, [...(lines.get(to) ?? []), line]);
  for (const [id, { at, to, subject, body }] of before) {
    const now = after.get(id);
    if (now?.to !== to) say(to, `»${subject}« af ${onDay(at)} gælder ikke.`);
    else if (now.body !== body || now.subject !== subject)
      say(to, `»${subject}« af ${onDay(at)} lyder nu:\n${now.body}`);
  }
  for (const [id, { at, to, subject, body }] of after) {
    // What an inserted step says goes out as its own message.
    if (known.has(Number(id.split('.')[0])) && before.get(id)?.to !== to)
      say(to, `»${subject}« af ${onDay(at)}:\n${body}`);
  }
  return [...lines]
    .filter(([to]) => to !== by.unit)
    .map(([to, said]) => ({
      letter: 'correction',
      to,
      from: by.unit,
      subject: 'Rettelse',
      body: [`${unitName(by.unit).da} har rettet patientens forløb.`, `Begrundelse: ${why}`, ...said].join('\n'),
    }));
}
