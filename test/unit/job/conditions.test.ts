import { describe, expect, it } from '@jest/globals';
import { rfc3339, settleConditions } from '../../../src/job/conditions.ts';
import { statusOfMissingRow, statusOfRefusal, statusOfRow } from '../../../src/job/status.ts';
import { aFinishedRow, aJob, aJobShowing, aRow, inWords, NOW } from './builders.ts';

const MILLISECONDS = NOW * 1000;

describe('the conditions of a Job', () => {
  it.each([
    {
      situation: 'waiting',
      status: statusOfRow(aJob(), aRow(), MILLISECONDS),
      shows: ['Complete=False Pending', 'Failed=False Pending', 'Ready=False Pending', 'Reconciling=True Pending', 'Synced=True RowShown'],
    },
    {
      situation: 'running',
      status: statusOfRow(aJob(), aRow({ status: 'running' }), MILLISECONDS),
      shows: ['Complete=False Running', 'Failed=False Running', 'Ready=False Running', 'Reconciling=True Running', 'Synced=True RowShown'],
    },
    {
      situation: 'completed',
      status: statusOfRow(aJob(), aFinishedRow('completed'), MILLISECONDS),
      shows: ['Complete=True Completed', 'Failed=False Completed', 'Ready=True Completed', 'Synced=True RowShown'],
    },
    {
      situation: 'failed',
      status: statusOfRow(aJob(), aFinishedRow('failed', { error: 'disk full' }), MILLISECONDS),
      shows: ['Complete=False JobFailed', 'Failed=True JobFailed', 'Ready=False JobFailed', 'Stalled=True JobFailed', 'Synced=True RowShown'],
    },
    {
      situation: 'cancelled, and the spec asked for it',
      status: statusOfRow(aJob({ spec: { cancel: true } }), aFinishedRow('cancelled'), MILLISECONDS),
      shows: ['Complete=False Cancelled', 'Failed=True Cancelled', 'Ready=True Cancelled', 'Synced=True RowShown'],
    },
    {
      situation: 'cancelled, and the resource is being deleted',
      status: statusOfRow(aJob({ deleting: true }), aFinishedRow('cancelled'), MILLISECONDS),
      shows: ['Complete=False Cancelled', 'Failed=True Cancelled', 'Ready=True Cancelled', 'Synced=True RowShown'],
    },
    {
      situation: 'cancelled by somebody else',
      status: statusOfRow(aJob(), aFinishedRow('cancelled'), MILLISECONDS),
      shows: ['Complete=False Cancelled', 'Failed=True Cancelled', 'Ready=False Cancelled', 'Stalled=True Cancelled', 'Synced=True RowShown'],
    },
    {
      situation: 'one that cannot be accepted',
      status: statusOfRefusal(aJob(), 'PayloadRefused', 'The database refuses it.', MILLISECONDS),
      shows: ['Complete=False PayloadRefused', 'Failed=False PayloadRefused', 'Ready=False PayloadRefused', 'Stalled=True PayloadRefused'],
    },
    {
      situation: 'one whose row is gone before it finished',
      status: statusOfMissingRow(aJobShowing(aRow({ status: 'running' })), MILLISECONDS),
      shows: ['Complete=False RowMissing', 'Failed=False RowMissing', 'Ready=False RowMissing', 'Stalled=True RowMissing', 'Synced=False RowMissing'],
    },
  ])('$situation: Ready, Reconciling, Stalled, Complete, Failed and Synced as the contract has them', ({ status, shows }) => {
    expect(inWords(status.conditions)).toEqual(shows);
  });

  it('all say which generation they speak of', () => {
    const { conditions, observedGeneration } = statusOfRow(aJob({ generation: 7 }), aRow(), MILLISECONDS);
    expect(observedGeneration).toBe(7);
    expect(conditions.map((condition) => condition.observedGeneration)).toEqual(conditions.map(() => 7));
  });

  it('move lastTransitionTime only where the status moved', () => {
    const waiting = aJobShowing(aRow());
    const later = statusOfRow(waiting, aRow({ status: 'running' }), MILLISECONDS + 90_000);
    const completed = statusOfRow(waiting, aFinishedRow('completed'), MILLISECONDS + 90_000);

    const changes = (conditions: typeof later.conditions) => conditions.filter(({ lastTransitionTime }) => lastTransitionTime === rfc3339(NOW + 90)).map(({ type }) => type);
    expect(changes(later.conditions)).toEqual([]);
    expect(changes(completed.conditions)).toEqual(['Ready', 'Complete']);
  });

  it('start their lastTransitionTime when they first appear, in whole seconds of UTC', () => {
    const [condition] = settleConditions([{ type: 'Ready', status: 'True', reason: 'Completed', message: '' }], [], 1, MILLISECONDS + 999);
    expect(condition?.lastTransitionTime).toBe('2027-01-15T08:00:00Z');
  });

  it.each([
    { error: null, message: 'The worker reported a failure without a text.' },
    { error: ' \n ', message: 'The worker reported a failure without a text.' },
    { error: 'disk full\r\n  at line 4\n', message: 'disk full' },
    { error: '💥'.repeat(300), message: `${'💥'.repeat(255)}…` },
  ])('of a failed job quote the first line of the error, and no more than 256 characters of it', ({ error, message }) => {
    const { conditions } = statusOfRow(aJob(), aFinishedRow('failed', { error }), MILLISECONDS);
    expect(conditions.find(({ type }) => type === 'Failed')?.message).toBe(message);
  });
});
