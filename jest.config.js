/** The compiled tests, a project for each folder of test/. `npm test` builds first, and names the files (test/support/run.ts). */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const folders = readdirSync(join(import.meta.dirname, 'test'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .filter((name) => readdirSync(join(import.meta.dirname, 'test', name)).some((file) => file.endsWith('.test.ts')));

export default {
  projects: folders.map((folder) => ({
    displayName: folder,
    rootDir: import.meta.dirname,
    roots: [`<rootDir>/dist/test/${folder}`],
    testMatch: ['**/*.test.js'],
    // @fastify/static is CommonJS and requires this package, which is ESM only: Jest can do that from Node 24.9 on.
    transform: { '/node_modules/content-disposition/.*\\.js$': '<rootDir>/test/support/jest/esm-to-cjs.cjs' },
    transformIgnorePatterns: [],
    setupFiles: ['<rootDir>/dist/test/support/jest/realm.js'],
  })),
  globalSetup: '<rootDir>/dist/test/support/jest/setup.js',
  globalTeardown: '<rootDir>/dist/test/support/jest/teardown.js',
  reporters: ['default', '<rootDir>/dist/test/support/jest/reporter.js'],
  maxWorkers: 2,
  testTimeout: 300_000,
};
