import fastify from 'fastify';
import pg from 'pg';

/** What a transition costs at least: Fastify, pg, one row read, and one statement that updates it and adds a transition and a message to send. Nothing of the product. */
const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 16 });
const read = { name: 'read', text: 'select version, snapshot from pathway where id = $1' };
const write = {
  name: 'write',
  text: `
  with moved as (update pathway set version = version + 1, snapshot = $3 where id = $1 and version = $2 returning version),
    logged as (insert into transition (pathway_id, seq, event, recorded_at) select $1, version, $4, now() from moved)
  insert into outbox (pathway_id, seq, body, created_at) select $1, version, $4, now() from moved`,
};

const app = fastify({ bodyLimit: 256 * 1024 });
app.post<{ Params: { id: string }; Body: object }>('/v1/pathways/:id/events', async (request, reply) => {
  const { id } = request.params;
  const row = (await pool.query<{ version: number; snapshot: object }>({ ...read, values: [id] })).rows[0]!;
  const event = JSON.stringify(request.body);
  const next = { ...row.snapshot, last: request.body };
  const { rowCount } = await pool.query({ ...write, values: [id, row.version, JSON.stringify(next), event] });
  return reply.status(rowCount === 1 ? 200 : 412).send({ id, version: row.version + 1, ...next });
});
await app.listen({ port: 0, host: '127.0.0.1' });
const address = app.server.address() as { port: number };
process.send?.({ url: `http://127.0.0.1:${address.port}` });
