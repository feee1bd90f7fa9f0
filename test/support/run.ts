/**
 * npm test [-- words]: Jest on every test/**\/*.test.ts whose path holds one of the words. The list is of the sources, since dist/ may still
 * hold what was compiled of a deleted one. What Jest is told is in jest.config.js.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'jest';

const root = join(import.meta.dirname, '..', '..', '..');
const words = process.argv.slice(2);
const names = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .sort();
const unknown = words.filter((word) => !names.some((name) => name.includes(word)));
if (unknown.length > 0) {
  console.error(`no test file's path holds ${unknown.join(' or ')}`);
  process.exit(1);
}

const chosen = names.filter((name) => words.length === 0 || words.some((word) => name.includes(word)));
await run([
  ...['--config', join(root, 'jest.config.js'), '--runTestsByPath'],
  ...chosen.map((name) => join(root, 'dist', 'test', name.replace(/\.ts$/, '.js'))),
]);
