/** A refusal is an answer with every reason in it (RFC 9457). The types are what clients may rely on (api.md). */
import type { Text } from '../../machines/pathway/fields.js';

export const problems = {
  invalid: { status: 400, da: 'Forespørgslen er ikke gyldig', en: 'The request is not valid' },
  unauthenticated: {
    status: 401,
    da: 'Adgangsbeviset mangler eller gælder ikke',
    en: 'The access token is missing or not valid',
  },
  'not-allowed': {
    status: 403,
    da: 'Det må du ikke i denne rolle og enhed',
    en: 'You may not do this in this role and unit',
  },
  'not-found': {
    status: 404,
    da: 'Findes ikke, eller er ikke synlig for din enhed',
    en: 'Not found, or not visible to your unit',
  },
  'event-not-possible': { status: 409, da: 'Hændelsen er ikke mulig her', en: 'The event is not possible here' },
  'already-open': {
    status: 409,
    da: 'Patienten har allerede et åbent forløb',
    en: 'The patient already has an open pathway',
  },
  quarantined: {
    status: 409,
    da: 'Forløbet er sat i karantæne: dets gemte tilstand kan ikke læses',
    en: 'The pathway is quarantined: its stored state cannot be read',
  },
  'idempotency-conflict': {
    status: 422,
    da: 'Nøglen er brugt til en anden forespørgsel',
    en: 'The key was used for another request',
  },
  'correction-not-possible': {
    status: 422,
    da: 'Rettelsen er ikke mulig: et trin kunne ikke have været',
    en: 'The correction is not possible: a step could not have been',
  },
  'stale-version': { status: 412, da: 'Forløbet er ændret imens', en: 'The pathway has changed meanwhile' },
  'too-large': { status: 413, da: 'Forespørgslen er for stor', en: 'The request is too large' },
  'unsupported-media': { status: 415, da: 'Formatet kan ikke læses', en: 'The format cannot be read' },
  'rules-unmet': { status: 422, da: 'Reglerne er ikke opfyldt', en: 'The rules are not met' },
  'precondition-required': { status: 428, da: 'If-Match mangler', en: 'If-Match is missing' },
  internal: { status: 500, da: 'En fejl hos os', en: 'A fault on our side' },
  busy: { status: 503, da: 'Optaget; prøv igen om lidt', en: 'Busy; try again shortly' },
} as const satisfies Record<string, { status: number } & Text>;
export type ProblemType = keyof typeof problems;

export type FieldError = { pointer: string; message: string };

export class Problem extends Error {
  /** `detail` is one sentence with the remedy, in the two languages; `extra` are the members that the type promises. It never holds patient data. */
  constructor(
    readonly type: ProblemType,
    readonly detail: Text,
    readonly extra: Record<string, unknown> = {},
    readonly status: number = problems[type].status,
  ) {
    super(detail.en);
  }
}

/** As it goes over the wire, whoever refuses: a handler, the framework before it, or the socket itself. */
export const problemMedia = 'application/problem+json';
export const bodyOf = (
  { type, status, detail, extra }: Problem,
  requestId: string,
  language: keyof Text = 'en',
): string =>
  JSON.stringify({
    type: `/problems/${type}`,
    title: problems[type][language],
    status,
    detail: detail[language],
    requestId,
    ...extra,
  });

/** A key of a body is its sender's own word, and may be a number or a name of somebody: it is repeated only where it reads as a field's name. */
export const isFieldName = (key: PropertyKey): boolean =>
  typeof key === 'number' || /^[A-Za-z]{1,40}$/.test(String(key));

const escaped = (key: PropertyKey) => String(key).replaceAll('~', '~0').replaceAll('/', '~1');
export const pointerTo = (path: readonly PropertyKey[]): string => path.map((key) => `/${escaped(key)}`).join('');
/** One error a field: what follows from the first one would only confuse. */
export function invalid(found: readonly FieldError[]): Problem {
  const errors = [...new Map([...found].reverse().map((error) => [error.pointer, error])).values()].reverse();
  return new Problem(
    'invalid',
    {
      da: `${errors.length === 1 ? 'Et felt er ikke gyldigt' : `${errors.length} felter er ikke gyldige`}: se errors for hvert felt og dets afhjælpning.`,
      en: `${errors.length === 1 ? 'One field is' : `${errors.length} fields are`} not valid: see errors for each field and its remedy.`,
    },
    { errors },
  );
}
