/** The professional advice that was given about a patient (L136–138, O3.3), as the log tells it. */
import { z } from 'zod';
import { standingsOf, type Correction, type Standing } from '../../machines/engine/corrections.js';
import type { Wire } from '../../machines/pathway/events.js';
import { unitCode } from '../../machines/pathway/fields.js';
import { roleNames } from '../../machines/pathway/roles.js';
import type { Entry } from '../pathways/log.js';
import { stepsOf } from '../pathways/past.js';

const time = z.string().meta({ format: 'date-time' });
const actor = z.object({ sub: z.string(), role: z.enum(roleNames).nullable(), unit: z.string() });
export const adviceView = z
  .object({
    items: z.array(
      z.object({
        seq: z.int(),
        at: time.meta({ description: 'when it was given' }),
        unit: unitCode().meta({ description: 'the pain centre that gave it' }),
        counterpart: z.string(),
        topic: z.string(),
        advice: z.string(),
        by: actor.meta({ description: 'who logged it' }),
        standing: z.enum(['stands', 'voided', 'amended']),
        correctedBy: z.object({ seq: z.int(), actor, recordedAt: time, reason: z.string() }).nullable(),
      }),
    ),
  })
  .meta({ id: 'Advice', title: 'Professional advice about a patient, in the order in which it was given' });
type Advice = z.infer<typeof adviceView>['items'][number];

const isAdvice = (event: { type: string }): event is Wire<'advice.logged'> => event.type === 'advice.logged';
/** Logged as it was given, or inserted afterwards. */
function loggedIn({ event, occurredAt }: Entry): { said: Wire<'advice.logged'>; at: string } | undefined {
  if (isAdvice(event)) return { said: event, at: occurredAt };
  if (event.type !== 'log.corrected') return undefined;
  const correction = event as Correction;
  return correction.kind === 'insert' && isAdvice(correction.event)
    ? { said: correction.event, at: correction.occurredAt }
    : undefined;
}

/** What was taken back stays legible and is marked, as in the log of transitions; what was amended is shown as it holds now. */
export function adviceIn(entries: readonly Entry[]): Advice[] {
  const standings = standingsOf(entries as never);
  const given = new Map(stepsOf(entries).flatMap(({ seq, event }) => (isAdvice(event) ? [[seq, event] as const] : [])));
  const items = entries.flatMap((entry): Advice[] => {
    const logged = loggedIn(entry);
    if (!logged) return [];
    const holds = given.get(entry.seq);
    const { said, at } = holds ? { said: holds, at: holds.sent.at } : logged;
    const { unit, counterpart, topic, advice } = said;
    const { standing, by } = standings.get(entry.seq) ?? { standing: 'stands' as const, by: undefined };
    return [
      {
        seq: entry.seq,
        at,
        unit,
        counterpart,
        topic,
        advice,
        by: entry.actor,
        standing: standing as Exclude<Standing, 'lapsed'>,
        correctedBy: by === undefined ? null : correctedBy(entries[by - 1]!),
      },
    ];
  });
  return items.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.seq - b.seq));
}
const correctedBy = ({ seq, actor: who, recordedAt, event }: Entry): NonNullable<Advice['correctedBy']> => ({
  seq,
  actor: who,
  recordedAt,
  reason: (event as Correction).reason,
});
