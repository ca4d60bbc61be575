import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../src/job/decide.ts';
import { aFinishedRow, aJob, aJobShowing, aRow, absent, circumstances, present, statusWrite, steps, unread } from './builders.ts';

describe('a new Job', () => {
  it('gets the finalizer, its row and a look at it, in this order', () => {
    expect(decide(aJob({ finalizers: [] }), unread(), circumstances({ seenLive: false }))).toEqual([
      { do: 'addFinalizer' },
      { do: 'insertRow', status: 'pending', ttlSeconds: null },
      { do: 'readRow' },
    ]);
  });

  it('gets the finalizer beside those of others', () => {
    expect(steps(decide(aJob({ finalizers: ['example.com/audit'] }), unread(), circumstances()))).toContain('addFinalizer');
  });

  it('that is born cancelled gets a row that no worker ever sees pending', () => {
    expect(decide(aJob({ finalizers: [], spec: { cancel: true } }), unread(), circumstances())[1]).toEqual({ do: 'insertRow', status: 'cancelled', ttlSeconds: null });
  });

  it('gets a status with jobId once its row was read, and is told so', () => {
    const { status, reason, event } = statusWrite(decide(aJob(), present(aRow()), circumstances()));
    expect([status.jobId, status.phase, reason, event?.reason]).toEqual([aRow().jobId, 'Pending', 'accepted', 'Accepted']);
  });

  it('whose row a worker took before it was shown is still told as accepted', () => {
    expect(statusWrite(decide(aJob(), present(aRow({ status: 'running' })), circumstances())).event?.reason).toBe('Accepted');
  });

  it('whose row ended before it was shown is told its end', () => {
    expect(statusWrite(decide(aJob(), present(aFinishedRow('failed')), circumstances())).event?.reason).toBe('Failed');
  });
});

describe('a new Job whose payload was too much to be kept', () => {
  it('is read again before anything is written', () => {
    expect(decide(aJob({ finalizers: [], payload: undefined }), unread(), circumstances())).toEqual([{ do: 'lookLive' }]);
  });

  it('is read again before it is compared with the row that its key has', () => {
    const job = aJob({ payload: undefined, spec: { idempotencyKey: 'once' } });
    const keys = { clusterName: 'here', tombstones: true };
    expect(decide(job, present(aRow()), circumstances({ keys, seenLive: true }))).toEqual([{ do: 'lookLive' }]);
    expect(decide({ ...job, deleting: true }, present(aRow()), circumstances({ keys, seenLive: true }))).toEqual([{ do: 'lookLive' }]);
  });

  it('is read again before its id is taken when it is deleted', () => {
    expect(decide(aJob({ deleting: true, payload: undefined }), absent(), circumstances({ seenLive: true }))).toEqual([{ do: 'lookLive' }]);
  });
});

describe('a Job that was left between finalizer and status', () => {
  it.each([true, false])('has its row read first (seen live: %p)', (seenLive) => {
    expect(decide(aJob(), unread(), circumstances({ seenLive }))).toEqual([{ do: 'readRow' }]);
  });

  it('is looked at live after no row was found', () => {
    expect(decide(aJob(), absent(), circumstances({ seenLive: false }))).toEqual([{ do: 'lookLive' }]);
  });

  it('gets a row when it was seen live since', () => {
    expect(decide(aJob(), absent(), circumstances())).toEqual([{ do: 'insertRow', status: 'pending', ttlSeconds: null }, { do: 'readRow' }]);
  });
});

describe('no INSERT', () => {
  const everyKnowledge = [
    ['nothing read', unread()],
    ['the database away', unread(true)],
    ['no row, just now', absent()],
    ['no row, for long', absent({ forSeconds: 3600 })],
    ['the row removed by us', absent({ removedByUs: true })],
    ['a mass loss', absent({ forSeconds: 60, massLoss: true })],
  ] as const;
  const jobs = [
    ['waiting', aJobShowing(aRow())],
    ['running', aJobShowing(aRow({ status: 'running' }))],
    ['completed', aJobShowing(aFinishedRow('completed'))],
    ['failed', aJobShowing(aFinishedRow('failed'))],
    ['cancelled', aJobShowing(aFinishedRow('cancelled'))],
  ] as const;
  const cases = jobs.flatMap(([phase, job]) => everyKnowledge.flatMap(([what, known]) => [false, true].map((deleting) => ({ phase, what, known, job: { ...job, deleting }, deleting }))));

  it.each(cases)('follows once a status named its row ($phase, $what, deleting: $deleting)', ({ job, known }) => {
    expect(steps(decide(job, known, circumstances()))).not.toContain('insertRow');
    expect(steps(decide({ ...job, finalizers: [] }, known, circumstances()))).not.toContain('insertRow');
  });
});
