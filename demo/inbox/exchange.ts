/** What is read from whom, and what stands on every answer. The inbox listens on this machine alone, and lets no other site's page speak through the reader's browser. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './letter.js';

export type Reply = { status: number; type: string; body: string; headers?: Record<string, string> };
export const page = (body: string, status = 200): Reply => ({ status, type: 'text/html; charset=utf-8', body });
/** FHIR's way to say what became of a request. Diagnostics repeat nothing of what was sent. */
export const outcome = (
  status: number,
  code: string,
  faults: readonly Fault[],
  headers?: Record<string, string>,
): Reply => ({
  status,
  type: 'application/fhir+json; charset=utf-8',
  ...(headers ? { headers } : {}),
  body: JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: faults.map(({ path, message }) => ({
      severity: status < 300 ? 'information' : 'error',
      code,
      diagnostics: path === '' ? message : `${path} ${message}`,
      ...(path === '' ? {} : { expression: [path] }),
    })),
  }),
});
export const issue = (status: number, code: string, message: string, headers?: Record<string, string>): Reply =>
  outcome(status, code, [{ path: '', message }], headers);

/** Unlike the tracker's own, this policy lets an origin through to ourselves: with no-referrer a browser sends "null" with a form, and nobody could tell whose it was. */
const guards = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
} as const;
export function write(response: ServerResponse, { status, type, body, headers = {} }: Reply): void {
  response
    .writeHead(status, { ...guards, 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers })
    .end(body);
}

/** As a browser writes them: an IPv6 address stands in brackets. */
const loopback: readonly string[] = ['127.0.0.1', '[::1]', 'localhost'];
/** A name of somebody else's that was made to lead here has his pages' rights (DNS rebinding). */
export function isHere({ headers: { host = '' } }: IncomingMessage): boolean {
  return (
    /^[\w.:[\]-]+$/.test(host) &&
    URL.canParse(`http://${host}`) &&
    loopback.includes(new URL(`http://${host}`).hostname)
  );
}
/** A form is taken from a page of ours alone. */
export const isFromHere = ({ headers: { host, origin } }: IncomingMessage): boolean => origin === `http://${host}`;

/** `application/json; charset=utf-8` is application/json. */
export const mediaOf = ({ headers }: IncomingMessage): string =>
  (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();

/** Undefined where it is larger. So much more is read and thrown away that whoever sends it can still read why; then the connection is cut. */
export async function bytesOf(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length <= limit) chunks.push(chunk as Buffer);
    else if (length > 16 * limit) return undefined;
  }
  return length > limit ? undefined : Buffer.concat(chunks);
}
