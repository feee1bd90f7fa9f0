/**
 * What differs between two rule sets, in words: npm run -s rules:diff -- 2014-09 next.json [--lang da|en]
 * Exit code 0 when nothing does, 1 when something does, 2 when it was asked wrongly.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ruleSets, type RuleSet } from '../../machines/pathway/routes.js';
import { diffRuleSets, ruleSetSchema } from '../../machines/pathway/rule-set-diff.js';

const usage = 'npm run -s rules:diff -- <id> <id | file.json> [--lang da|en]';

function written(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Error(`${file} cannot be read: name a file that is there, from this folder`);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${file} is not JSON: write the rule set as one object`);
  }
}

/** By its id, or from a file. Throws with every field that is wrong. */
function ruleSetFrom(name: string): RuleSet {
  if (!name.endsWith('.json')) {
    const known = ruleSets.find(({ id }) => id === name);
    if (!known)
      throw new Error(
        `${name} is no rule set: there ${ruleSets.length === 1 ? 'is' : 'are'} ${ruleSets.map(({ id }) => id).join(', ')}, or name a file that ends in .json`,
      );
    return known;
  }
  const read = ruleSetSchema.safeParse(written(name));
  if (read.success) return read.data;
  const wrong = read.error.issues.map(
    ({ path, message, ...issue }) =>
      `  ${path.join('.') || 'the whole'}: ${issue.code === 'invalid_key' ? issue.issues[0]?.message : message}`,
  );
  throw new Error(`${name} is no rule set:\n${wrong.join('\n')}`);
}

try {
  const {
    values: { lang },
    positionals,
  } = parseArgs({ options: { lang: { type: 'string', default: 'en' } }, allowPositionals: true });
  if (lang !== 'da' && lang !== 'en') throw new Error(`--lang is da or en\n${usage}`);
  if (positionals.length !== 2) throw new Error(`two rule sets are compared\n${usage}`);
  const [before, now] = positionals.map(ruleSetFrom);
  const lines = diffRuleSets(before!, now!);
  for (const line of lines) console.log(line[lang]);
  process.exitCode = lines.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
