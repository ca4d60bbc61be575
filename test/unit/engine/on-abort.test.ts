import { describe, expect, it } from '@jest/globals';
import { onAbort } from '../../../src/engine/on-abort.ts';

describe('listeners on one signal', () => {
  it('are all called when it aborts, each once, and those that were ended are not', () => {
    const abort = new AbortController();
    const called: string[] = [];
    const listen = (name: string): (() => void) => onAbort(abort.signal, () => called.push(name));
    listen('first');
    const end = listen('second');
    listen('third');
    end();
    abort.abort();
    abort.abort();
    expect(called).toEqual(['first', 'third']);
  });

  it('may be the same function more than once', () => {
    const abort = new AbortController();
    let calls = 0;
    const count = (): void => void (calls += 1);
    const end = onAbort(abort.signal, count);
    onAbort(abort.signal, count);
    end();
    abort.abort();
    expect(calls).toBe(1);
  });

  it('of one that has aborted are called at once', () => {
    let calls = 0;
    onAbort(AbortSignal.abort(), () => void (calls += 1));
    expect(calls).toBe(1);
  });
});
