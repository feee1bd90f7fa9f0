/** Everything that the surroundings decide, read once. A wrong value stops the start with its name and the remedy. */
import { join } from 'node:path';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const databaseUrl = z.url({ protocol: /^postgres(ql)?$/ });
const environment = z.object({
  PORT: port.default(3000),
  HOST: z.string().default('127.0.0.1'),
  INBOX_PORT: port.default(0),
  RECEIVERS: z.string().min(1).optional(),
  DATABASE_URL: databaseUrl.optional(),
  MIGRATION_DATABASE_URL: databaseUrl.optional(),
  SEQUENCER_DATABASE_URL: databaseUrl.optional(),
  AUDIT_DIR: z.string().min(1).optional(),
  DATA_DIR: z.string().min(1).default('.data'),
  ISSUER: z.url().optional(),
  JWKS_URL: z.url().optional(),
  AUDIENCE: z.string().min(1).default('smertevejen'),
  SEED: z.enum(['demo', 'none']).default('demo'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  POOL_SIZE: z.coerce.number().int().min(1).max(200).default(10),
});

export type Config = {
  demo: boolean;
  port: number;
  host: string;
  inboxPort: number;
  receivers: string | undefined;
  databaseUrl: string | undefined;
  migrationUrl: string | undefined;
  sequencerUrl: string | undefined;
  dataDir: string;
  auditDir: string;
  issuer: { issuer: string; jwksUrl: string } | undefined;
  audience: string;
  seed: 'demo' | 'none';
  logLevel: string;
  poolSize: number;
};

/** Throws an Error whose message names each variable that is wrong. */
export function readConfig(env: NodeJS.ProcessEnv, { demo }: { demo: boolean }): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success)
    throw new Error(
      `The environment is not right:\n${parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`).join('\n')}`,
    );
  const {
    PORT,
    HOST,
    INBOX_PORT,
    RECEIVERS,
    DATABASE_URL,
    MIGRATION_DATABASE_URL,
    SEQUENCER_DATABASE_URL,
    DATA_DIR,
    AUDIT_DIR,
    ISSUER,
    JWKS_URL,
    AUDIENCE,
    SEED,
    LOG_LEVEL,
    POOL_SIZE,
  } = parsed.data;
  if (!(ISSUER && JWKS_URL) && (!demo || ISSUER || JWKS_URL)) {
    throw new Error(
      "No token issuer is configured: set ISSUER and JWKS_URL to your OpenID provider's, or run the demo with `npm start`, which brings its own.",
    );
  }
  return {
    demo,
    port: PORT,
    host: HOST,
    inboxPort: INBOX_PORT,
    receivers: RECEIVERS,
    databaseUrl: DATABASE_URL,
    migrationUrl: MIGRATION_DATABASE_URL,
    sequencerUrl: SEQUENCER_DATABASE_URL,
    dataDir: DATA_DIR,
    auditDir: AUDIT_DIR ?? join(DATA_DIR, 'audit'),
    issuer: ISSUER && JWKS_URL ? { issuer: ISSUER, jwksUrl: JWKS_URL } : undefined,
    audience: AUDIENCE,
    seed: SEED,
    logLevel: LOG_LEVEL,
    poolSize: POOL_SIZE,
  };
}

/** Injected where something depends on the surroundings. */
export const CONFIG = Symbol('config');
