/** A random pathway with random corrections, and what the services promise of each: whatever it is, its preview and it itself say the same. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Correction, CorrectionRequest } from '../../machines/engine/corrections.js';
import { events, isEventType, type Wire } from '../../machines/pathway/events.js';
import { roleNames, type Actor } from '../../machines/pathway/roles.js';
import { restore } from '../../machines/engine/snapshot.js';
import { Corrections } from '../../src/pathways/corrections.js';
import { Door } from '../../src/pathways/door.js';
import { Openings } from '../../src/pathways/openings.js';
import { retraceOf } from '../../src/pathways/past.js';
import type { OpeningRequest } from '../../src/pathways/wire.js';
import { Problem } from '../../src/http/problem.js';
import { laterBy, propose, type Draw } from './random-walk.js';
import type { TestServer } from './server.js';

const auditor: Actor = { sub: 'auditor', unit: 'REGION', roles: ['auditor'] };
const everybody = (unit: string): Actor => ({
  sub: 'random',
  unit,
  roles: roleNames.filter((role) => role !== 'system' && role !== 'auditor'),
});
const refusal = (error: unknown): string => {
  if (error instanceof Problem && error.type !== 'internal')
    return `${error.type} ${JSON.stringify(error.extra['errors'] ?? [error.extra['seq'], error.extra['because']])}`;
  throw error;
};
const viewDue = (clocks: readonly { dueAt: string }[]): string | null =>
  clocks.map(({ dueAt }) => dueAt).sort()[0] ?? null;
const between = (draw: Draw, from: string, to: string): string =>
  new Date(Date.parse(from) + draw.whole(0, Math.max(0, Date.parse(to) - Date.parse(from)))).toISOString();

/** Its steps and corrections are drawn, judged and taken by the services themselves, at the server's clock. */
export class CorrectedWalk {
  id = '';
  done = { void: 0, amend: 0, insert: 0, refused: 0 };
  constructor(
    private readonly server: TestServer,
    private readonly draw: Draw,
  ) {}

  async begin(patient: OpeningRequest['patient'] = { name: 'Tilde Test', birthDate: '1961-03-14' }): Promise<void> {
    const area = this.draw.pick(['nord', 'midt', 'byen', 'syd'] as const);
    const { view } = await this.server.app
      .get(Openings)
      .open(
        { patient, planningArea: area },
        { sub: 'random', unit: `GP_${area.toUpperCase()}`, roles: ['gp'] },
        randomUUID(),
      );
    this.id = view.id;
  }

  async step(): Promise<void> {
    const door = this.server.app.get(Door);
    const { row, snapshot } = await door.read(this.id, auditor);
    const at = laterBy(this.draw, this.server.clock.now().toISOString(), viewDue(snapshot.context.clocks));
    this.server.clock.set(at);
    if (row.version > 2 && this.draw.chance(0.3)) return this.corrects(row.version);
    const proposal = propose(this.draw, snapshot, at, row.version + 1);
    if (!proposal) return;
    try {
      await door.send({
        pathway: this.id,
        event: events[proposal.event.type].schema.parse(proposal.event) as Wire,
        actor: proposal.actor,
        version: row.version,
        key: randomUUID(),
      });
    } catch (error) {
      refusal(error);
    }
  }

  /** Whatever it is, its preview and it itself say the same. */
  private async corrects(version: number): Promise<void> {
    const corrections = this.server.app.get(Corrections);
    const proposed = await this.proposed(version);
    if (!proposed) return;
    const attempt = { pathway: this.id, version, ...proposed };
    const preview = await corrections.preview(attempt).catch(refusal);
    const done = await corrections.correct({ ...attempt, key: randomUUID() }).catch(refusal);
    if (typeof preview === 'string' || typeof done === 'string') {
      assert.equal(done, preview);
      this.done.refused += 1;
      return;
    }
    this.done[proposed.request.kind] += 1;
    const { stage, state, unit, deadlines } = done.view;
    assert.deepEqual({ stage, state, unit, deadlines }, { ...preview.to, deadlines: preview.deadlines.after });
    const entries = await this.server.app.get(Door).entries(this.id, version + 1);
    const lapsed = (entries.at(-1)!.event as Correction).lapsed;
    assert.deepEqual(
      preview.transitions.filter(({ change }) => change === 'lapsed').map(({ seq }) => seq),
      [...lapsed].sort((a, b) => a - b),
    );
  }

  private async proposed(version: number): Promise<{ request: CorrectionRequest; actor: Actor } | undefined> {
    const { draw } = this;
    const entries = await this.server.app.get(Door).entries(this.id, version);
    const { trail } = retraceOf(entries);
    const reason = 'Registreret forkert ved en fejl';
    const kind = draw.pick(['void', 'void', 'amend', 'insert'] as const);
    if (kind === 'insert') {
      const place = draw.whole(0, trail.length - 1);
      const at = between(draw, trail[place]!.at, trail[place + 1]?.at ?? this.server.clock.now().toISOString());
      const proposal = propose(draw, restore(trail[place]!.stored), at, version + 1);
      return (
        proposal && {
          request: {
            kind,
            event: events[proposal.event.type].schema.parse(proposal.event) as Wire,
            occurredAt: at,
            reason,
            ...(draw.chance(0.3) && trail[place]!.seq > 1 ? { seq: trail[place]!.seq } : {}),
          },
          actor: proposal.actor,
        }
      );
    }
    const entry = entries[draw.chance(0.5) ? version - 1 : draw.whole(1, version - 1)]!;
    const actor = everybody(entry.actor.role === 'system' ? (entry.from?.unit ?? 'GP_NORD') : entry.actor.unit);
    if (kind === 'void') return { request: { kind, seq: entry.seq, reason }, actor };
    const place = trail.findIndex(({ seq }) => seq === entry.seq);
    if (place < 1) return undefined;
    const at = between(draw, trail[place - 1]!.at, trail[place + 1]?.at ?? this.server.clock.now().toISOString());
    // A step that was inserted has its correction's seq: that is not amended, and the attempt says so.
    const again = isEventType(entry.event.type)
      ? propose(draw, restore(trail[place - 1]!.stored), at, entry.seq, [entry.event.type])
      : undefined;
    const event =
      again && draw.chance(0.5) ? { event: events[again.event.type].schema.parse(again.event) as Wire } : {};
    return { request: { kind, seq: entry.seq, occurredAt: at, reason, ...event }, actor };
  }
}
