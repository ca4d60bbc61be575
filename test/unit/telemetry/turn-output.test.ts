import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../../../src/telemetry/logger.ts';
import { turnOutput } from '../../../src/telemetry/turn-output.ts';

function open() {
  const writes: string[] = [];
  const atExit: (() => void)[] = [];
  const output = turnOutput({ write: (lines) => void writes.push(lines) }, (flush) => atExit.push(flush));
  return { writes, output, exit: () => atExit.forEach((flush) => flush()) };
}

describe('the lines of a log', () => {
  it('are written together when they come in one turn, and in their order', async () => {
    const { writes, output } = open();
    output.write('a\n');
    output.write('b\n');
    expect(writes).toEqual([]);
    await nextTurn();
    expect(writes).toEqual(['a\nb\n']);
    output.write('c\n');
    await nextTurn();
    expect(writes).toEqual(['a\nb\n', 'c\n']);
  });

  it('do not wait for the end of an exit, and are not written twice', async () => {
    const { writes, output, exit } = open();
    output.write('last words\n');
    exit();
    expect(writes).toEqual(['last words\n']);
    await nextTurn();
    expect(writes).toEqual(['last words\n']);
  });

  it('do not wait behind a fatal one', async () => {
    const { writes, output } = open();
    const logger = await createLogger({ level: 'info', format: 'json' }, output);
    logger.info({}, 'before');
    logger.fatal({}, 'the end');
    expect(writes.join('')).toMatch(/"before".*"the end"/s);
  });

  it('do not wait at all once there are many', () => {
    const { writes, output } = open();
    output.write('x'.repeat(65_537));
    expect(writes).toHaveLength(1);
  });
});
