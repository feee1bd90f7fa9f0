/** The real application on a random port with a database of its own, spoken to by HTTP as its users would. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { createApp } from '../../src/app.js';
import { demoIssuer, type DemoIssuer } from '../../demo/issuer.js';
import { localIssuer } from '../../src/auth/tokens.js';
import { SetClock } from '../../src/database/clock.js';
import { createDataSource } from '../../src/data-source.js';
import { createLogger } from '../../src/logging.js';
import type { Receivers } from '../../src/messages/receivers.js';
import { Sql } from '../../src/database/sql.js';
import type { Role } from '../../machines/pathway/roles.js';
import type { PathwayView } from '../../src/pathways/wire.js';
import { administrating, freshDatabase } from './database.js';

export type Reply<B = any> = { status: number; body: B; headers: Headers };
export type User = { role: Role | Role[]; unit: string; sub?: string };
export type Sending = {
  version?: number | string | null;
  key?: string | null;
  dryRun?: boolean;
  headers?: Record<string, string>;
};

export class TestServer {
  private readonly tokens = new Map<string, Promise<string>>();
  constructor(
    readonly url: string,
    readonly app: NestFastifyApplication,
    readonly source: DataSource,
    readonly sql: Sql,
    readonly clock: SetClock,
    readonly issuer: DemoIssuer,
    private readonly end: () => Promise<void>,
  ) {}

  token({ role, unit, sub = `${[role].flat()[0]}.${unit}` }: User): Promise<string> {
    const name = JSON.stringify([role, unit, sub]);
    const known = this.tokens.get(name) ?? this.issuer.sign({ sub, unit, roles: [role].flat() });
    this.tokens.set(name, known);
    return known;
  }

  async raw(
    method: string,
    path: string,
    init: { user?: User; body?: string | Buffer; headers?: Record<string, string> } = {},
  ): Promise<Reply> {
    const headers: Record<string, string> = {
      ...(init.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(init.user ? { authorization: `Bearer ${await this.token(init.user)}` } : {}),
      ...init.headers,
    };
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers,
      ...(init.body === undefined ? {} : { body: init.body }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text,
    };
  }

  get(path: string, user: User, headers: Record<string, string> = {}): Promise<Reply> {
    return this.raw('GET', path, { user, headers });
  }
  post(path: string, user: User, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    return this.raw('POST', path, { user, body: JSON.stringify(body), headers });
  }

  open(body: object, user: User, key: string = randomUUID()): Promise<Reply> {
    return this.post('/v1/pathways', user, body, { 'idempotency-key': key });
  }

  async send(
    id: string,
    user: User,
    event: { type: string } & Record<string, unknown>,
    { version, key = randomUUID(), dryRun, headers = {} }: Sending = {},
  ): Promise<Reply> {
    const at = version === undefined ? ((await this.get(`/v1/pathways/${id}`, user)).body.version as number) : version;
    return this.post(`/v1/pathways/${id}/events${dryRun ? '?dryRun=true' : ''}`, user, event, {
      ...(at === null ? {} : { 'if-match': typeof at === 'number' ? `"${at}"` : at }),
      ...(key === null || dryRun ? {} : { 'idempotency-key': key }),
      ...headers,
    });
  }

  /** As `send`, and it is expected to be taken: throws with the whole refusal otherwise. */
  async sent(
    id: string,
    user: User,
    event: { type: string } & Record<string, unknown>,
    sending: Sending = {},
  ): Promise<PathwayView> {
    const reply = await this.send(id, user, event, sending);
    if (reply.status !== 200)
      throw new Error(
        `${event.type} by ${JSON.stringify(user)} was answered ${reply.status}: ${JSON.stringify(reply.body)}`,
      );
    return reply.body as PathwayView;
  }

  async stop(): Promise<void> {
    await this.end();
  }
}

/** The clock stands at `now` until it is set; the acceptance cases' referral date by default. */
export async function startServer({
  now = '2026-03-02T08:00:00.000Z',
  receivers,
}: { now?: string; receivers?: Receivers } = {}): Promise<TestServer> {
  const database = await freshDatabase();
  const keys = mkdtempSync(join(tmpdir(), 'smertevejen-keys-'));
  const issuer = await demoIssuer(keys);
  const clock = new SetClock(now);
  const source = await createDataSource(database.url, 'serving', 10).initialize();
  const app = await createApp({
    source,
    clock,
    logger: createLogger(process.env['LOG_LEVEL'] ?? 'silent'),
    issuer: localIssuer(issuer),
    audience: 'smertevejen',
    ...(receivers ? { receivers } : {}),
  });
  await app.listen(0, '127.0.0.1');
  const owner = await administrating(database.url);
  return new TestServer(await app.getUrl(), app, owner, app.get(Sql), clock, issuer, async () => {
    await app.close();
    if (source.isInitialized) await source.destroy();
    await owner.destroy();
    await database.drop();
    rmSync(keys, { recursive: true, force: true });
  });
}
