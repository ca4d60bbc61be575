import { describe, expect, it } from '@jest/globals';
import { digest } from '../../../src/json/canonical.ts';
import { decide } from '../../../src/job/decide.ts';
import { identityOf } from '../../../src/job/identity.ts';
import type { RowKnowledge } from '../../../src/job/knowledge.ts';
import type { JobRow, Tombstone } from '../../../src/job/row.ts';
import type { JobParts } from './builders.ts';
import { KEYS, NOW, aFinishedRow, aJob, aJobShowing, aRow, absent, afterWrite, circumstances, inWords, present, statusWrite, steps, unread } from './builders.ts';

const keyed = ({ spec, ...parts }: JobParts = {}): JobParts => ({ ...parts, spec: { idempotencyKey: 'shop-42', ...spec } });
const ID = identityOf(aJob(keyed()), KEYS.clusterName);
const DIGEST = digest(aJob().payload ?? '');

const known = (row: JobRow, payloadDigest = DIGEST): RowKnowledge => ({ kind: 'present', now: NOW, row, payloadDigest });

const buried = (parts: Partial<Tombstone> = {}): RowKnowledge => ({
  kind: 'tombstone',
  now: NOW,
  tombstone: {
    jobId: ID,
    type: 'clone',
    payloadDigest: DIGEST,
    status: 'completed',
    result: '{"url":"x"}',
    resultBytes: 11,
    error: null,
    createdAt: NOW - 9000,
    completedAt: NOW - 8000,
    ttlExpiresAt: NOW - 100,
    ...parts,
  },
});

describe('a new Job with an idempotencyKey', () => {
  it('gets the finalizer and has its row read, before anything is written', () => {
    expect(steps(decide(aJob(keyed({ finalizers: [] })), unread(), circumstances({ seenLive: false })))).toEqual(['addFinalizer', 'readRow']);
  });

  it('is looked at live, together with whoever shares its key, before it is accepted in any way', () => {
    for (const knowledge of [absent(), known(aRow({ jobId: ID })), buried()]) {
      expect(decide(aJob(keyed()), knowledge, circumstances({ seenLive: false }))).toEqual([{ do: 'lookLive' }]);
    }
  });

  it('gets a row when the key is new', () => {
    expect(steps(decide(aJob(keyed()), absent(), circumstances()))).toEqual(['insertRow', 'readRow']);
  });

  it('shows the row that an earlier resource of the key has left, and runs nothing again', () => {
    const actions = decide(aJob(keyed()), known(aFinishedRow('completed', { jobId: ID })), circumstances());
    expect(steps(actions)).toEqual(['writeStatus']);
    expect(statusWrite(actions).status).toMatchObject({ jobId: ID, phase: 'Completed' });
  });

  it('shows the outcome that was kept of a removed row, and runs nothing again', () => {
    const { status, event } = statusWrite(decide(aJob(keyed()), buried(), circumstances()));
    expect(status).toMatchObject({ jobId: ID, phase: 'Completed', progress: 100, result: '{"url":"x"}', completedAt: '2027-01-15T05:46:40Z' });
    expect(inWords(status.conditions)).toEqual(['Complete=True Completed', 'Failed=False Completed', 'Ready=True Completed', 'Synced=False Expired']);
    expect(event?.reason).toBe('OutcomeKept');
  });

  it('shows a job that was removed before it finished as cancelled', () => {
    expect(statusWrite(decide(aJob(keyed()), buried({ status: 'running' }), circumstances())).status.phase).toBe('Cancelled');
  });

  it.each([
    ['no CLUSTER_NAME', { clusterName: undefined, tombstones: true }, 'CLUSTER_NAME'],
    ['no table of tombstones', { clusterName: 'test', tombstones: false }, 'DB_MIGRATE=full'],
  ])('is refused while there is %s, before it gets a finalizer, and looked at again', (_what, keys, remedy) => {
    const actions = decide(aJob(keyed({ finalizers: [] })), unread(), circumstances({ keys }));
    expect(steps(actions)).toEqual(['writeStatus', 'wait']);
    const { conditions } = statusWrite(actions).status;
    expect(inWords(conditions)).toContain('Stalled=True IdempotencyUnavailable');
    expect(conditions[0]?.message).toContain(remedy);
  });

  it('is neither refused nor accepted before the database was asked for its tombstones', () => {
    const unknown = circumstances({ keys: { clusterName: 'test', tombstones: undefined } });
    expect(decide(aJob(keyed()), unread(), unknown)).toEqual([{ do: 'readRow' }]);
    for (const knowledge of [absent(), known(aRow({ jobId: ID }))]) expect(steps(decide(aJob(keyed()), knowledge, unknown))).toEqual(['wait']);
  });
});

describe('a key that was used for other work', () => {
  it.each([
    ['another type', known(aRow({ jobId: ID, type: 'delete' })), 'type'],
    ['another payload', known(aRow({ jobId: ID }), digest('{"site":"b"}')), 'requestPayload'],
    ['another type, by its tombstone', buried({ type: 'delete' }), 'type'],
    ['another payload, by its tombstone', buried({ payloadDigest: digest('{"site":"b"}') }), 'requestPayload'],
  ])('stalls the Job: %s', (_what, knowledge, field) => {
    const actions = decide(aJob(keyed()), knowledge, circumstances());
    expect(steps(actions)).toEqual(['writeStatus', 'wait']);
    const { conditions } = statusWrite(actions).status;
    expect(inWords(conditions)).toContain('Stalled=True IdempotencyConflict');
    expect(conditions[0]?.message).toContain(field);
  });

  it('is no conflict where the payload is only spelt in another way', () => {
    const spelt = digest('{ "site" : "\\u0061" }');
    expect(statusWrite(decide(aJob(keyed()), known(aRow({ jobId: ID }), spelt), circumstances())).status.phase).toBe('Pending');
  });

  it('leaves the earlier row alone when the stalled Job is deleted, under every policy', () => {
    for (const deletionPolicy of ['Cancel', 'Retain', 'Delete'] as const) {
      const job = aJob(keyed({ deleting: true, spec: { deletionPolicy } }));
      expect(decide(job, known(aRow({ jobId: ID }), digest('1')), circumstances())).toEqual([{ do: 'removeFinalizer' }]);
    }
  });
});

describe('a key that another live Job holds', () => {
  const inUse = circumstances({ keyHolder: 'first' });

  it('stalls the second, which is looked at again', () => {
    const actions = decide(aJob(keyed()), known(aRow({ jobId: ID })), inUse);
    expect(steps(actions)).toEqual(['writeStatus', 'wait']);
    expect(inWords(statusWrite(actions).status.conditions)).toContain('Stalled=True IdempotencyKeyInUse');
    const stalled = afterWrite(aJob(keyed()), statusWrite(actions).status);
    expect(steps(decide(stalled, known(aRow({ jobId: ID })), inUse))).toEqual(['wait']);
  });

  it('is taken over when the first is gone', () => {
    const { status } = statusWrite(decide(aJob(keyed()), known(aRow({ jobId: ID })), inUse));
    const next = decide(afterWrite(aJob(keyed()), status), known(aFinishedRow('cancelled', { jobId: ID })), circumstances());
    expect(statusWrite(next).status.phase).toBe('Cancelled');
  });

  it('is not touched when the second is deleted', () => {
    expect(decide(aJob(keyed({ deleting: true })), known(aRow({ jobId: ID })), inUse)).toEqual([{ do: 'removeFinalizer' }]);
    expect(decide(aJob(keyed({ deleting: true })), absent(), inUse)).toEqual([{ do: 'removeFinalizer' }]);
  });
});

describe('a keyed Job that was accepted', () => {
  const finished = aFinishedRow('completed', { jobId: ID, ttlExpiresAt: NOW - 1 });

  it('is its row\'s owner', () => {
    expect(steps(decide(aJobShowing(aRow({ jobId: ID }), keyed({ spec: { cancel: true } })), present(aRow({ jobId: ID })), circumstances()))).toEqual(['cancelRow', 'readRow']);
  });

  it('shows its row as expired once only the tombstone is left', () => {
    const { status } = statusWrite(decide(aJobShowing(finished, keyed()), buried(), circumstances()));
    expect([status.scope, status.phase]).toEqual(['conditions', 'Completed']);
    expect(inWords(status.conditions)).toContain('Synced=False Expired');
  });

  it('goes with its row where ttlPolicy says so', () => {
    expect(decide(aJobShowing(finished, keyed({ spec: { ttlPolicy: 'RowAndResource' } })), buried(), circumstances())).toEqual([{ do: 'deleteResource' }]);
  });

  it('stays where it only found a tombstone, whatever ttlPolicy says', () => {
    const job = aJob(keyed({ spec: { ttlPolicy: 'RowAndResource' } }));
    const { status } = statusWrite(decide(job, buried(), circumstances()));
    expect(decide(afterWrite(job, status), buried(), circumstances())).toEqual([]);
  });

  it.each(['Row', 'RowAndResource'] as const)('that shows a tombstone, and is changed, says that the change was seen (ttlPolicy %s)', (ttlPolicy) => {
    const job = aJob(keyed({ spec: { ttlPolicy } }));
    const { status } = statusWrite(decide(job, buried(), circumstances()));
    const changed = { ...afterWrite(job, status), generation: 2 };
    const actions = decide(changed, buried(), circumstances());
    expect(steps(actions)).toEqual(['writeStatus']);
    expect(statusWrite(actions).status.observedGeneration).toBe(2);
  });

  it('that shows a tombstone is left alone from then on', () => {
    const { status } = statusWrite(decide(aJob(keyed()), buried(), circumstances()));
    expect(decide(afterWrite(aJob(keyed()), status), buried(), circumstances())).toEqual([]);
  });

  it('learns its end from the tombstone when it had not shown it', () => {
    expect(statusWrite(decide(aJobShowing(aRow({ jobId: ID, status: 'running' }), keyed()), buried(), circumstances())).status.phase).toBe('Completed');
  });

  it('is let go when it is deleted and only the tombstone is left', () => {
    expect(decide(aJobShowing(finished, keyed({ deleting: true })), buried(), circumstances())).toEqual([{ do: 'removeFinalizer' }]);
  });
});
