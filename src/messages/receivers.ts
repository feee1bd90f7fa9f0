/**
 * Where each unit takes its letters: the only addresses that are ever contacted. A JSON file, `{ "<unit code>": { "url": "https://…", "tokenFile"?: "path" } }`; a relative
 * path is taken from the file's own folder. The token is read once, and stands in no error and no log.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { unitOf } from '../../machines/pathway/routes.js';

const listed = z.record(z.string(), z.strictObject({ url: z.string(), tokenFile: z.string().min(1).optional() }));
export type ReceiverEntries = z.infer<typeof listed>;
export type Receiver = { unit: string; url: URL; token?: string };

/** As a browser writes them: an IPv6 address stands in brackets. */
const loopback: readonly string[] = ['127.0.0.1', '[::1]', 'localhost'];
/** What RFC 6750 lets stand behind "Bearer". */
const bearer = /^[\w.~+/-]+=*$/;

export class Receivers {
  private constructor(private readonly byUnit: ReadonlyMap<string, Receiver>) {}

  /** Throws an Error that names the file, or the unit, and the remedy. */
  static read(file: string): Receivers {
    let entries: unknown;
    try {
      entries = JSON.parse(readFileSync(file, 'utf8'));
    } catch (error) {
      throw new Error(
        `The list of receivers ${file} cannot be read as JSON (${codeOf(error)}): give a readable file with { "<unit code>": { "url": "https://…" } }.`,
      );
    }
    return Receivers.of(entries, dirname(resolve(file)));
  }
  /** `folder`: where a relative tokenFile is looked for. Throws an Error that names the unit and the remedy. */
  static of(entries: unknown, folder = '.'): Receivers {
    const parsed = listed.safeParse(entries);
    if (!parsed.success) {
      throw new Error(
        `The list of receivers is not right: ${parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`).join('; ')}. Each entry is "<unit code>": { "url": "https://…", "tokenFile"?: "path" }.`,
      );
    }
    return new Receivers(
      new Map(
        Object.entries(parsed.data).map(([unit, { url, tokenFile }]) => {
          if (unitOf(unit) === undefined)
            throw new Error(
              `Receiver ${unit}: there is no such unit; take its code from the registry, or leave it out.`,
            );
          return [
            unit,
            {
              unit,
              url: addressOf(unit, url),
              ...(tokenFile === undefined ? {} : { token: tokenIn(unit, resolve(folder, tokenFile)) }),
            },
          ];
        }),
      ),
    );
  }

  /** Undefined: the unit has no address, and nothing is sent. */
  for(unit: string): Receiver | undefined {
    return this.byUnit.get(unit);
  }
  units(): string[] {
    return [...this.byUnit.keys()];
  }
}

// The address itself is not repeated: where credentials stand in it, they would stand in the log.
function addressOf(unit: string, text: string): URL {
  if (!URL.canParse(text)) throw new Error(`Receiver ${unit}: its url is none; write the whole address, https://… .`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.includes(url.hostname)))
    throw new Error(
      `Receiver ${unit}: its url is not https; letters are sent encrypted (http is for 127.0.0.1, ::1 and localhost alone).`,
    );
  if (url.username !== '' || url.password !== '')
    throw new Error(`Receiver ${unit}: its url holds a user name or a password; take it out and name a tokenFile.`);
  if (text.includes('#'))
    throw new Error(`Receiver ${unit}: its url holds a fragment, which is never sent; take out everything from # on.`);
  return url;
}

function tokenIn(unit: string, file: string): string {
  let token: string;
  try {
    token = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(
      `Receiver ${unit}: its token file ${file} cannot be read (${codeOf(error)}); make it readable for this process, or take tokenFile out.`,
    );
  }
  if (!bearer.test(token))
    throw new Error(
      `Receiver ${unit}: its token file ${file} holds no bearer token; write the token alone, on one line.`,
    );
  return token;
}

// A message of JSON.parse would repeat what stands in the file.
const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'not JSON';
