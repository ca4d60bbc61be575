import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../src/job/decide.ts';
import { identityOf, jobIdOf, ownsRow } from '../../../src/job/identity.ts';
import type { RowKnowledge } from '../../../src/job/knowledge.ts';
import { aJob, aJobShowing, aRow, afterWrite, circumstances, inWords, present, statusWrite, steps, UID, unread } from './builders.ts';

const refusal = { reason: 'PayloadRefused', message: 'The database refuses the payload: it is nested too deep.' };
const refused: RowKnowledge = { kind: 'refused', refusal };

describe('a Job that the database refuses', () => {
  it('is stalled with the reason, and told so', () => {
    const write = statusWrite(decide(aJob(), refused, circumstances()));
    expect(inWords(write.status.conditions)).toContain('Stalled=True PayloadRefused');
    expect(write.status.conditions.map(({ message }) => message)).toEqual(Array.from({ length: 4 }, () => refusal.message));
    expect(write.event).toMatchObject({ type: 'Warning', reason: 'PayloadRefused' });
    expect([write.status.observedGeneration, write.status.jobId, write.status.phase]).toEqual([1, undefined, undefined]);
  });

  it('is left alone once it says so', () => {
    const { status } = statusWrite(decide(aJob(), refused, circumstances()));
    expect(decide(afterWrite(aJob(), status), refused, circumstances())).toEqual([]);
  });

  it('tells no second Event when only its spec changed', () => {
    const { status } = statusWrite(decide(aJob(), refused, circumstances()));
    expect(statusWrite(decide(afterWrite(aJob({ generation: 2 }), status), refused, circumstances())).event).toBeUndefined();
  });

  it('goes without a trace when it is deleted', () => {
    expect(decide(aJob({ deleting: true }), refused, circumstances())).toEqual([{ do: 'removeFinalizer' }]);
  });

  it('that has a row after all follows it', () => {
    expect(decide(aJobShowing(aRow()), refused, circumstances())).toEqual([{ do: 'readRow' }]);
  });
});

describe('a Job with an idempotencyKey', () => {
  const keyed = { spec: { idempotencyKey: 'shop-42' } };

  it('is refused for now, before it gets a finalizer or a row', () => {
    const actions = decide(aJob({ ...keyed, finalizers: [] }), unread(), circumstances());
    expect(steps(actions)).toEqual(['writeStatus']);
    expect(inWords(statusWrite(actions).status.conditions)).toContain('Stalled=True IdempotencyUnavailable');
  });

  it('is let go when it is deleted, whatever the database does', () => {
    expect(decide(aJob({ ...keyed, deleting: true }), unread(true), circumstances())).toEqual([{ do: 'removeFinalizer' }]);
  });

  it('that was accepted by another version is followed', () => {
    const job = aJobShowing(aRow({ jobId: 'keyed-id' }), keyed);
    expect(decide(job, unread(), circumstances())).toEqual([{ do: 'readRow' }]);
    expect(statusWrite(decide(job, present(aRow({ jobId: 'keyed-id', status: 'running' })), circumstances())).status.phase).toBe('Running');
  });
});

describe('the job id', () => {
  it('is the uid of the resource', () => {
    expect(identityOf(aJob())).toBe(UID);
    expect(jobIdOf(aJob())).toBe(UID);
    expect(ownsRow(aJob())).toBe(true);
    expect(ownsRow(aJobShowing(aRow()))).toBe(true);
  });

  it('is what the status says once it says one, and then only an own one is changed', () => {
    const copied = aJobShowing(aRow({ jobId: 'another' }));
    expect([jobIdOf(copied), identityOf(copied), ownsRow(copied)]).toEqual(['another', UID, false]);
  });
});
