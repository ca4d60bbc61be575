import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { stopSignal } from '../../../src/commands/stop-signal.ts';
import { createLogger, type Logger } from '../../../src/telemetry/logger.ts';

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
    this.emit('exited');
  }
}

function silence(): Promise<Logger> {
  return createLogger({ level: 'fatal', format: 'json' }, { write: () => undefined });
}

describe.each(['SIGTERM', 'SIGINT'])('%s', (name) => {
  it('asks for a stop and ends nothing by itself', async () => {
    const process = new FakeProcess();
    const signal = stopSignal(await silence(), process);
    expect(signal.aborted).toBe(false);
    process.emit(name);
    expect(signal.aborted).toBe(true);
    expect(process.exits).toEqual([]);
  });
});

describe('a stop', () => {
  it('is cut short by a second signal, of either kind', async () => {
    const process = new FakeProcess();
    stopSignal(await silence(), process);
    process.emit('SIGTERM');
    process.emit('SIGINT');
    expect(process.exits).toEqual([1]);
  });

  it('that hangs ends by itself, and not as a success', async () => {
    const process = new FakeProcess();
    stopSignal(await silence(), process, 1);
    const exited = new Promise((resolve) => void process.once('exited', resolve));
    process.emit('SIGTERM');
    await exited;
    expect(process.exits).toEqual([1]);
  });
});
