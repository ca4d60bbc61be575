import { describe, expect, it } from '@jest/globals';
import { statusText } from '../../../src/job/status-text.ts';
import { statusOfRow } from '../../../src/job/status.ts';
import { aFinishedRow, aJob, aRow, NOW, UID } from './builders.ts';

const text = (row: ReturnType<typeof aRow>) => statusText(statusOfRow(aJob(), row, NOW * 1000));

describe('the text of a status', () => {
  it('holds the result digit for digit', () => {
    const result = '{"id": 9007199254740993, "none": null, "ratio": 1.10}';
    expect(text(aFinishedRow('completed', { result }))).toContain(`"result":${result}`);
  });

  it.each(['"a\\"b}"', '[1,{"a":null}]', '0', 'false'])('is JSON with the result %s in it', (result) => {
    expect(JSON.parse(text(aFinishedRow('completed', { result })))).toHaveProperty('result', JSON.parse(result));
  });

  it('names no field without a value', () => {
    expect(Object.keys(JSON.parse(text(aRow())) as object).toSorted()).toEqual(['conditions', 'createdAt', 'jobId', 'observedGeneration', 'phase', 'progress']);
  });

  it('names every field of a finished job, and nothing of our own bookkeeping', () => {
    const row = aFinishedRow('failed', { result: '1', error: 'e', ttlExpiresAt: NOW });
    const job = aJob({ status: { startedAt: '2027-01-15T07:00:00Z' } });
    expect(JSON.parse(statusText(statusOfRow(job, row, NOW * 1000)))).toEqual({
      observedGeneration: 1,
      jobId: UID,
      phase: 'Failed',
      progress: 0,
      result: 1,
      error: 'e',
      createdAt: '2027-01-15T07:00:00Z',
      startedAt: '2027-01-15T07:00:00Z',
      completedAt: '2027-01-15T07:59:00Z',
      expiresAt: '2027-01-15T08:00:00Z',
      conditions: expect.any(Array),
    });
  });
});
