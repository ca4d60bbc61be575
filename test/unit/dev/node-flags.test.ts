import { readFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { NODE_FLAGS } from '../../../dev/operator.ts';

it('`npm start` limits V8 as the tests and the benchmark do', async () => {
  const { scripts } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8')) as { scripts: { start: string } };
  expect(scripts.start).toBe(`exec node ${NODE_FLAGS.join(' ')} dist/main.js run`);
});
