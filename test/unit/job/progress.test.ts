import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../src/job/decide.ts';
import { statusOfRow } from '../../../src/job/status.ts';
import { aFinishedRow, aJob, aJobShowing, aRow, circumstances, NOW, present, statusWrite } from './builders.ts';

describe('the progress shown', () => {
  it.each([
    ['NULL', null, 0],
    ['-3', -3, 0],
    ['0', 0, 0],
    ['42', 42, 42],
    ['99', 99, 99],
    ['100 that is not completed', 100, 99],
    ['150', 150, 99],
  ])('of a running row with %s is %p -> %i', (_name, progress, shown) => {
    expect(statusOfRow(aJob(), aRow({ status: 'running', progress }), NOW * 1000).progress).toBe(shown);
  });

  it.each([null, -3, 0, 42, 150])('of a completed row is 100, whatever the row says (%p)', (progress) => {
    expect(statusOfRow(aJob(), aFinishedRow('completed', { progress }), NOW * 1000).progress).toBe(100);
  });

  it.each(['failed', 'cancelled'] as const)('of a %s row never reads 100', (status) => {
    expect(statusOfRow(aJob(), aFinishedRow(status, { progress: 100 }), NOW * 1000).progress).toBe(99);
  });
});

describe('the write budget', () => {
  const running = aJobShowing(aRow({ status: 'running', progress: 10 }));
  const soon = circumstances({ msSinceStatusWrite: 300, progressIntervalMs: 1000 });

  it('makes progress wait for the rest of the interval', () => {
    expect(decide(running, present(aRow({ status: 'running', progress: 11 })), soon)).toEqual([{ do: 'wait', ms: 700 }]);
  });

  it('lets progress through when the interval is over', () => {
    const { reason, status } = statusWrite(decide(running, present(aRow({ status: 'running', progress: 11 })), circumstances({ msSinceStatusWrite: 1000 })));
    expect([reason, status.progress]).toEqual(['progress', 11]);
  });

  it('makes a partial result or error of a running job wait like progress', () => {
    expect(decide(running, present(aRow({ status: 'running', progress: 10, result: '{"step":2}' })), soon)).toEqual([{ do: 'wait', ms: 700 }]);
    expect(decide(running, present(aRow({ status: 'running', progress: 10, error: 'retrying' })), soon)).toEqual([{ do: 'wait', ms: 700 }]);
  });

  it.each([
    ['the end of the job', aFinishedRow('completed'), 'finished'],
    ['a failure', aFinishedRow('failed', { progress: 10 }), 'finished'],
    ['a return to pending', aRow({ progress: 10 }), 'phase'],
  ] as const)('never holds up %s', (_name, row, reason) => {
    expect(statusWrite(decide(running, present(row), soon)).reason).toBe(reason);
  });

  it('never holds up a change of a finished row', () => {
    const done = aJobShowing(aFinishedRow('completed'));
    const row = aFinishedRow('completed', { result: '{"late":true}' });
    expect(statusWrite(decide(done, present(row), soon)).reason).toBe('other');
  });

  it('never holds up the observedGeneration of a changed spec', () => {
    const changed = { ...running, generation: 2 };
    const { status } = statusWrite(decide(changed, present(aRow({ status: 'running', progress: 11 })), soon));
    expect(status.observedGeneration).toBe(2);
  });

  it('never holds up the first status', () => {
    expect(statusWrite(decide(aJob(), present(aRow()), soon)).reason).toBe('accepted');
  });
});
