import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../src/job/decide.ts';
import { aFinishedRow, aJob, aJobShowing, aRow, circumstances, inWords, NOW, present, statusWrite } from './builders.ts';

const asked = { spec: { cancel: true }, generation: 2 };

describe('cancel: true', () => {
  it.each(['pending', 'running'] as const)('cancels a row that is %s, and looks at what came of it', (status) => {
    expect(decide(aJobShowing(aRow({ status }), asked), present(aRow({ status })), circumstances())).toEqual([{ do: 'cancelRow' }, { do: 'readRow' }]);
  });

  it('cancels a row that was never shown', () => {
    expect(decide(aJob(asked), present(aRow()), circumstances())).toEqual([{ do: 'cancelRow' }, { do: 'readRow' }]);
  });

  it('cancels again when a worker sets the row back to running, and shows nothing of it meanwhile', () => {
    const job = aJobShowing(aFinishedRow('cancelled'), asked);
    expect(decide(job, present(aRow({ status: 'running' })), circumstances())).toEqual([{ do: 'cancelRow' }, { do: 'readRow' }]);
    const again = statusWrite(decide(job, present(aFinishedRow('cancelled', { completedAt: NOW - 5, updatedAt: NOW - 5 })), circumstances()));
    expect([again.status.phase, again.event]).toEqual(['Cancelled', undefined]);
  });

  it('tells one Event, when the row is cancelled', () => {
    const write = statusWrite(decide(aJobShowing(aRow({ status: 'running' }), asked), present(aFinishedRow('cancelled')), circumstances()));
    expect(write.event?.reason).toBe('Cancelled');
    expect(inWords(write.status.conditions)).toContain('Ready=True Cancelled');
  });

  it.each(['completed', 'failed'] as const)('lets a row stand that %s first', (status) => {
    const row = aFinishedRow(status);
    const write = statusWrite(decide(aJobShowing(aRow({ status: 'running' }), asked), present(row), circumstances()));
    expect(write.status.phase?.toLowerCase()).toBe(status);
  });

  it('lets an outcome stand that overwrote the cancellation', () => {
    const write = statusWrite(decide(aJobShowing(aFinishedRow('cancelled'), asked), present(aFinishedRow('completed')), circumstances()));
    expect([write.status.phase, write.event?.reason]).toEqual(['Completed', 'Completed']);
  });

  it('waits while the database takes no writes, and shows the row meanwhile', () => {
    const job = aJobShowing(aRow(), asked);
    const { status } = statusWrite(decide(job, present(aRow({ status: 'running' })), circumstances({ readOnly: true })));
    expect(status.phase).toBe('Running');
  });
});
