import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../src/job/decide.ts';
import { FINALIZER } from '../../../src/job/resource.ts';
import type { ShownStatus } from '../../../src/job/resource.ts';
import { aFinishedRow, aJob, aJobShowing, aRow, absent, afterWrite, circumstances, KEYS, present, statusWrite, steps, UID, unread } from './builders.ts';

const remembered = circumstances({ hadRow: true });
/** As the definition's default leaves it. */
const emptied = aJob();
/** Completed, by a status from which nothing but the name was taken. */
const cut = aJob({ status: { ...aJobShowing(aFinishedRow('completed')).status, jobId: undefined } });

describe('a status that has named its row and does so no more', () => {
  it.each([
    ['emptied, and this process remembers', emptied, remembered],
    ['cut, so that what else it shows tells', cut, circumstances()],
  ] as const)('%s: is given the name back before anything else', (_how, job, known) => {
    const actions = decide(job, unread(), known);
    expect(steps(actions)).toEqual(['writeStatus', 'readRow']);
    const write = statusWrite(actions);
    expect(write).toMatchObject({ reason: 'other', event: undefined, status: { scope: 'conditions', jobId: UID } });
    expect(write.status).toMatchObject({ observedGeneration: job.status.observedGeneration, conditions: job.status.conditions });
  });

  it.each([true, false])('causes no INSERT, whatever is known of the row (deleting: %p)', (deleting) => {
    for (const known of [unread(), unread(true), absent(), absent({ forSeconds: 3_600 }), present(aRow())]) {
      for (const finalizers of [[FINALIZER], []]) {
        expect(steps(decide({ ...emptied, deleting, finalizers }, known, remembered))).not.toContain('insertRow');
        expect(steps(decide({ ...cut, deleting, finalizers }, known, circumstances()))).not.toContain('insertRow');
      }
    }
  });

  it('says, once the name is back and the row stays away, that nothing is left of the job', () => {
    const named = afterWrite(emptied, statusWrite(decide(emptied, unread(), remembered)).status);
    expect(steps(decide(named, absent(), remembered))).toEqual(['wait']);
    const { status, event } = statusWrite(decide(named, absent({ forSeconds: 10 }), remembered));
    expect(event?.reason).toBe('RowMissing');
    expect(status.conditions.find(({ type }) => type === 'Stalled')?.message).toMatch(/is gone and what this status said of it is lost\. It is not run again/);
  });

  it('shows the row that is there again, and that is news to nobody', () => {
    const named = afterWrite(emptied, statusWrite(decide(emptied, unread(), remembered)).status);
    for (const row of [aRow(), aRow({ status: 'running' }), aFinishedRow('completed')]) {
      expect(statusWrite(decide(named, present(row), remembered)).event).toBeUndefined();
    }
  });

  it('is that of a keyed Job: the name is the key’s, and waits for CLUSTER_NAME', () => {
    const spec = { idempotencyKey: 'once' };
    const job = aJob({ spec });
    expect(statusWrite(decide(job, unread(), remembered)).status.jobId).not.toBe(UID);
    const nameless = circumstances({ hadRow: true, keys: { ...KEYS, clusterName: undefined } });
    expect(steps(decide(job, unread(), nameless))).toEqual(['writeStatus', 'wait']);
    expect(statusWrite(decide(job, unread(), nameless)).status.jobId).toBeUndefined();
  });

  it('is none that was only ever refused', () => {
    const conditions: ShownStatus['conditions'] = [{ type: 'Stalled', status: 'True', reason: 'PayloadRefused', message: '', lastTransitionTime: '', observedGeneration: 1 }];
    expect(steps(decide(aJob({ status: { conditions } }), absent(), circumstances()))).toEqual(['insertRow', 'readRow']);
  });
});
