import { beforeEach, describe, expect, it } from '@jest/globals';
import { LeaseLapsed } from '../../../src/engine/leadership-term.ts';
import { TermDidNotEnd } from '../../../src/engine/leader-election.ts';
import { harness, lastTerm } from './leader-election-harness.ts';
import type { Harness } from './leader-election-harness.ts';

let h: Harness;

beforeEach(() => {
  h = harness();
});

const lost = new Error('the answer was lost');
const loseAnswersOf = (method: string) => (requested: string) => (requested === method ? { back: () => Promise.reject(lost) } : {});

describe('a write whose answer was lost', () => {
  it('that won the Lease is found out at the next attempt, which leads', async () => {
    const a = h.candidate('a');
    a.client.passage = loseAnswersOf('create');
    await h.clock.settle();
    if (a.terms.length > 0) throw new Error('the answer was not lost');
    expect(h.server.record.holderIdentity).toBe('a');
    a.client.passage = () => ({});
    await h.clock.advance(2_000);
    expect(a.elector.isLeading()).toBe(true);
    expect(h.server.record.leaseTransitions).toBe(0);
  });

  it('that won the Lease for a process that stops is taken back, so that nobody waits for a holder who never led', async () => {
    h.server.put({ holderIdentity: '', leaseDurationSeconds: 1, acquireTime: 'then', renewTime: 'then', leaseTransitions: 0 });
    const a = h.candidate('a');
    a.client.passage = loseAnswersOf('update');
    await h.clock.settle();
    expect(h.server.record.holderIdentity).toBe('a');
    a.client.passage = () => ({});
    a.stop();
    await a.running;
    expect(a.terms).toHaveLength(0);
    expect(h.server.record.holderIdentity).toBe('');
  });

  it('that renewed the Lease leads to a read, and to no end of the term', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    a.client.passage = loseAnswersOf('update');
    await h.clock.advance(2_000);
    expect(a.troubles).toEqual([{ during: 'renew', error: lost, attempt: 1, delayMs: 2_000 }]);
    a.client.passage = () => ({});
    a.client.requests.length = 0;
    await h.clock.advance(2_000);
    expect(a.client.requests).toEqual(['update', 'get', 'update']);
    expect(a.terms).toHaveLength(1);
  });
});

describe('an answer that comes late', () => {
  it('counts from when its request was sent', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    // Sent after 2 s, answered after 6.5 s; the ones after it fail.
    a.client.passage = () => {
      a.client.fail(lost);
      return { back: () => h.clock.sleep(4_500) };
    };
    await h.clock.advance(6_500);
    await h.clock.advance(5_499);
    expect(a.elector.isLeading()).toBe(true);
    await h.clock.advance(1);
    expect(lastTerm(a).signal.reason).toBeInstanceOf(LeaseLapsed);
  });

  it('is found by a process that slept, and does not make it a leader again', async () => {
    const a = h.candidate('a');
    await h.clock.settle();
    const answer = Promise.withResolvers<void>();
    a.client.passage = () => ({ back: () => answer.promise });
    await h.clock.advance(2_000);
    h.clock.oversleep(20_000);
    // On waking the socket may be read before any timer fires.
    answer.resolve();
    await h.clock.settle();
    expect(a.elector.isLeading(a.terms[0]?.signal)).toBe(false);
    expect(a.terms[0]?.signal.aborted).toBe(true);
  });
});

describe('work that outlasts its lost term', () => {
  it('keeps its process from standing again', async () => {
    const a = h.candidate('a', { obedient: false });
    await h.clock.settle();
    a.client.fail(lost);
    await h.clock.advance(10_000);
    a.client.fail(undefined);
    a.client.requests.length = 0;
    await h.clock.advance(19_999);
    expect(a.client.requests).toEqual([]);
    expect(a.elector.isLeading()).toBe(false);
    lastTerm(a).end();
    await h.clock.advance(0);
    expect(a.terms).toHaveLength(2);
  });

  it('for too long ends the run: only a new process is rid of it', async () => {
    const a = h.candidate('a', { obedient: false });
    await h.clock.settle();
    a.client.fail(lost);
    await h.clock.advance(30_000);
    await expect(a.running).rejects.toBeInstanceOf(TermDidNotEnd);
    expect(h.clock.timers).toBe(0);
  });

  it('may say that it was told to end', async () => {
    const a = h.candidate('a', { obedient: false });
    await h.clock.settle();
    a.stop();
    lastTerm(a).fail(lastTerm(a).signal.reason);
    await expect(a.running).resolves.toBeUndefined();
    expect(h.server.record.holderIdentity).toBe('');
  });
});
