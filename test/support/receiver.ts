/** A unit's endpoint that takes messages, or misbehaves in the ways of networks, proxies and tired servers. It listens on 127.0.0.1, with a certificate that nobody trusts if it is `secure`. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/**
 * A number is a status with an OperationOutcome. `slow` and `lost` take the message, and answer after `slowMs` or cut the connection; `cutAfter200` takes it and breaks off in the middle of the answer. `drip`
 * sends a byte at a time for ever, `endless` as much as it can, `noise` something that is no HTTP. `redirect` points at `/elsewhere` of this server unless `location` says otherwise.
 */
export type Behaviour =
  | 'ok'
  | 'slow'
  | 'lost'
  | 'cutAfter200'
  | 'reset'
  | 'redirect'
  | 'html'
  | 'garbage'
  | 'empty'
  | 'hang'
  | 'drip'
  | 'endless'
  | 'noise'
  | number;
export type Received = { id: string; bundle: string; at: Date; path: string; headers: IncomingHttpHeaders };
export type TestReceiver = {
  url: string;
  received: Received[];
  /** By Bundle.identifier.value, or the header's id where the body is no Bundle: how often it had an effect. Only an id that the receiver has not seen in the header has one. */
  effects: Map<string, number>;
  /** From now on, for every message or by its id; headers are added to each answer. */
  behave: (next: Behaviour | ((id: string) => Behaviour), headers?: Record<string, string>) => void;
  /** PEM, where it is secure. */
  certificate: string | undefined;
  stop: () => Promise<void>;
};

const takes: readonly Behaviour[] = ['ok', 'slow', 'lost', 'cutAfter200', 'empty'];
const json = { 'content-type': 'application/fhir+json' };
const outcome = (severity: string) =>
  JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity, code: 'informational' }] });

export async function startReceiver({
  secure = false,
  slowMs = 30_000,
}: { secure?: boolean; slowMs?: number } = {}): Promise<TestReceiver> {
  let next: Behaviour | ((id: string) => Behaviour) = 'ok';
  let added: Record<string, string> = {};
  const received: Received[] = [];
  const effects = new Map<string, number>();
  const known = new Set<string>();
  const timers = new Set<NodeJS.Timeout>();
  const later = (ms: number, work: () => void) => {
    timers.add(setTimeout(work, ms));
  };

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    let bundle = '';
    for await (const chunk of request.setEncoding('utf8')) bundle += chunk as string;
    const id = String(request.headers['idempotency-key'] ?? '');
    received.push({ id, bundle, at: new Date(), path: request.url ?? '', headers: request.headers });
    const behaviour = typeof next === 'function' ? next(id) : next;
    if ((takes.includes(behaviour) || (typeof behaviour === 'number' && behaviour < 300)) && !known.has(id)) {
      known.add(id);
      const named = identifierOf(bundle) ?? id;
      effects.set(named, (effects.get(named) ?? 0) + 1);
    }
    misbehave(behaviour, response, { slowMs, later, added });
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch(() => response.destroy());
  };
  const identity = secure ? selfSigned() : undefined;
  const server = identity ? createSecureServer(identity, listener) : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/messages`,
    received,
    effects,
    certificate: identity?.cert,
    behave: (behaviour, headers = {}) => {
      next = behaviour;
      added = headers;
    },
    stop: async () => {
      for (const timer of timers) clearTimeout(timer);
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function identifierOf(bundle: string): string | undefined {
  try {
    return (JSON.parse(bundle) as { identifier?: { value?: string } }).identifier?.value;
  } catch {
    return undefined;
  }
}

function misbehave(
  behaviour: Behaviour,
  response: ServerResponse,
  {
    slowMs,
    later,
    added,
  }: { slowMs: number; later: (ms: number, work: () => void) => void; added: Record<string, string> },
): void {
  const ok = () => {
    response.writeHead(200, { ...json, ...added }).end(outcome('information'));
  };
  const drip = () => {
    if (!response.destroyed) {
      response.write(' ');
      later(20, drip);
    }
  };
  switch (behaviour) {
    case 'ok':
      return ok();
    case 'empty':
      response.writeHead(202, added).end();
      return;
    case 'slow':
      return later(slowMs, ok);
    case 'hang':
      return;
    case 'lost':
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'cutAfter200':
      response.writeHead(200, { ...json, 'content-length': '1000', ...added }).write('{"resourceType":', () => {
        response.socket?.destroy();
      });
      return;
    case 'redirect':
      response.writeHead(307, { location: '/elsewhere', ...added }).end();
      return;
    case 'html':
      response
        .writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...added })
        .end('<!doctype html><title>Log on to the network</title>');
      return;
    case 'garbage':
      response.writeHead(200, { ...json, ...added }).end('\u0000\u0001 not JSON');
      return;
    case 'drip':
      response.writeHead(200, { ...json, ...added });
      return drip();
    case 'endless': {
      response.writeHead(200, { ...json, ...added });
      const pour = () => {
        while (!response.destroyed && response.write(' '.repeat(16_384)));
      };
      response.on('drain', pour);
      return pour();
    }
    case 'noise':
      response.socket?.end('220 mail.example ESMTP\r\n');
      return;
    default:
      response
        .writeHead(behaviour, { ...json, ...added })
        .end([204, 304].includes(behaviour) ? undefined : outcome(behaviour < 300 ? 'information' : 'error'));
  }
}

// ---- a certificate (X.509 v3, RFC 5280) for 127.0.0.1; its key is new in each run, so that none stands in the repository

const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const { length } = content;
  return Buffer.concat([
    Buffer.from(
      length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255],
    ),
    content,
  ]);
};
const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const utcTime = (at: Date) => der(0x17, Buffer.from(at.toISOString().replace(/^20|[-:T]|\.\d+/g, '')));

export function selfSigned(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'));
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('a receiver of the tests')))));
  const dayMs = 86_400_000;
  const subjectAltName = sequence(oid('551d11'), der(0x04, sequence(der(0x87, Buffer.from([127, 0, 0, 1])))));
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ecdsaWithSha256,
    name,
    sequence(utcTime(new Date(Date.now() - dayMs)), utcTime(new Date(Date.now() + dayMs))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(subjectAltName)),
  );
  const certificate = sequence(
    signed,
    ecdsaWithSha256,
    der(0x03, Buffer.from([0]), sign('sha256', signed, privateKey)),
  );
  const lines = certificate
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}
