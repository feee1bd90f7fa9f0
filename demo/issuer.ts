/** The demo's own token issuer: an Ed25519 key in the data directory, readable by its owner alone. There is none outside the demo. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JSONWebKeySet, type JWK } from 'jose';
import type { Actor } from '../machines/pathway/roles.js';

export type DemoIssuer = {
  issuer: string;
  jwks: JSONWebKeySet;
  sign: (actor: Actor, options?: { audience?: string; seconds?: number }) => Promise<string>;
};
const issuer = 'urn:smertevejen:demo-issuer';
const fileIn = (dataDir: string) => join(dataDir, 'demo-issuer.json');

async function keyIn(dataDir: string): Promise<JWK> {
  const file = fileIn(dataDir);
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true });
    const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
    const made = `${file}.${process.pid}`;
    writeFileSync(made, JSON.stringify({ ...(await exportJWK(privateKey)), kid: 'demo', alg: 'EdDSA' }), {
      mode: 0o600,
    });
    renameSync(made, file);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as JWK;
}

/** Throws when the key of a demo that has never been started is asked for with `make: false`. */
export async function demoIssuer(dataDir: string, { make } = { make: true }): Promise<DemoIssuer> {
  if (!make && !existsSync(fileIn(dataDir)))
    throw new Error(
      `There is no demo in ${dataDir}: start it with \`npm start\`, or set DATA_DIR to its data directory.`,
    );
  const jwk = await keyIn(dataDir);
  const key = await importJWK(jwk, 'EdDSA');
  const { d: _secret, ...open } = jwk;
  return {
    issuer,
    jwks: { keys: [open] },
    sign: ({ sub, unit, roles }, { audience = 'smertevejen', seconds = 12 * 3600 } = {}) =>
      new SignJWT({ unit, roles: [...roles] })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'demo' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(sub)
        .setIssuedAt()
        .setExpirationTime(`${seconds}s`)
        .setJti(crypto.randomUUID())
        .sign(key),
  };
}
