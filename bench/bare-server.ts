import fastify from 'fastify';
import pg from 'pg';
import { commit, load, type LoadedRow } from '../src/pathways/statements.js';

/** The measure: Fastify and pg, the same two statements with the values of a real walk, and nothing in between. */
type Template = { values: unknown[]; answer: string };
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 16 });
const app = fastify({ bodyLimit: 256 * 1024 });
let templates: Template[] = [];

app.post<{ Params: { id: string } }>('/v1/pathways/:id/events', async (request, reply) => {
  const { id } = request.params;
  const key = request.headers['idempotency-key'];
  const row = (await pool.query<LoadedRow>({ ...load, values: [id, 'bench', key] })).rows[0]!;
  const { values, answer } = templates[row.version - 1]!;
  const now = new Date();
  const given = [...values];
  given.splice(0, 2, id, row.version);
  given[3] = now;
  given[4] = now;
  given[24] = key;
  await pool.query({ ...commit, values: given });
  return reply
    .header('etag', `"${row.version + 1}"`)
    .header('content-type', 'application/json')
    .send(answer);
});
process.on('message', (message: Template[]) => {
  templates = message.map(({ values, answer }) => ({
    answer,
    values: values.map((value) =>
      value && typeof value === 'object' && 'hex' in value ? Buffer.from(value.hex as string, 'hex') : value,
    ),
  }));
});
await app.listen({ port: 0, host: '127.0.0.1' });
const address = app.server.address() as { port: number };
process.send?.({ url: `http://127.0.0.1:${address.port}` });
