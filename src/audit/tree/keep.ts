/**
 * Where checkpoints are kept outside the database: a directory, best of another machine or of somebody else's. What is there is never written over, so that whoever can change
 * the database cannot also change what it once said. One file a checkpoint, named by the size of the log; a folder for each 100,000 entries.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

export type Kept = { size: number; note: string };
const suffix = '.note';
const digits = (value: number, wide: number): string => String(value).padStart(wide, '0');
const folderOf = (size: number): string => digits(Math.floor(size / 100_000), 8);
const fileOf = (size: number): string => `${digits(size, 13)}${suffix}`;
const namesIn = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir).sort() : []);

export class Keep {
  private readonly dir: string;
  constructor(dir: string) {
    this.dir = join(dir, 'checkpoints');
  }

  /** On the disk before it answers. A file that is there already must say the same: throws otherwise. */
  put({ size, note }: Kept): void {
    const folder = join(this.dir, folderOf(size));
    const file = join(folder, fileOf(size));
    if (existsSync(file)) {
      if (readFileSync(file, 'utf8') !== note) throw new Error(`another checkpoint of size ${size} is kept already`);
      return;
    }
    mkdirSync(folder, { recursive: true });
    const made = `${file}.${process.pid}`;
    const handle = openSync(made, 'w', 0o444);
    try {
      writeSync(handle, note);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(made, file);
  }

  last(): Kept | undefined {
    for (const folder of namesIn(this.dir).reverse()) {
      const file = namesIn(join(this.dir, folder))
        .filter((name) => name.endsWith(suffix))
        .at(-1);
      if (file !== undefined) return this.read(folder, file);
    }
    return undefined;
  }

  /** All, by size. */
  *all(): Iterable<Kept> {
    for (const folder of namesIn(this.dir))
      for (const file of namesIn(join(this.dir, folder))) if (file.endsWith(suffix)) yield this.read(folder, file);
  }

  /** Left by a kill between writing and renaming. */
  clear(): void {
    for (const folder of namesIn(this.dir))
      for (const file of namesIn(join(this.dir, folder)))
        if (!file.endsWith(suffix)) rmSync(join(this.dir, folder, file), { force: true });
  }

  private read(folder: string, file: string): Kept {
    return { size: Number(file.slice(0, -suffix.length)), note: readFileSync(join(this.dir, folder, file), 'utf8') };
  }
}
