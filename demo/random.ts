/** Numbers that come out the same each time: sfc32, seeded with a word. Each patient has his own, so that no journey disturbs another. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private d = 1;

  constructor(word: string) {
    [this.a, this.b, this.c] = [0x9e3779b9, 0x243f6a88, 0xb7e15162].map((start) => hashed(word, start)) as [
      number,
      number,
      number,
    ];
    for (let warmingUp = 0; warmingUp < 12; warmingUp += 1) this.next();
  }

  /** From 0 up to, and without, 1. */
  next(): number {
    const sum = (((this.a + this.b) | 0) + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }
  chance(probability: number): boolean {
    return this.next() < probability;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)]!;
  }

  shuffled<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let at = result.length - 1; at > 0; at -= 1) {
      const other = this.int(0, at);
      [result[at], result[other]] = [result[other]!, result[at]!];
    }
    return result;
  }

  /** One of several, each as likely as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
    let left = this.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
    return (choices.find(([weight]) => (left -= weight) < 0) ?? choices.at(-1)!)[1];
  }
}

/** FNV-1a. */
const hashed = (word: string, start: number): number =>
  [...word].reduce((hash, letter) => Math.imul(hash ^ letter.codePointAt(0)!, 16_777_619), start);
