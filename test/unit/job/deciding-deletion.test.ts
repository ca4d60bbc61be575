import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../src/job/decide.ts';
import { FINALIZER } from '../../../src/job/resource.ts';
import type { DeletionPolicy } from '../../../src/job/resource.ts';
import { aFinishedRow, aJob, aJobShowing, aRow, absent, afterWrite, circumstances, inWords, NOW, present, statusWrite, steps, unread } from './builders.ts';

const LET_GO = [{ do: 'removeFinalizer' }];
const deleted = (deletionPolicy: DeletionPolicy, spec = {}) => ({ deleting: true, spec: { deletionPolicy, ...spec } });

describe('deleting a Job whose row has not finished', () => {
  it.each(['pending', 'running'] as const)('Cancel: cancels the row (%s), then looks at it', (status) => {
    expect(decide(aJobShowing(aRow({ status }), deleted('Cancel')), present(aRow({ status })), circumstances())).toEqual([{ do: 'cancelRow' }, { do: 'readRow' }]);
  });

  it('Cancel: gives the cancelled row its TTL before it lets go', () => {
    const job = aJobShowing(aRow(), deleted('Cancel', { ttlSecondsAfterFinished: 60 }));
    expect(decide(job, present(aFinishedRow('cancelled')), circumstances())).toEqual([{ do: 'stampTtl', stamp: { kind: 'ttl', seconds: 60 } }, { do: 'readRow' }]);
    expect(decide(job, present(aFinishedRow('cancelled', { ttlExpiresAt: NOW })), circumstances())).toEqual(LET_GO);
  });

  it('Retain: leaves the row alone', () => {
    expect(decide(aJobShowing(aRow(), deleted('Retain')), present(aRow()), circumstances())).toEqual(LET_GO);
    const expiring = aRow({ ttlExpiresAt: NOW });
    expect(decide(aJobShowing(expiring, deleted('Retain', { ttlSecondsAfterFinished: 60 })), present(expiring), circumstances())).toEqual(LET_GO);
  });

  it('Retain: cancels it where the spec had asked for that before', () => {
    expect(decide(aJobShowing(aRow(), deleted('Retain', { cancel: true })), present(aRow()), circumstances())).toEqual([{ do: 'cancelRow' }, { do: 'readRow' }]);
  });

  it('Delete: removes a row that is old enough, then looks whether it went', () => {
    expect(decide(aJobShowing(aRow(), deleted('Delete')), present(aRow()), circumstances())).toEqual([{ do: 'removeRow' }, { do: 'readRow' }]);
    expect(decide(aJobShowing(aRow(), deleted('Delete')), absent({ removedByUs: true }), circumstances())).toEqual(LET_GO);
  });

  it('Delete: shows the job id before it removes a row that was never shown', () => {
    const actions = decide(aJob(deleted('Delete')), present(aRow()), circumstances());
    expect(steps(actions)).toEqual(['writeStatus', 'removeRow', 'readRow']);
    expect(statusWrite(actions).status.jobId).toBe(aRow().jobId);
  });
});

describe('deletionPolicy Delete and a row younger than 20 s', () => {
  const young = { createdAt: NOW - 19 };
  const job = aJobShowing(aRow(young), deleted('Delete'));

  it('cancels it', () => {
    expect(decide(job, present(aRow(young)), circumstances())).toEqual([{ do: 'cancelRow' }, { do: 'readRow' }]);
  });

  it('lets its TTL end at that age', () => {
    expect(decide(job, present(aFinishedRow('cancelled', young)), circumstances())).toEqual([{ do: 'stampTtl', stamp: { kind: 'removable' } }, { do: 'readRow' }]);
  });

  it('then lets go, and leaves the row to the sweep', () => {
    expect(decide(job, present(aFinishedRow('cancelled', { ...young, ttlExpiresAt: NOW + 1 })), circumstances())).toEqual(LET_GO);
  });

  it('removes it from the 20th second on', () => {
    expect(steps(decide(job, present(aRow({ createdAt: NOW - 20 })), circumstances()))).toEqual(['removeRow', 'readRow']);
  });
});

describe('deleting a Job whose row has finished', () => {
  it.each(['completed', 'failed', 'cancelled'] as const)('Cancel: the %s row stays until its TTL', (status) => {
    expect(decide(aJobShowing(aFinishedRow(status), deleted('Cancel')), present(aFinishedRow(status)), circumstances())).toEqual(LET_GO);
  });

  it('Cancel: an outcome that came first stands', () => {
    expect(decide(aJobShowing(aRow({ status: 'running' }), deleted('Cancel')), present(aFinishedRow('completed')), circumstances())).toEqual(LET_GO);
  });

  it('Retain: the row stays as it is', () => {
    expect(decide(aJobShowing(aFinishedRow('completed'), deleted('Retain')), present(aFinishedRow('completed')), circumstances())).toEqual(LET_GO);
  });

  it.each(['Cancel', 'Retain'] as const)('%s: the row gets the TTL that it would have got, had its end been seen before the deletion', (policy) => {
    const job = aJobShowing(aRow(), deleted(policy, { ttlSecondsAfterFinished: 60 }));
    expect(decide(job, present(aFinishedRow('completed')), circumstances())).toEqual([{ do: 'stampTtl', stamp: { kind: 'ttl', seconds: 60 } }, { do: 'readRow' }]);
  });

  it('Delete: the row is removed', () => {
    expect(steps(decide(aJobShowing(aFinishedRow('completed'), deleted('Delete')), present(aFinishedRow('completed')), circumstances()))).toEqual(['removeRow', 'readRow']);
  });
});

describe('deleting a Job before its row exists', () => {
  it.each(['Cancel', 'Retain', 'Delete'] as const)('%s: takes the id with a cancelled row that expires', (policy) => {
    const [insert, read] = decide(aJob(deleted(policy)), absent(), circumstances());
    expect(insert).toMatchObject({ do: 'insertRow', status: 'cancelled' });
    expect(insert).not.toHaveProperty('ttlSeconds', null);
    expect(read).toEqual({ do: 'readRow' });
  });

  it.each([
    ['the TTL of the spec', deleted('Cancel', { ttlSecondsAfterFinished: 5 }), 77, 5],
    ['the operator\'s default', deleted('Cancel'), 77, 77],
    ['an hour when there is no TTL at all', deleted('Retain'), undefined, 3600],
    ['the least age of a row, for Delete', deleted('Delete', { ttlSecondsAfterFinished: 5 }), 77, 20],
  ])('gives that row %s', (_name, parts, defaultTtlSeconds, ttlSeconds) => {
    expect(decide(aJob(parts), absent(), circumstances({ defaultTtlSeconds }))[0]).toMatchObject({ ttlSeconds });
  });

  it('rests on a live look after the row was found absent, like every INSERT', () => {
    expect(decide(aJob(deleted('Cancel')), absent(), circumstances({ seenLive: false }))).toEqual([{ do: 'lookLive' }]);
  });

  it('lets go when the id is taken', () => {
    const row = aFinishedRow('cancelled', { createdAt: NOW, completedAt: NOW, updatedAt: NOW, ttlExpiresAt: NOW + 20 });
    for (const policy of ['Cancel', 'Retain', 'Delete'] as const) {
      expect(decide(aJob(deleted(policy)), present(row), circumstances())).toEqual(LET_GO);
    }
  });

  it('cancels a row that turns out to exist', () => {
    expect(steps(decide(aJob(deleted('Cancel')), present(aRow()), circumstances()))).toEqual(['cancelRow', 'readRow']);
  });
});

describe('deleting a Job whose row is gone', () => {
  it('lets a finished one go', () => {
    expect(decide(aJobShowing(aFinishedRow('completed'), deleted('Cancel')), absent(), circumstances())).toEqual(LET_GO);
  });

  it('looks for the row of an unfinished one again after 10 s, then lets it go', () => {
    const job = aJobShowing(aRow({ status: 'running' }), deleted('Cancel'));
    expect(decide(job, absent({ forSeconds: 4 }), circumstances())).toEqual([{ do: 'wait', ms: 6000 }]);
    expect(decide(job, absent({ forSeconds: 10 }), circumstances())).toEqual(LET_GO);
  });

  it('holds an unfinished one during a mass loss, unless it is released', () => {
    const job = aJobShowing(aRow({ status: 'running' }), deleted('Cancel'));
    const lost = absent({ forSeconds: 3600, massLoss: true });
    expect(steps(decide(job, lost, circumstances()))).toEqual(['wait']);
    expect(decide({ ...job, release: true }, lost, circumstances())).toEqual(LET_GO);
  });
});

describe('deleting while the database is away', () => {
  const job = aJobShowing(aRow({ status: 'running' }), deleted('Cancel'));

  it('waits, and says why in Synced and in an Event, once', () => {
    const write = statusWrite(decide(job, unread(true), circumstances()));
    expect(inWords(write.status.conditions)).toContain('Synced=Unknown DatabaseUnavailable');
    expect([write.status.scope, write.status.phase, write.event?.reason]).toEqual(['conditions', 'Running', 'DeletionWaiting']);
    expect(decide(afterWrite(job, write.status), unread(true), circumstances())).toEqual([]);
  });

  it('waits as well before the row was ever shown', () => {
    expect(steps(decide(aJob(deleted('Cancel')), unread(true), circumstances()))).toEqual(['writeStatus']);
  });

  it('goes on by itself when the database answers', () => {
    const waiting = afterWrite(job, statusWrite(decide(job, unread(true), circumstances())).status);
    expect(decide(waiting, unread(), circumstances())).toEqual([{ do: 'readRow' }]);
    expect(steps(decide(waiting, present(aRow({ status: 'running' })), circumstances()))).toEqual(['cancelRow', 'readRow']);
  });

  it('lets go on the break-glass annotation, and leaves a word of it', () => {
    const actions = decide({ ...job, release: true }, unread(true), circumstances());
    expect(steps(actions)).toEqual(['writeStatus', 'removeFinalizer']);
    expect(inWords(statusWrite(actions).status.conditions)).toContain('Synced=False Released');
  });

  it('the annotation counts for nothing while the database answers', () => {
    expect(decide({ ...job, release: true }, unread(), circumstances())).toEqual([{ do: 'readRow' }]);
    expect(steps(decide({ ...job, release: true }, present(aRow({ status: 'running' })), circumstances()))).toEqual(['cancelRow', 'readRow']);
  });

  it('the annotation counts for nothing on a Job that is not being deleted', () => {
    const live = aJobShowing(aRow(), { release: true });
    expect(decide(live, unread(true), circumstances())).toEqual([{ do: 'readRow' }]);
    expect(decide(live, present(aRow()), circumstances())).toEqual([]);
  });

  it('a live Job is not rewritten by an outage', () => {
    expect(steps(decide(aJobShowing(aRow()), unread(true), circumstances()))).toEqual(['readRow']);
  });
});

describe('deleting while the database takes no writes', () => {
  const readOnly = circumstances({ readOnly: true });

  it.each([
    ['a row has to be cancelled', aJobShowing(aRow(), deleted('Cancel')), present(aRow())],
    ['a row has to be stamped', aJobShowing(aFinishedRow('failed'), deleted('Cancel', { ttlSecondsAfterFinished: 1 })), present(aFinishedRow('failed'))],
    ['a row has to be removed', aJobShowing(aRow(), deleted('Delete')), present(aRow())],
    ['an id has to be taken', aJob(deleted('Cancel')), absent()],
  ])('waits and says so when %s', (_name, job, known) => {
    const actions = decide(job, known, readOnly);
    expect(steps(actions)).toEqual(['writeStatus']);
    expect(inWords(statusWrite(actions).status.conditions)).toContain('Synced=Unknown DatabaseUnavailable');
    expect(steps(decide({ ...job, release: true }, known, readOnly))).toEqual(['writeStatus', 'removeFinalizer']);
  });

  it('lets go what needs no write', () => {
    expect(decide(aJobShowing(aRow(), deleted('Retain')), present(aRow()), readOnly)).toEqual(LET_GO);
    expect(decide(aJobShowing(aFinishedRow('completed'), deleted('Cancel')), present(aFinishedRow('completed')), readOnly)).toEqual(LET_GO);
  });
});

describe('finalizers of others', () => {
  const both = { finalizers: [FINALIZER, 'foregroundDeletion'] };

  it('get a true status to look at before ours goes', () => {
    const actions = decide(aJobShowing(aRow({ status: 'running' }), { ...deleted('Cancel'), ...both }), present(aFinishedRow('cancelled')), circumstances({ msSinceStatusWrite: 0 }));
    expect(steps(actions)).toEqual(['writeStatus', 'removeFinalizer']);
    expect(statusWrite(actions).status.phase).toBe('Cancelled');
  });

  it('keep a Job whose retained row is followed on, and no longer touched', () => {
    const held = { ...deleted('Retain', { cancel: true, ttlSecondsAfterFinished: 1 }), finalizers: ['foregroundDeletion'] };
    const job = aJobShowing(aRow(), held);
    expect(decide(job, unread(), circumstances())).toEqual([{ do: 'readRow' }]);
    expect(steps(decide(job, present(aRow({ status: 'running' })), circumstances()))).toEqual(['writeStatus']);
    expect(steps(decide(job, present(aFinishedRow('completed')), circumstances()))).toEqual(['writeStatus']);
    expect(decide(job, absent({ forSeconds: 60 }), circumstances())).toEqual([]);
    expect(decide(job, unread(true), circumstances())).toEqual([]);
  });

  it('keep a Job that never had a row: nothing is left to do', () => {
    expect(decide(aJob({ ...deleted('Cancel'), finalizers: ['foregroundDeletion'] }), unread(), circumstances())).toEqual([]);
  });
});

describe('a Job on its way out without any finalizer', () => {
  it('needs nothing', () => {
    expect(decide(aJobShowing(aRow(), { ...deleted('Cancel'), finalizers: [] }), unread(), circumstances())).toEqual([]);
  });
});
