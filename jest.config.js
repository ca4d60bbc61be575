import { availableParallelism } from 'node:os';

/** Three projects: unit tests need nothing, the others share one real API server and one real MySQL. */
const common = {
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
};

/** Jest runs these once per run of a project with tests to run, so that unit tests start no server. */
const stack = {
  globalSetup: '<rootDir>/test/global-setup.ts',
  globalTeardown: '<rootDir>/test/global-teardown.ts',
};

export default {
  // Two at least: tests on servers wait most of the time. Jest would take one on two cores.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  projects: [
    { ...common, displayName: 'unit', testMatch: ['<rootDir>/test/unit/**/*.test.ts'] },
    { ...common, ...stack, displayName: 'integration', testMatch: ['<rootDir>/test/integration/**/*.test.ts'] },
    { ...common, ...stack, displayName: 'e2e', testMatch: ['<rootDir>/test/{e2e,faults,docs}/**/*.test.ts'] },
  ],
};
