import { describe, expect, it } from '@jest/globals';
import { judgeRows } from '../../../dev/soak/row-rules.ts';
import type { Evidence } from '../../../dev/soak/evidence.ts';
import type { SoakJob } from '../../../dev/soak/soak-job.ts';
import { BEGAN, COMPLETED, entry, evidence, row, showing } from './evidence.ts';

const BORN = entry('operator', null, row(), 0);
const DONE = entry('workers', row(), COMPLETED, 1);
const RUNNING = row({ status: 'running', progress: 10 });
const CANCELLED = row({ status: 'cancelled', completed_at: BEGAN + 1, updated_at: BEGAN + 1 });

const kinds = (of: Evidence): readonly string[] => judgeRows(of).map(({ kind }) => kind);

/** Ten seconds after its beginning the Job was gone; a worker has started its row. */
function started(seconds: number, metadata: Partial<SoakJob['metadata']>): readonly string[] {
  const shown = showing(row());
  const version = { ...shown, metadata: { ...shown.metadata, ...metadata } };
  return kinds(evidence([BORN, entry('workers', row(), RUNNING, seconds)], [version], { deletedAt: BEGAN * 1000 }, 10));
}

describe('the judge of the rows', () => {
  it('has nothing against a row that was inserted, finished, shown and swept', () => {
    expect(judgeRows(evidence([BORN, DONE, entry('operator', COMPLETED, null, 30)], [showing(COMPLETED)]))).toEqual([]);
  });

  it('calls a second INSERT for the same work doubled, whatever its id', () => {
    const second = { ...entry('operator', null, row({ job_id: 'uid-2' }), 3), jobId: 'uid-2' };
    expect(kinds(evidence([BORN, second], []))).toEqual(['doubled']);
  });

  it('calls a finished row that the operator woke resurrected, and lets workers do it', () => {
    expect(kinds(evidence([BORN, DONE, entry('operator', COMPLETED, { ...COMPLETED, status: 'running' }, 2)], []))).toEqual(['resurrected']);
    expect(kinds(evidence([BORN, DONE, entry('workers', COMPLETED, { ...COMPLETED, status: 'running' }, 2)], []))).toEqual([]);
  });

  it('wants somebody to have asked for a cancel', () => {
    const diary = [BORN, entry('operator', row(), CANCELLED, 1)];
    expect(kinds(evidence(diary, []))).toEqual(['contradicting']);
    expect(kinds(evidence(diary, [], { cancelledAt: BEGAN * 1000 }))).toEqual([]);
    expect(kinds(evidence(diary, [], { deletedAt: BEGAN * 1000, deletionPolicy: 'Retain' }))).toEqual(['contradicting']);
  });

  it('wants a row to be finished, expired, old enough and shown before it is swept', () => {
    expect(kinds(evidence([BORN, DONE, entry('operator', COMPLETED, null, 30)], [showing(RUNNING)]))).toEqual(['contradicting']);
    expect(kinds(evidence([BORN, DONE, entry('operator', COMPLETED, null, 19)], [showing(COMPLETED)]))).toEqual(['contradicting']);
    expect(kinds(evidence([BORN, entry('operator', { ...RUNNING, ttl_expires_at: BEGAN }, null, 30)], [showing({ ...RUNNING, ttl_expires_at: BEGAN })]))).toEqual(['contradicting']);
    const later = { ...COMPLETED, ttl_expires_at: BEGAN + 60 };
    expect(kinds(evidence([BORN, entry('operator', later, null, 30)], [showing(later)]))).toEqual(['contradicting']);
  });

  it('keeps the operator from what is the workers’ to tell', () => {
    expect(kinds(evidence([BORN, entry('operator', row(), row({ progress: 5 }), 1)], []))).toEqual(['contradicting']);
  });

  it('lets no worker have the row of a deleted Job, unless the API server did not wait for the finalizer', () => {
    const held = { deletionTimestamp: 'now', finalizers: ['wordpress.betaweb.ai/row'] };
    expect(started(9, held)).toEqual([]);
    expect(started(11, held)).toEqual(['contradicting']);
    expect(started(11, {})).toEqual(['contradicting']);
    expect(started(11, { finalizers: ['wordpress.betaweb.ai/row'] })).toEqual([]);
  });
});
