/**
 * One attempt to deliver one message to a unit's own endpoint. It never throws: whatever happens is one of three outcomes, and whoever calls decides when to try again.
 * `why` may stand in a log and in a work item: it holds no address, no patient data and nothing of the answer's text.
 */
import type { Receiver } from './receivers.js';

export type Outcome =
  | { kind: 'taken' }
  /** The receiver will not have it, and would not the next time: a person looks at it. */
  | { kind: 'refused'; status: number; why: string }
  /** Nothing is known of whether it arrived: the same message is sent again under the same id. */
  | { kind: 'unreachable'; why: string; retryAfterMs?: number };
export type Attempt = { timeoutMs?: number; now?: () => Date };

const acceptances: readonly number[] = [200, 201, 202, 204];
/** The request was not looked at: too slow, too early, too many. */
const notNow: readonly number[] = [408, 425, 429];
const longestBody = 64 * 1024;
const longestRetryAfterMs = 24 * 60 * 60 * 1000;

/** `bundle` is FHIR JSON. `timeoutMs` holds for the whole exchange, from the look-up of the name to the last byte of the answer. */
export async function post(
  receiver: Receiver,
  bundle: string,
  { id }: { id: string },
  { timeoutMs = 5_000, now = () => new Date() }: Attempt = {},
): Promise<Outcome> {
  // The one switch by which Node would believe any certificate, from outside and for every connection.
  if (receiver.url.protocol === 'https:' && process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    return unreachable('certificates are not verified here: unset NODE_TLS_REJECT_UNAUTHORIZED');
  const exchange = new AbortController();
  const timer = setTimeout(() => exchange.abort(), timeoutMs);
  try {
    return await judged(
      await fetch(receiver.url, {
        method: 'POST',
        body: bundle,
        redirect: 'manual',
        signal: exchange.signal,
        headers: {
          'content-type': 'application/fhir+json',
          accept: 'application/fhir+json, application/json',
          'idempotency-key': id,
          ...(receiver.token === undefined ? {} : { authorization: `Bearer ${receiver.token}` }),
        },
      }),
      now,
    );
  } catch (error) {
    return unreachable(exchange.signal.aborted ? `no whole answer within ${timeoutMs / 1000} s` : reason(error));
  } finally {
    clearTimeout(timer);
    // An answer that was not read to its end would keep its connection, and its sender busy.
    exchange.abort();
  }
}

const unreachable = (why: string, retryAfterMs?: number): Outcome => ({
  kind: 'unreachable',
  why,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

async function judged(answer: Response, now: () => Date): Promise<Outcome> {
  const { status, headers } = answer;
  if (status >= 500 || notNow.includes(status))
    return unreachable(`answered ${status}`, retryAfterMs(headers.get('retry-after'), now));
  // Whoever answers for a receiver must not choose where a patient's letter goes: an address is changed in the list of receivers.
  if (status >= 300)
    return { kind: 'refused', status, why: status < 400 ? 'redirects are not followed' : `answered ${status}` };
  if (!acceptances.includes(status)) return unreachable(`answered ${status}, which is no acceptance`);
  const body = await textOf(answer, longestBody);
  if (body === undefined)
    return unreachable(`answered ${status} and more than ${longestBody / 1024} KiB, which is no acceptance`);
  // A captive portal and a proxy's error page come with 200 as well.
  return body === '' || (isJson(headers.get('content-type')) && parses(body))
    ? { kind: 'taken' }
    : unreachable(`answered ${status} with something else than JSON, which is no acceptance`);
}

/** Undefined where it is longer; the rest is not waited for. */
async function textOf({ body }: Response, limit: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += (chunk as Uint8Array).length;
    if (length > limit) return undefined;
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8').trim();
}

const isJson = (type: string | null): boolean =>
  /^application\/(\w+\+)?json$/i.test((type ?? '').split(';')[0]!.trim());
function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Seconds or a date (RFC 9110, 10.2.3), at most a day; anything else says nothing. */
function retryAfterMs(value: string | null, now: () => Date): number | undefined {
  if (value === null) return undefined;
  const date = /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(value) ? Date.parse(value) : NaN;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : date - now().getTime();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), longestRetryAfterMs);
}

const failures: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
};
/** By the code alone: the messages of Node and OpenSSL name the address, and what was in the certificate. */
function reason(error: unknown): string {
  const code = [error, error instanceof Error ? error.cause : undefined].flatMap((thrown) =>
    thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? [thrown.code] : [],
  )[0];
  if (code === undefined || !/^\w+$/.test(code)) return 'the network failed';
  if (failures[code] !== undefined) return failures[code];
  return `${/CERT|LEAF_SIGNATURE/.test(code) ? 'its certificate is not trusted' : code.startsWith('HPE_') ? 'the answer is no HTTP' : /SSL|TLS/.test(code) ? 'TLS failed' : 'the network failed'} (${code})`;
}
