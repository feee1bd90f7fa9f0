/** The log's signing key and the verifier keys that go with it, as files. */
import { createPrivateKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { signerOf, verifierOf, type Signer, type Verifier } from './note.js';

export const signingKeyFile = 'signing-key.pem';
export const verifierKeyFile = 'verifier-key.txt';

/** The key in `dir`, made there on first use. An Error names the file that is no such key; it is never written over. */
export function openSigner(dir: string, name: string): Signer {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, signingKeyFile);
  const signer = signerOf(name, storedKey(path) ?? makeKey(path));
  keepVerifierKey(join(dir, verifierKeyFile), signer.verifierKey);
  return signer;
}

/** From a file with a verifier key a line, or from the directory of a signer. An Error names the file. */
export function readVerifiers(path: string): Verifier[] {
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, verifierKeyFile) : path;
  const lines = linesOf(file);
  if (lines.length === 0) throw new Error(`${file}: no verifier key is there. Give the ${verifierKeyFile} of the log.`);
  return lines.map((line, index) => {
    try {
      return verifierOf(line);
    } catch (error) {
      throw new Error(`${file}, key ${index + 1}: ${(error as Error).message}`, { cause: error });
    }
  });
}

function storedKey(path: string): KeyObject | undefined {
  const pem = textOf(path);
  if (pem === undefined) return undefined;
  const key = privateKeyOf(pem);
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new Error(
    `${path} is not an Ed25519 private key in PEM. Put back a copy of it; or move it away, and a new key is made, which those who check the log have to be given.`,
  );
}

function privateKeyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined; // OpenSSL's words would not say which file
  }
}

/** linked and not renamed: of two processes that begin at once one gets the name, and both then use its key. */
function makeKey(path: string): KeyObject {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
  const temporary = writtenBeside(path, pem.toString(), 0o600);
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    unlinkSync(temporary);
  }
  syncDirectory(dirname(path));
  return storedKey(path)!;
}

/** Keys of earlier signing keys stay: what they signed is still to be checked. */
function keepVerifierKey(path: string, verifierKey: string): void {
  const lines = linesOf(path);
  if (lines.includes(verifierKey)) return;
  renameSync(writtenBeside(path, [...lines, verifierKey, ''].join('\n'), 0o644), path);
  syncDirectory(dirname(path));
}

/** Whole and on the disk under a name of its own, so that whoever is killed half-way leaves nothing under the real one. */
function writtenBeside(path: string, text: string, mode: number): string {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = openSync(temporary, 'wx', mode);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return temporary;
}

/** A new name is on the disk only once its directory is; without it a power cut could take the key of checkpoints that were already given away. */
function syncDirectory(dir: string): void {
  if (process.platform === 'win32') return; // a directory cannot be opened there
  const handle = openSync(dir, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
const linesOf = (path: string): string[] =>
  (textOf(path) ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
