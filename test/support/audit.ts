/** A log of the real thing: made by HTTP, sequenced and signed by the real sequencer, with its checkpoints in a directory of the test's own. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { Keep } from '../../src/audit/tree/keep.js';
import { openSigner } from '../../src/audit/tree/keys.js';
import { logName, signerOf, verifierOf, type Signer, type Verifier } from '../../src/audit/tree/note.js';
import { Sequencer } from '../../src/audit/tree/sequencer.js';
import { databaseLog } from '../../src/audit/verify/source-database.js';
import { lagOf } from '../../src/audit/tree/store.js';
import { verify, type Report, type Verifying } from '../../src/audit/verify/verify.js';
import { createDataSource } from '../../src/data-source.js';
import { Sql } from '../../src/database/sql.js';
import { createLogger } from '../../src/logging.js';
import { opened, staffOf, walkTo } from './referral.js';
import { startServer, type TestServer } from './server.js';

const areas = ['midt', 'nord', 'byen', 'syd'] as const;

export class TestLog {
  private constructor(
    readonly server: TestServer,
    readonly url: string,
    readonly dir: string,
    readonly keep: Keep,
    readonly signer: Signer,
    readonly sequencer: Sequencer,
    private readonly sequencing: DataSource,
    readonly verifiers: readonly Verifier[] = [verifierOf(signer.verifierKey)],
  ) {}

  static async start(): Promise<TestLog> {
    const dir = mkdtempSync(join(tmpdir(), 'smertevejen-log-'));
    const server = await startServer();
    const { url } = server.source.options as { url: string };
    const sequencing = await createDataSource(url, 'sequencing', 2).initialize();
    const [keep, signer] = [new Keep(dir), openSigner(dir, logName)];
    return new TestLog(
      server,
      url,
      dir,
      keep,
      signer,
      new Sequencer(new Sql(sequencing), keep, signer, server.clock, createLogger('silent')),
      sequencing,
    );
  }

  /** Another start of the sequencer. */
  static async sequencerOf({
    url,
    keep,
    signer,
    server,
  }: TestLog): Promise<{ sequencer: Sequencer; end: () => Promise<void> }> {
    const sequencing = await createDataSource(url, 'sequencing', 1).initialize();
    return {
      sequencer: new Sequencer(new Sql(sequencing), keep, signer, server.clock, createLogger('silent')),
      end: () => sequencing.destroy(),
    };
  }

  /** Every pending entry gets its place, and the log a checkpoint. */
  async signed(): Promise<void> {
    while ((await lagOf(this.server.sql)).pending > 0) await this.sequencer.append();
    await this.sequencer.sign();
  }

  /** Pathways in every stage, refusals and look-ups in between, and a checkpoint after every `each`th. */
  async grow(pathways: number, each = 2): Promise<void> {
    const states = [
      'visitation.assessing',
      'painClinic.treatment',
      'dischargedToGp',
      'referral.sent',
      'controlPhase.followUp',
    ];
    for (let index = 0; index < pathways; index++) {
      const area = areas[index % areas.length]!;
      const { gp } = staffOf(area);
      const { id } = await walkTo(this.server, states[index % states.length]!, {
        area,
        patient: { name: `Patient ${index}`, birthDate: '1968-07-05' },
      });
      const other = await opened(this.server, { area, patient: { name: `Anden ${index}`, birthDate: '1970-01-01' } });
      await this.server.send(other.id, gp, { type: 'referral.submitted' }, { version: 1 });
      await this.server.get(`/v1/pathways/${id}`, { role: 'auditor', unit: 'REGION' });
      await this.server.get('/v1/pathways?limit=5', gp);
      this.server.clock.set(new Date(this.server.clock.now().getTime() + 3_600_000));
      if ((index + 1) % each === 0) await this.signed();
    }
  }

  /** Entries that wait for their place: a transition, a refusal, a look-up. */
  async unsigned(): Promise<void> {
    const { gp } = staffOf('midt');
    const { id } = await opened(this.server, { area: 'midt' });
    await this.server.send(id, gp, { type: 'referral.submitted' }, { version: 1 });
    await this.server.get(`/v1/pathways/${id}`, gp);
  }

  verify(options: Partial<Verifying> = {}, pageSize?: number): Promise<Report> {
    return verify(databaseLog(this.server.sql, pageSize), {
      verifiers: this.verifiers,
      outside: this.keep,
      now: this.server.clock.now(),
      ...options,
    });
  }

  async stop(): Promise<void> {
    await this.sequencing.destroy();
    await this.server.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export const foreignSigner = (): Signer => signerOf(logName, generateKeyPairSync('ed25519').privateKey);

/** One connection of the administrator without triggers, on which the log is changed, looked at, and put back. */
export class Tampering {
  private constructor(
    readonly client: pg.Client,
    readonly sql: Sql,
  ) {}
  static async of(url: string): Promise<Tampering> {
    const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' });
    await client.connect();
    await client.query('set session_replication_role = replica');
    return new Tampering(client, new Sql({ driver: { master: client } } as never));
  }
  /** What is seen while `change` is made; afterwards all is as before. */
  async during<T>(change: (client: pg.Client) => Promise<unknown>, look: (sql: Sql) => Promise<T>): Promise<T> {
    await this.client.query('begin');
    try {
      await change(this.client);
      return await look(this.sql);
    } finally {
      await this.client.query('rollback');
    }
  }
  end(): Promise<void> {
    return this.client.end();
  }
}
