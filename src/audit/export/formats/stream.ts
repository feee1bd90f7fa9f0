/** What the formats' streams pass through: gathered into pieces worth sending, and counted and hashed on their way. */
import { createHash } from 'node:crypto';

export type Total = { bytes: number; sha256: string };

/** A write for each line costs more than the line. No line is cut, so no character is either. */
export async function* gathered(lines: AsyncIterable<string>, atLeast = 32_768): AsyncGenerator<string> {
  let piece = '';
  for await (const line of lines) {
    piece += line;
    if (piece.length < atLeast) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** The same chunks, once; `total` is of their UTF-8 and throws until the last one has gone through, so that no half file gets a hash. */
export function hashed(chunks: AsyncIterable<string>): { chunks: AsyncIterable<string>; total: () => Total } {
  const hash = createHash('sha256');
  let bytes = 0;
  let sha256: string | undefined;
  async function* passing(): AsyncGenerator<string> {
    for await (const chunk of chunks) {
      hash.update(chunk, 'utf8');
      bytes += Buffer.byteLength(chunk, 'utf8');
      yield chunk;
    }
    sha256 = hash.digest('hex');
  }
  return {
    chunks: passing(),
    total: () => {
      if (sha256 === undefined)
        throw new Error('the file has not been written to its end: read all of its chunks before asking for its hash');
      return { bytes, sha256 };
    },
  };
}

/** The same items, and how many have gone through so far. */
export function counted<T>(items: AsyncIterable<T>): { items: AsyncIterable<T>; count: () => number } {
  let count = 0;
  async function* passing(): AsyncGenerator<T> {
    for await (const item of items) {
      count += 1;
      yield item;
    }
  }
  return { items: passing(), count: () => count };
}
