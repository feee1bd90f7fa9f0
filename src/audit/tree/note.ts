/**
 * Signed checkpoints of the audit log: the C2SP formats signed-note and tlog-checkpoint (c2sp.org) with Ed25519, so that anybody's tools and
 * witnesses can read them. A checkpoint says: at this size the log had this root.
 */
import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto';

import { hashBytes, isHash } from './tree.js';

/** The log's name: the first line of its checkpoints, and the name of its key. */
export const logName = 'smertevejen';

export type Checkpoint = { origin: string; size: number; root: Buffer };
/** `verifierKey` is the public half, as verifiers are told it: name+key id in hex+base64. */
export type Signer = { name: string; keyId: Buffer; verifierKey: string; sign: (text: Buffer) => Buffer };
export type Verifier = { name: string; keyId: Buffer; verifies: (text: Buffer, signature: Buffer) => boolean };

export type Refusal = 'malformed' | 'unknownKey' | 'badSignature' | 'otherOrigin';
/** A note that is not believed; `refusal` says which check failed, the message at what. */
export class NoteRefused extends Error {
  constructor(
    readonly refusal: Refusal,
    message: string,
  ) {
    super(message);
  }
}
const malformed = (what: string) => new NoteRefused('malformed', `malformed: ${what}`);

/** Of characters: room for sixteen signatures of the largest kind there is. */
const longest = 2 ** 17;
const signatureBytes = 64;
const ed25519 = Buffer.of(1);
const keyName = /^[^+\p{White_Space}\x00-\x1f]+$/u;
const control = /[\x00-\x09\x0b-\x1f]/;

// ---- keys

const rawKey = (publicKey: KeyObject): Buffer => Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
const keyIdOf = (name: string, raw: Buffer): Buffer =>
  hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), ed25519, raw]), 'buffer').subarray(0, 4);

/** From an Ed25519 private key. */
export function signerOf(name: string, privateKey: KeyObject): Signer {
  if (!keyName.test(name)) throw new Error(`key name "${name}": give one without spaces and plus signs`);
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'ed25519')
    throw new Error(`key ${name}: give an Ed25519 private key`);
  const raw = rawKey(createPublicKey(privateKey));
  const keyId = keyIdOf(name, raw);
  const verifierKey = `${name}+${keyId.toString('hex')}+${Buffer.concat([ed25519, raw]).toString('base64')}`;
  return { name, keyId, verifierKey, sign: (text) => sign(null, text, privateKey) };
}

/** From a signer's `verifierKey`. An Error says what is wrong with it. */
export function verifierOf(verifierKey: string): Verifier {
  const wrong = (what: string) =>
    new Error(`verifier key "${verifierKey}": ${what}. Copy the line of verifier-key.txt again.`);
  const [, name, id, base64] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(verifierKey) ?? [];
  if (name === undefined || id === undefined || base64 === undefined || !keyName.test(name))
    throw wrong('it is not name+8 hex digits+base64');
  const key = bytesOf(base64);
  if (key?.length !== 1 + 32 || key[0] !== ed25519[0]) throw wrong('it is not an Ed25519 key (type 1, 32 bytes)');
  const keyId = keyIdOf(name, key.subarray(1));
  if (keyId.toString('hex') !== id) throw wrong(`its key id would be ${keyId.toString('hex')}`);
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: key.toString('base64url', 1) },
    format: 'jwk',
  });
  return {
    name,
    keyId,
    verifies: (text, signature) => signature.length === signatureBytes && verify(null, text, publicKey, signature),
  };
}

// ---- notes

/** `text` ends with a newline. */
export function signNote(text: string, signer: Signer): string {
  if (!text.endsWith('\n') || control.test(text) || !isWellFormed(text))
    throw new Error('a note is UTF-8 text that ends with a newline, without other control characters');
  return `${text}\n— ${signer.name} ${Buffer.concat([signer.keyId, signer.sign(Buffer.from(text))]).toString('base64')}\n`;
}

/**
 * The text of a note that at least one of `verifiers` signed; signatures of others (witnesses, later keys) are passed over.
 * NoteRefused: malformed, unknownKey, or badSignature where any signature of a known key is wrong.
 */
export function openNote(note: string, verifiers: readonly Verifier[]): string {
  const { text, signatures } = parseNote(note);
  const signed = Buffer.from(text);
  let known = 0;
  for (const { name, keyId, signature } of signatures) {
    const keys = verifiers.filter((verifier) => verifier.name === name && verifier.keyId.equals(keyId));
    if (keys.length === 0) continue;
    if (!keys.some((key) => key.verifies(signed, signature)))
      throw new NoteRefused(
        'badSignature',
        `bad signature: that of ${name}+${keyId.toString('hex')} does not fit the text`,
      );
    known += 1;
  }
  if (known > 0) return text;
  const signers = signatures.map(({ name, keyId }) => `${name}+${keyId.toString('hex')}`).join(', ');
  throw new NoteRefused('unknownKey', `unknown key: signed by ${signers}, which none of the verifier keys is`);
}

type Signature = { name: string; keyId: Buffer; signature: Buffer };

function parseNote(note: string): { text: string; signatures: Signature[] } {
  if (note.length > longest) throw malformed(`longer than ${longest} characters`);
  if (control.test(note)) throw malformed('a control character, such as a carriage return');
  if (!isWellFormed(note)) throw malformed('not UTF-8');
  if (!note.endsWith('\n')) throw malformed('no newline at the end');
  const blank = note.lastIndexOf('\n\n');
  if (blank < 0) throw malformed('no blank line before the signatures');
  const lines = note.slice(blank + 2, -1);
  if (lines === '') throw malformed('no signature');
  return { text: note.slice(0, blank + 1), signatures: lines.split('\n').map(parseSignature) };
}

function parseSignature(line: string): Signature {
  const [dash, name, base64, ...more] = line.split(' ');
  if (dash !== '—' || name === undefined || base64 === undefined || more.length > 0)
    throw malformed('a signature line is not "— name base64"');
  if (!keyName.test(name)) throw malformed('the key name of a signature');
  const bytes = bytesOf(base64);
  if (bytes === undefined || bytes.length < 5) throw malformed('the base64 of a signature');
  return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

// ---- checkpoints

export function signCheckpoint({ origin, size, root }: Checkpoint, signer: Signer): string {
  if (origin === '' || origin.includes('\n')) throw new Error('origin: give one line of text');
  if (!Number.isSafeInteger(size) || size < 0) throw new Error(`size ${size}: give a whole number, 0 or more`);
  if (!isHash(root)) throw new Error(`root: give ${hashBytes} bytes`);
  return signNote(`${origin}\n${size}\n${root.toString('base64')}\n`, signer);
}

/**
 * A checkpoint of the log `origin`, once a verifier's signature is found good. NoteRefused says which check failed.
 * Extension lines, which our log never writes, are allowed by the format and left out of the answer.
 */
export function readCheckpoint(note: string, verifiers: readonly Verifier[], origin = logName): Checkpoint {
  const text = openNote(note, verifiers);
  const [first = '', size = '', base64 = '', ...extensions] = text.slice(0, -1).split('\n');
  if (first === '') throw malformed('no origin in line 1');
  if (!/^(0|[1-9][0-9]*)$/.test(size) || !Number.isSafeInteger(Number(size)))
    throw malformed('the size in line 2 is not a plain decimal number of at most 2^53 - 1');
  const root = bytesOf(base64);
  if (!isHash(root)) throw malformed(`the root in line 3 is not ${hashBytes} bytes in base64`);
  if (extensions.includes('')) throw malformed('an empty line in the text');
  if (first !== origin)
    throw new NoteRefused('otherOrigin', `other origin: a checkpoint of ${first} and not of ${origin}`);
  return { origin, size: Number(size), root };
}

/** Canonical base64 only: padded, nothing beside the alphabet, no stray bits. Node decodes anything. */
function bytesOf(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes : undefined;
}
/** A lone surrogate would be signed as U+FFFD. */
const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);
