/** Bearer tokens: JWTs of a configured issuer, verified by its published keys; issuer, audience, type and expiry are never skipped (RFC 9068). */
import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import type { Text } from '../../machines/pathway/fields.js';
import type { Actor } from '../../machines/pathway/roles.js';
import { roleNames } from '../../machines/pathway/roles.js';
import { kindOf } from '../../machines/pathway/routes.js';
import { Problem } from '../http/problem.js';
import type { DemoIssuer } from '../../demo/issuer.js';

/** Both are stored and looked up by: no NUL, no half characters, nothing that a log line would end at. */
const plain = /^[^\p{Cc}\p{Cs}]+$/u;
const claims = z.object({
  sub: z.string().regex(plain).max(200),
  unit: z.string().regex(plain).max(40),
  roles: z.array(z.enum(roleNames)).min(1),
  exp: z.number(),
});

export type Issuer = { issuer: string; keys: JWTVerifyGetKey };
export const remoteIssuer = ({ issuer, jwksUrl }: { issuer: string; jwksUrl: string }): Issuer => ({
  issuer,
  keys: createRemoteJWKSet(new URL(jwksUrl)),
});
export const localIssuer = ({ issuer, jwks }: DemoIssuer): Issuer => ({ issuer, keys: createLocalJWKSet(jwks) });

/** Asymmetric only: a shared secret would let every verifier sign. */
const algorithms = ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'PS256', 'RS256'];
/** Checking a signature costs as much as the rest of a request, so a token that was good is remembered until it expires. */
const remembered = 5_000;

export class Tokens {
  private readonly known = new Map<string, { actor: Actor; until: number }>();
  constructor(
    private readonly issuer: Issuer,
    private readonly audience: string,
  ) {}

  /** Throws unauthenticated, saying which check failed and never what the token held. */
  async actorOf(token: string, now = Date.now()): Promise<Actor> {
    const found = this.known.get(token);
    if (found && found.until > now) return found.actor;
    const { actor, until } = await this.verified(token);
    if (this.known.size >= remembered) this.known.delete(this.known.keys().next().value!);
    this.known.set(token, { actor, until });
    return actor;
  }

  private async verified(token: string): Promise<{ actor: Actor; until: number }> {
    try {
      const { payload } = await jwtVerify(token, this.issuer.keys, {
        issuer: this.issuer.issuer,
        audience: this.audience,
        typ: 'at+jwt',
        algorithms,
        requiredClaims: ['exp', 'iat', 'sub'],
        clockTolerance: 5,
      });
      const { sub, unit, roles, exp } = claims.parse(payload);
      if (
        kindOf(unit) === undefined &&
        !roles.every((role) => ['manager', 'auditor', 'admin', 'system'].includes(role))
      )
        throw new Problem('unauthenticated', {
          da: 'Tokenet nævner en enhed, der ikke kendes her.',
          en: 'The token names a unit that is not known here.',
        });
      return { actor: { sub, unit, roles }, until: exp * 1000 };
    } catch (error) {
      if (error instanceof Problem) throw error;
      throw new Problem('unauthenticated', reasonFor(error));
    }
  }
}

function reasonFor(error: unknown): Text {
  if (error instanceof errors.JWTExpired)
    return { da: 'Tokenet er udløbet: hent et nyt.', en: 'The token has expired: get a new one.' };
  if (error instanceof errors.JWTClaimValidationFailed)
    return {
      da: `Tokenets ${error.claim} er ikke det, der ventes her.`,
      en: `The token's ${error.claim} is not the one expected here.`,
    };
  if (error instanceof z.ZodError)
    return {
      da: 'Tokenet mangler sub, unit eller roller, der kendes her.',
      en: 'The token lacks sub, unit or roles that are known here.',
    };
  return {
    da: 'Tokenet er ikke fra den udsteder, der stoles på her.',
    en: 'The token is not one of the issuer that is trusted here.',
  };
}
