/** A file as lines, whatever its size: bytes in, lines out, and no more of it in memory than one line may hold. */

/** An exported entry is a few kilobytes; what is longer than this is no file of entries. */
export const longestLine = 1024 * 1024;

/** `bytes` is undefined of a line that is longer than may be; `ended`: a line break follows. Empty lines are passed over and counted. */
export type Line = { number: number; bytes: Buffer | undefined; ended: boolean };

const lineFeed = 10;
const isBlank = (bytes: Buffer): boolean => bytes.every((byte) => byte === 32 || byte === 9 || byte === 13);

export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 1;
  let [parts, length]: [Buffer[], number] = [[], 0];
  const add = (part: Buffer) => {
    length += part.length;
    parts = length > longestLine ? [] : [...parts, part];
  };
  const line = (ended: boolean): Line => {
    const [bytes, own] = [length > longestLine ? undefined : Buffer.concat(parts), number];
    [parts, length, number] = [[], 0, number + 1];
    return { number: own, bytes, ended };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, from)) {
      add(chunk.subarray(from, at));
      from = at + 1;
      const whole = line(true);
      if (whole.bytes === undefined || !isBlank(whole.bytes)) yield whole;
    }
    add(chunk.subarray(from));
  }
  if (length === 0) return;
  const last = line(false);
  if (last.bytes === undefined || !isBlank(last.bytes)) yield last;
}

/** For a progress bar: how many lines there are, empty ones too. */
export async function countLines(chunks: AsyncIterable<Buffer>): Promise<number> {
  let count = 0;
  let open = false;
  for await (const chunk of chunks) {
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) count += 1;
    open = chunk.length === 0 ? open : chunk.at(-1) !== lineFeed;
  }
  return open ? count + 1 : count;
}

const isBegun = (bytes: Buffer, ...begins: number[]): boolean => begins.every((byte, at) => bytes[at] === byte);
/** What a file is that is no text in UTF-8, as its first bytes tell; with the remedy. */
export function notText(first: Buffer): string | undefined {
  if (first.length === 0) return 'The file is empty: give one with an entry a line.';
  if (isBegun(first, 0xff, 0xfe) || isBegun(first, 0xfe, 0xff)) return 'The file is UTF-16: save it as UTF-8.';
  if (isBegun(first, 0x1f, 0x8b) || isBegun(first, 0x50, 0x4b) || isBegun(first, 0x28, 0xb5, 0x2f, 0xfd))
    return 'The file is compressed: unpack it first.';
  return first.includes(0) ? 'The file is no text: give NDJSON in UTF-8.' : undefined;
}
