import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { harness } from './leader-election-harness.ts';
import type { Candidate, Harness } from './leader-election-harness.ts';

/** What happens to one candidate, or to the Lease, before time goes on. No deletion: it makes two leaders where one had not seen the other. */
type Happening =
  | { readonly kind: 'slow'; readonly who: number; readonly thereMs: number; readonly backMs: number }
  | { readonly kind: 'away' | 'unanswered' | 'well' | 'stop' | 'work ends'; readonly who: number }
  | { readonly kind: 'labelled' };

interface Step {
  readonly happening: Happening;
  readonly afterMs: number;
}

const CANDIDATES = 3;
const who = fc.nat(CANDIDATES - 1);
const happening = fc.oneof(
  fc.record({ kind: fc.constant('slow' as const), who, thereMs: fc.nat(8_000), backMs: fc.nat(8_000) }),
  fc.record({ kind: fc.constantFrom('away' as const, 'unanswered' as const, 'well' as const, 'well' as const, 'stop' as const, 'work ends' as const), who }),
  fc.record({ kind: fc.constant('labelled' as const) }),
);
const steps = fc.array(fc.record({ happening, afterMs: fc.nat(20_000) }), { minLength: 1, maxLength: 12 });

function apply(h: Harness, candidates: readonly Candidate[], event: Happening): void {
  if (event.kind === 'labelled') {
    if (h.server.lease !== undefined) h.server.edit({});
    return;
  }
  const candidate = candidates[event.who];
  if (candidate === undefined) throw new Error('there is no such candidate');
  switch (event.kind) {
    case 'slow':
      candidate.client.passage = () => ({ there: () => h.clock.sleep(event.thereMs), back: () => h.clock.sleep(event.backMs) });
      break;
    case 'away':
      candidate.client.fail(new Error('no connection'));
      break;
    case 'unanswered':
      candidate.client.passage = () => ({ back: () => Promise.reject(new Error('the answer was lost')) });
      break;
    case 'well':
      candidate.client.fail(undefined);
      break;
    case 'stop':
      candidate.stop();
      break;
    case 'work ends':
      candidate.terms.at(-1)?.end();
      break;
  }
}

/** Runs a life and gives the greatest number that led at one time. */
async function live(life: readonly Step[]): Promise<{ readonly most: number; readonly candidates: readonly Candidate[]; readonly h: Harness }> {
  const h = harness();
  const candidates = Array.from({ length: CANDIDATES }, (_, index) => h.candidate(String(index)));
  let most = 0;
  for (const step of life) {
    apply(h, candidates, step.happening);
    for (let left = step.afterMs; left >= 0; left -= 500) {
      await h.clock.advance(Math.min(left, 500));
      most = Math.max(most, candidates.filter(({ elector }) => elector.isLeading()).length);
    }
  }
  return { most, candidates, h };
}

describe('three candidates on one clock, under any faults of their connections', () => {
  it('never lead two at a time, and one leads again when all is well', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (life) => {
        const { most, candidates, h } = await live(life);
        expect(most).toBeLessThanOrEqual(1);
        for (const { client } of candidates) client.fail(undefined);
        const newcomer = h.candidate('newcomer');
        await h.clock.advance(40_000);
        expect([...candidates, newcomer].filter(({ elector }) => elector.isLeading())).toHaveLength(1);
        for (const { stop } of [...candidates, newcomer]) stop();
        await h.clock.advance(5_000);
        await Promise.all([...candidates, newcomer].map(({ running }) => running));
        expect(h.server.lease?.record.holderIdentity ?? '').toBe('');
        expect(h.clock.timers).toBe(0);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
