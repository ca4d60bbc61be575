import { describe, expect, it } from '@jest/globals';
import { nodeProblem } from '../../../src/commands/node-version.ts';
import { neededNode } from '../../../src/commands/version.ts';

describe('a Node.js', () => {
  it.each(['22.19.0', '22.20.1', '23.0.0', '24.21.0', '25.0.0-nightly'])('%s is new enough', (running) => {
    expect(nodeProblem(running, '>=22.19')).toBeUndefined();
  });

  it.each(['20.20.2', '22.18.9', '22.2.0', '9.99.0'])('%s is too old', (running) => {
    expect(nodeProblem(running, '>=22.19')).toBeDefined();
  });

  it('that is too old is told what is needed, what it is, and how to start', () => {
    expect(nodeProblem('20.20.2', '>=22.19')).toBe(
      'jobs-operator needs Node.js 22.19 or newer and this is 20.20.2: ' +
        'start it in its folder with `npx jobs-operator`, which takes the Node.js that `npm ci` installed, or install a newer one.',
    );
  });

  it('is judged by what package.json says', () => {
    expect(nodeProblem(process.versions.node, neededNode())).toBeUndefined();
    expect(() => nodeProblem('24.0.0', '^22 || ^24')).toThrow(/engines\.node/);
  });
});
