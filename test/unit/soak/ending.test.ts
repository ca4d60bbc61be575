import { describe, expect, it } from '@jest/globals';
import { unsettled } from '../../../dev/soak/ending.ts';
import type { SoakJob } from '../../../dev/soak/soak-job.ts';
import { BEGAN, COMPLETED, entry, row, showing } from './evidence.ts';

const NOW = BEGAN + 60;
const KEPT = { ...COMPLETED, ttl_expires_at: null };
const SWEPT = [entry('operator', null, row(), 0), entry('workers', row(), COMPLETED, 1), entry('operator', COMPLETED, null, 30)];

const left = (jobs: readonly SoakJob[], rows = [KEPT], diary = SWEPT): number => unsettled({ jobs, rows, now: NOW }, diary).length;

/** Another Job of the same key. */
function rival(name: string, refusal?: string): SoakJob {
  const shown = showing(KEPT);
  const conditions = [{ type: 'Stalled', status: 'True', reason: 'IdempotencyKeyInUse', message: refusal ?? '' }];
  return {
    ...shown,
    metadata: { ...shown.metadata, name, uid: name },
    spec: { ...shown.spec, idempotencyKey: 'key-1' },
    status: refusal === undefined ? shown.status : { observedGeneration: 1, conditions },
  };
}

const waitingFor = (holder: string): string => `The Job ${holder} of this namespace has the same idempotencyKey.`;

function expired(ttlPolicy: string, idempotencyKey?: string): SoakJob {
  const shown = showing(COMPLETED);
  const conditions = [{ type: 'Synced', status: 'False', reason: 'Expired', message: '' }];
  return { ...shown, spec: { ...shown.spec, ttlPolicy, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) }, status: { ...shown.status, conditions } };
}

describe('it is calm', () => {
  it('when a Job waits for the one that has its key', () => {
    const holder = { ...rival('keyed-1'), status: { ...showing(KEPT).status, conditions: complete() } };
    expect(left([holder, rival('keyed-2', waitingFor('keyed-1')), rival('keyed-3', waitingFor('keyed-1'))])).toBe(0);
  });

  it('not while two Jobs wait for one that has gone', () => {
    expect(left([rival('keyed-2', waitingFor('keyed-1')), rival('keyed-3', waitingFor('keyed-1'))])).toBe(2);
  });

  it('not while a Job says that it waits for one that has gone, and another has the key', () => {
    const holder = { ...rival('keyed-3'), status: { ...showing(KEPT).status, conditions: complete() } };
    expect(left([holder, rival('keyed-2', waitingFor('keyed-1'))])).toBe(1);
    expect(left([holder, rival('keyed-2', waitingFor('keyed-30'))])).toBe(1);
  });

  it('when a Job shows the outcome of its row that was swept', () => {
    expect(left([expired('Row')], [])).toBe(0);
  });

  it('not while a Job outlives its row that is to go with it, but for one with a key, which may have come later', () => {
    expect(left([expired('RowAndResource')], [])).toBe(1);
    expect(left([expired('RowAndResource', 'key-1')], [])).toBe(0);
  });
});

function complete(): NonNullable<SoakJob['status']['conditions']> {
  return [
    { type: 'Synced', status: 'True', reason: 'RowShown', message: '' },
    { type: 'Complete', status: 'True', reason: 'Completed', message: '' },
    { type: 'Failed', status: 'False', reason: 'Completed', message: '' },
  ];
}
