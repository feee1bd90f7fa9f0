/** Prints a bearer token of the demo issuer and nothing else: npm run -s token -- --role triager --unit TSC_HEH [--sub a.jensen] */
import { parseArgs } from 'node:util';
import { demoIssuer } from './issuer.js';
import { roleNames, type Role } from '../machines/pathway/roles.js';
import { unitOf, units } from '../machines/pathway/routes.js';
import { readConfig } from '../src/config.js';

const usage = `npm run -s token -- --role <${roleNames.join('|')}> --unit <${units.map(({ code }) => code).join('|')}> [--role another] [--sub a.jensen]`;

try {
  const { values } = parseArgs({
    options: { role: { type: 'string', multiple: true }, unit: { type: 'string' }, sub: { type: 'string' } },
  });
  const roles = values.role ?? [];
  if (roles.length === 0 || values.unit === undefined) throw new Error(`--role and --unit are needed\n${usage}`);
  const unknown = roles.find((role) => !(roleNames as string[]).includes(role));
  if (unknown !== undefined) throw new Error(`${unknown} is no role\n${usage}`);
  const withoutUnit = roles.every((role) => ['manager', 'auditor', 'admin', 'system'].includes(role));
  if (!unitOf(values.unit) && !withoutUnit) throw new Error(`${values.unit} is no unit\n${usage}`);
  const { dataDir, audience } = readConfig(process.env, { demo: true });
  const issuer = await demoIssuer(dataDir, { make: false });
  process.stdout.write(
    `${await issuer.sign({ sub: values.sub ?? `demo.${roles[0]}`, unit: values.unit, roles: roles as Role[] }, { audience })}\n`,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
