import { afterAll, describe, expect, it } from '@jest/globals';
import { CleanUps } from '../../../dev/clean-ups.ts';
import { createProgress } from '../../../dev/progress.ts';
import { reportOf } from '../../../dev/soak/report.ts';
import { runSoak } from '../../../dev/soak/run.ts';

const SEED = 20_260_220;
/** Of storm; the two calms, and bringing everything up, make it about two minutes. */
const MINUTES = 0.9;
const TIMEOUT_MS = 480_000;

const cleanUps = new CleanUps();
afterAll(() => cleanUps.run(), TIMEOUT_MS);

describe('two minutes of random work under random faults, with an election and without one', () => {
  it(`lose nothing, double nothing, wake nothing and contradict nothing (make soak MINUTES=${MINUTES} SEED=${SEED})`, async () => {
    const outcome = await runSoak({ seed: SEED, minutes: MINUTES, progress: createProgress(), cleanUps });
    // The history of whoever was wronged is in the report.
    if (outcome.violations.length > 0) throw new Error(`\n${reportOf(outcome).join('\n')}`);
    // It was no idle soak.
    expect(outcome.operations.total).toBeGreaterThan(200);
    expect(outcome.faults.total).toBeGreaterThan(10);
    expect(outcome.evidence.lives.size).toBeGreaterThan(50);
  }, TIMEOUT_MS);
});
