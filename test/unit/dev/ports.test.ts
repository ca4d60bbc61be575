import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { freePort } from '../../../dev/ports.ts';

/** Of 17,768, so that by chance alone some would be the same in all but one of a thousand runs. */
const PORTS = 500;
const MODULE = new URL('../../../dev/ports.ts', import.meta.url).href;

describe('free ports', () => {
  it('are given to one alone, although nobody listens on them yet, be they asked for here or in another process', async () => {
    const script = `const { freePort } = await import('${MODULE}'); console.log(JSON.stringify(await Promise.all(Array.from({ length: ${PORTS / 2} }, freePort)))); process.stdin.resume();`;
    const other = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    const told = new Promise<readonly number[]>((resolve) => other.child.stdout?.once('data', (text) => resolve(JSON.parse(String(text)) as readonly number[])));
    const ports = [...(await Promise.all(Array.from({ length: PORTS / 2 }, () => freePort()))), ...(await told)];
    other.child.stdin?.end();
    await other;
    expect(new Set(ports).size).toBe(PORTS);
  });
});
