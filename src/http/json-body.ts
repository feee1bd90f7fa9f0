/**
 * A body as it may come in: UTF-8 and nothing else, no key twice, none that names a prototype, no text that the database would not keep, and no
 * deeper and no more than a person's words ever are. JSON.parse alone takes the last of two keys and Node's decoder puts in characters of its own, both in silence.
 */
import { isFieldName, type FieldError, pointerTo } from './problem.js';

const deepest = 20;
const mostValues = 5_000;
const everyString = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;
const prototypes = new Set(['__proto__', 'constructor', 'prototype']);
const unstorable = /\0|\p{Cs}/u;

const utf8 = new TextDecoder('utf-8', { fatal: true });
function parsed(bytes: Uint8Array): { text: string; value: unknown } | undefined {
  try {
    const text = utf8.decode(bytes);
    return { text, value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

type Seen = { keys: number; values: number; errors: FieldError[] };
function look(value: unknown, path: readonly PropertyKey[], depth: number, seen: Seen): void {
  const wrong = (message: string) => {
    seen.errors.push({ pointer: pointerTo(path), message });
  };
  if (seen.errors.length > 0) return;
  if ((seen.values += 1) > mostValues) return wrong(`holds more than ${mostValues} values: no event does`);
  if (typeof value === 'string' && unstorable.test(value))
    return wrong('contains NUL or half a character: send plain Unicode text');
  if (typeof value !== 'object' || value === null) return;
  if (depth > deepest) return wrong(`is nested deeper than ${deepest} levels: no field of an event is`);
  if (Array.isArray(value)) return value.forEach((item, index) => look(item, [...path, index], depth + 1, seen));
  for (const [key, inner] of Object.entries(value)) {
    seen.keys += 1;
    if (prototypes.has(key)) return wrong(`has a field ${key}, which is no field of anything here: leave it out`);
    look(inner, isFieldName(key) ? [...path, key] : path, depth + 1, seen);
  }
}

/** What was sent, or why it is not taken. */
export function readBody(bytes: Uint8Array): { value: object } | { errors: FieldError[] } {
  const read = parsed(bytes);
  if (!read) return { errors: [{ pointer: '', message: 'is not well-formed: send one JSON object in UTF-8' }] };
  if (typeof read.value !== 'object' || read.value === null || Array.isArray(read.value))
    return { errors: [{ pointer: '', message: 'is no JSON object: send one' }] };
  const seen: Seen = { keys: 0, values: 0, errors: [] };
  look(read.value, [], 1, seen);
  if (seen.errors.length > 0) return { errors: seen.errors };
  const written = [...read.text.matchAll(everyString)].filter(([, colon]) => colon !== undefined).length;
  return written === seen.keys
    ? { value: read.value }
    : { errors: [{ pointer: '', message: 'has a key twice in one object: send each field once' }] };
}
