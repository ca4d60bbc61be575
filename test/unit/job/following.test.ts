import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../src/job/decide.ts';
import { FINALIZER } from '../../../src/job/resource.ts';
import { aFinishedRow, aJobShowing, aRow, absent, circumstances, present, statusWrite, steps, unread } from './builders.ts';

describe('following the row', () => {
  it('reads the row first', () => {
    expect(decide(aJobShowing(aRow()), unread(), circumstances())).toEqual([{ do: 'readRow' }]);
  });

  it.each([aRow(), aRow({ status: 'running', progress: 5 }), aFinishedRow('completed', { result: '{"b":1,"a":2}' }), aFinishedRow('failed', { error: 'e' }), aFinishedRow('cancelled')])(
    'does nothing when the status shows the row already ($status)',
    (row) => {
      expect(decide(aJobShowing(row), present(row), circumstances({ now: 1 }))).toEqual([]);
    },
  );

  it('does nothing when a result is only spelled differently', () => {
    const job = aJobShowing(aFinishedRow('completed', { result: '{"b":1,"a":2}' }));
    expect(decide(job, present(aFinishedRow('completed', { result: '{"a": 2, "b": 1.0}' })), circumstances())).toEqual([]);
  });

  it.each([
    ['pending', 'running', 'phase', 'Started', 'Normal'],
    ['running', 'completed', 'finished', 'Completed', 'Normal'],
    ['running', 'failed', 'finished', 'Failed', 'Warning'],
    ['running', 'cancelled', 'finished', 'Cancelled', 'Normal'],
    ['pending', 'completed', 'finished', 'Completed', 'Normal'],
    ['failed', 'running', 'phase', 'Started', 'Normal'],
    ['completed', 'failed', 'finished', 'Failed', 'Warning'],
    ['running', 'pending', 'phase', 'Requeued', 'Normal'],
  ] as const)('shows a row that goes from %s to %s, counts it as %s and tells %s', (before, after, reason, event, type) => {
    const write = statusWrite(decide(aJobShowing(aRow({ status: before })), present(aRow({ status: after })), circumstances()));
    expect([write.status.phase?.toLowerCase(), write.reason, write.event?.reason, write.event?.type]).toEqual([after, reason, event, type]);
  });

  it('tells no Event for progress', () => {
    const write = statusWrite(decide(aJobShowing(aRow({ status: 'running' })), present(aRow({ status: 'running', progress: 50 })), circumstances()));
    expect(write.event).toBeUndefined();
  });

  it('shows what changes on a finished row', () => {
    const write = statusWrite(decide(aJobShowing(aFinishedRow('completed')), present(aFinishedRow('completed', { result: '7' })), circumstances()));
    expect([write.status.result, write.reason, write.event]).toEqual(['7', 'other', undefined]);
  });

  it('acknowledges a changed spec with nothing but observedGeneration', () => {
    const job = { ...aJobShowing(aRow()), generation: 2 };
    const write = statusWrite(decide(job, present(aRow()), circumstances()));
    expect([write.status.observedGeneration, write.reason, write.event]).toEqual([2, 'other', undefined]);
  });

  it('puts back a finalizer that somebody took, without touching the row', () => {
    expect(decide({ ...aJobShowing(aRow()), finalizers: [] }, present(aRow()), circumstances())).toEqual([{ do: 'addFinalizer' }]);
  });

  it('shows a row again that was missing and has come back', () => {
    const missing = statusWrite(decide(aJobShowing(aRow({ status: 'running' })), absent({ forSeconds: 10 }), circumstances()));
    const job = { ...aJobShowing(aRow({ status: 'running' })), status: missing.status };
    const { status } = statusWrite(decide(job, present(aRow({ status: 'running' })), circumstances()));
    expect(status.conditions.map(({ type }) => type)).not.toContain('Stalled');
    expect(status.conditions.find(({ type }) => type === 'Synced')?.status).toBe('True');
  });

  it('never says the same thing twice: what was decided, once written, leaves nothing to do', () => {
    for (const row of [aRow(), aRow({ status: 'running', progress: 5 }), aFinishedRow('completed', { result: '[1]' }), aFinishedRow('failed', { error: 'x'.repeat(5000) })]) {
      const { status } = statusWrite(decide(aJobShowing(aRow({ status: 'cancelled' })), present(row), circumstances()));
      expect(decide({ ...aJobShowing(row), status }, present(row), circumstances())).toEqual([]);
    }
  });
});

describe('a status that names a row of another id', () => {
  const foreign = aRow({ jobId: 'another', status: 'running' });
  const spec = { cancel: true, ttlSecondsAfterFinished: 60, deletionPolicy: 'Delete' } as const;

  it('is followed', () => {
    const { status } = statusWrite(decide(aJobShowing(aRow({ jobId: 'another' })), present(foreign), circumstances()));
    expect([status.jobId, status.phase]).toEqual(['another', 'Running']);
  });

  it.each([foreign, aFinishedRow('completed', { jobId: 'another' })])('leaves that row as it is ($status), whatever the spec asks', (row) => {
    expect(decide(aJobShowing(row, { spec }), present(row), circumstances({ defaultTtlSeconds: 60 }))).toEqual([]);
    expect(decide(aJobShowing(row, { spec, deleting: true, finalizers: [FINALIZER] }), present(row), circumstances())).toEqual([{ do: 'removeFinalizer' }]);
    expect(steps(decide(aJobShowing(row, { spec, deleting: true }), absent(), circumstances()))).not.toContain('insertRow');
  });
});
