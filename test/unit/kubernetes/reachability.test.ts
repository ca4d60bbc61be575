import { beforeEach, describe, expect, it } from '@jest/globals';
import { OperatorError } from '../../../src/errors.ts';
import { Reachability } from '../../../src/kubernetes/reachability.ts';
import type { Absence } from '../../../src/kubernetes/reachability.ts';
import { FakeClock } from '../../support/fake-clock.ts';

let clock: FakeClock;
let abort: AbortController;
let returns: Absence[];
let aways: string[];
let probes: number[];
let answer: string;
let reachability: Reachability;

beforeEach(() => {
  clock = new FakeClock({ monotonic: 0 });
  abort = new AbortController();
  [returns, aways, probes, answer] = [[], [], [], '<error>'];
  reachability = new Reachability({
    clock,
    onAway: ({ message }) => aways.push(message),
    onReturn: (absence) => returns.push(absence),
    probe() {
      probes.push(clock.monotonic());
      reachability.note({ method: 'GET', code: answer });
      return answer === '200' ? Promise.resolve() : Promise.reject(new OperatorError('API_UNAVAILABLE', answer));
    },
  });
});

const note = (code: string): void => reachability.note({ method: 'GET', code });

describe('the return of the API server', () => {
  it('is told once, with the time of the first failure and that since the last answer', async () => {
    note('200');
    await clock.advance(7_000);
    note('<error>');
    note('<error>');
    await clock.advance(1_000);
    note('200');
    note('200');
    expect(returns).toEqual([{ failedAt: 7_000, lastedMs: 8_000, told: false }]);
  });

  it('is no news while it was never away', () => {
    note('200');
    note('500');
    expect(returns).toEqual([]);
  });

  it.each(['403', '429', '503'])('shows in a %s as well: whoever refuses is there', (code) => {
    note('<error>');
    note(code);
    expect(returns).toEqual([{ failedAt: 0, lastedMs: Infinity, told: false }]);
  });

  it('is yet to come while credentials are refused: to us, such a server is away', () => {
    note('<error>');
    note('401');
    expect(reachability.isDown()).toBe(true);
    note('200');
    expect(returns).toHaveLength(1);
  });

  it('is asked for every two seconds while nobody is answered, and only then', async () => {
    void reachability.run(abort.signal);
    note('200');
    await clock.advance(60_000);
    expect(probes).toEqual([]);
    note('<error>');
    await clock.advance(6_000);
    expect(probes).toEqual([62_000, 64_000, 66_000]);
    answer = '403';
    await clock.advance(2_000);
    expect(returns).toEqual([{ failedAt: 60_000, lastedMs: 68_000, told: true }]);
    await clock.advance(60_000);
    expect(probes).toHaveLength(4);
  });

  it('is asked for in every absence anew', async () => {
    void reachability.run(abort.signal);
    answer = '200';
    for (let absence = 0; absence < 3; absence += 1) {
      note('<error>');
      await clock.advance(2_000);
    }
    expect(returns).toHaveLength(3);
  });

  it('costs no probe when somebody else has been answered first', async () => {
    void reachability.run(abort.signal);
    note('<error>');
    await clock.advance(1_000);
    note('200');
    await clock.advance(60_000);
    expect(probes).toEqual([]);
  });

  it('is preceded by the news that it is away, once a probe has failed too', async () => {
    void reachability.run(abort.signal);
    note('<error>');
    expect(reachability.isDown()).toBe(true);
    await clock.advance(1_999);
    expect(aways).toEqual([]);
    await clock.advance(10_001);
    expect(aways).toEqual(['<error>']);
    note('200');
    expect(reachability.isDown()).toBe(false);
    expect(returns).toMatchObject([{ told: true }]);
    note('<error>');
    await clock.advance(2_000);
    expect(aways).toHaveLength(2);
  });

  it('is waited for no longer once it is over', async () => {
    const running = reachability.run(abort.signal);
    note('<error>');
    await clock.advance(1_000);
    abort.abort();
    await running;
    expect(clock.timers).toBe(0);
  });
});
