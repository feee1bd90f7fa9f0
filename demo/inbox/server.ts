/**
 * The systems of the units, for the demo: one HTTP server on 127.0.0.1 that takes the messages of pathways, keeps them, acknowledges them and shows them. It knows the tracker
 * by its HTTP interface alone, as any receiver would.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import type { Actor, Role } from '../../machines/pathway/roles.js';
import { kindOf, type Unit } from '../../machines/pathway/routes.js';
import type { Clock } from '../../src/database/clock.js';
import { Answering, ordinaryPauses, type Acknowledge, type Pauses } from './answering.js';
import { issue, write } from './exchange.js';
import { isOpen, Keep } from './keep.js';
import { Routes, unitCodes } from './routes.js';

/** `dir`: where inbox.jsonl is kept; `port`: 0 for a free one. */
export type InboxOptions = {
  dir: string;
  port: number;
  acknowledge: Acknowledge;
  clock?: Pick<Clock, 'now'>;
  logger: Logger;
  pauses?: Pauses;
};
/** `receivers`: the address of every unit, as src/messages/receivers.ts takes them. */
export type Inbox = { url: string; receivers: Record<string, { url: string }>; stop: () => Promise<void> };

const roles: Readonly<Record<Unit['kind'], Role>> = {
  practice: 'gpStaff',
  cvi: 'cvi',
  centre: 'secretary',
  clinic: 'secretary',
};
/** Who acknowledges for a unit. */
export const inboxActor = (unit: string): Actor => ({
  sub: `inbox.${unit}`,
  unit,
  roles: [roles[kindOf(unit) ?? 'practice']],
});

/** What was received and not answered before is answered from now on. Rejects with an Error that says the remedy when the port is taken, or what is kept cannot be read. */
export async function startInbox({
  dir,
  port,
  acknowledge,
  clock = { now: () => new Date() },
  logger,
  pauses = ordinaryPauses,
}: InboxOptions): Promise<Inbox> {
  const now = () => clock.now().toISOString();
  const keep = await Keep.open(dir);
  const answering = new Answering(keep, acknowledge, now, logger, pauses);
  const routes = new Routes({ keep, answering, now });
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000 },
    (request, response) => void respond(routes, logger, request, response),
  );
  try {
    await listening(server, port);
  } catch (error) {
    await keep.close();
    throw error;
  }
  answering.considerAll(keep.all().filter(isOpen));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    url,
    receivers: Object.fromEntries(unitCodes.map((unit) => [unit, { url: `${url}units/${unit}/messages` }])),
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      const patience = setTimeout(() => server.closeAllConnections(), 2_000);
      server.closeIdleConnections();
      await Promise.all([closed, answering.stop()]);
      clearTimeout(patience);
      await keep.close();
    },
  };
}

async function listening(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(
      `The port ${port} of the demo's inbox is taken: another program, or another start of this one, listens there. Set INBOX_PORT to another, or leave it out for a free one.`,
      { cause: error },
    );
  }
}

async function respond(
  routes: Routes,
  logger: Logger,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    write(response, await routes.answer(request));
  } catch (error) {
    // Whoever sent it went away.
    if (request.destroyed && !request.complete) return void response.destroy();
    const { name, code } = error as Error & { code?: string };
    logger.error({ fault: { name, code } }, "the demo's inbox could not answer a request");
    if (response.headersSent) response.destroy();
    else write(response, issue(500, 'exception', 'The inbox could not deal with this. Send it again.'));
  }
}
