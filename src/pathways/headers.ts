/** What a request about a pathway says beside its body: which pathway, on which version it was decided, and under which key it is sent once. */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { invalid, Problem } from '../http/problem.js';
import type { Answer } from './door.js';

export const pathwayId = z.uuid({ error: 'is no pathway id: it is a UUID' });
export const dryRunQuery = z.strictObject({
  dryRun: z.enum(['true', 'false'], { error: 'is neither true nor false' }).optional(),
});
export const keyHeader = {
  name: 'Idempotency-Key',
  required: true,
  description: 'a UUID, new for each request; the same to repeat it',
  schema: { type: 'string' as const, format: 'uuid' },
};
export const matchHeader = {
  name: 'If-Match',
  required: true,
  description: 'the version that was read, as its ETag: "7"',
  schema: { type: 'string' as const },
};

export function versionIn(header: string | undefined): number {
  if (header === undefined || header.trim() === '')
    throw new Problem('precondition-required', {
      da: 'Send If-Match med ETag for den version, du besluttede ud fra, fx If-Match: "7".',
      en: 'Send If-Match with the ETag of the version that you decided on, e.g. If-Match: "7".',
    });
  const version = /^\s*("?)(\d{1,9})\1\s*$/.exec(header)?.[2];
  if (version === undefined)
    throw invalid([{ pointer: '/headers/if-match', message: 'is no version: send the ETag of the pathway, e.g. "7"' }]);
  return Number(version);
}
export function keyIn(header: string | undefined): string {
  const key = z.uuid().safeParse(header?.trim());
  if (!key.success)
    throw invalid([
      {
        pointer: '/headers/idempotency-key',
        message:
          header === undefined
            ? 'is missing: send a new UUID for each request, and the same to repeat it'
            : 'is no UUID: send a new one for each request, and the same to repeat it',
      },
    ]);
  return key.data.toLowerCase();
}
export function answered(reply: FastifyReply, { view, replayed }: Answer) {
  void reply.header('etag', `"${view.version}"`);
  if (replayed) void reply.header('idempotency-replayed', 'true');
  return view;
}
