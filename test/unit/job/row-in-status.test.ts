import { describe, expect, it } from '@jest/globals';
import { RESULT_LIMIT_BYTES, RESULT_LIMIT_LEVELS } from '../../../src/job/row.ts';
import type { JobRow } from '../../../src/job/row.ts';
import { statusOfRow } from '../../../src/job/status.ts';
import { aFinishedRow, aJob, aJobShowing, aRow, inWords, NOW, UID } from './builders.ts';

const shown = (row: JobRow, job = aJob()) => statusOfRow(job, row, NOW * 1000);

describe('the status that shows a row', () => {
  it.each([
    ['pending', 'Pending'],
    ['running', 'Running'],
    ['completed', 'Completed'],
    ['failed', 'Failed'],
    ['cancelled', 'Cancelled'],
  ] as const)('spells the status %s as phase %s', (status, phase) => {
    expect(shown(aRow({ status })).phase).toBe(phase);
  });

  it('names the row, whoever created it', () => {
    expect(shown(aRow()).jobId).toBe(UID);
    expect(shown(aRow({ jobId: 'another' })).jobId).toBe('another');
  });

  it('gives the times of the row in RFC 3339 of UTC, and leaves out those that are NULL', () => {
    const times = ({ createdAt, completedAt, expiresAt }: ReturnType<typeof shown>) => ({ createdAt, completedAt, expiresAt });
    expect(times(shown(aRow({ createdAt: NOW, completedAt: NOW + 1, ttlExpiresAt: 2_147_483_647 })))).toEqual({
      createdAt: '2027-01-15T08:00:00Z',
      completedAt: '2027-01-15T08:00:01Z',
      expiresAt: '2038-01-19T03:14:07Z',
    });
    expect(times(shown(aRow({ createdAt: null })))).toEqual({ createdAt: undefined, completedAt: undefined, expiresAt: undefined });
  });

  it('takes startedAt from updated_at when the row is first seen running, and keeps it', () => {
    expect(shown(aRow()).startedAt).toBeUndefined();
    expect(shown(aRow({ status: 'running', updatedAt: NOW })).startedAt).toBe('2027-01-15T08:00:00Z');
    const running = aJobShowing(aRow({ status: 'running', updatedAt: NOW }));
    expect(shown(aRow({ status: 'running', updatedAt: NOW + 30 }), running).startedAt).toBe('2027-01-15T08:00:00Z');
    expect(shown(aFinishedRow('completed'), running).startedAt).toBe('2027-01-15T08:00:00Z');
  });

  it('has no startedAt for a job that was never seen running', () => {
    expect(shown(aFinishedRow('completed')).startedAt).toBeUndefined();
  });

  it('carries the result as the text that the database printed, nulls and long integers included', () => {
    const result = '{"id":9007199254740993,"least":-9223372036854775808,"none":null,"list":[1,{"a":null}]}';
    expect(shown(aFinishedRow('completed', { result })).result).toBe(result);
  });

  it.each(['"text"', '12', 'true', '[]', '[1,null]', '{}', '""'])('shows the result %s, scalar or array or empty', (result) => {
    expect(shown(aFinishedRow('completed', { result })).result).toBe(result);
  });

  it.each([null, 'null', ' null '])('shows no result for %p', (result) => {
    const status = shown(aFinishedRow('completed', { result }));
    expect([status.result, status.resultDigest]).toEqual([undefined, undefined]);
    expect(inWords(status.conditions)).toContain('Synced=True RowShown');
  });

  it('leaves out a result over 256 KiB and says that the row has it', () => {
    const large = shown(aFinishedRow('completed', { result: null, resultBytes: RESULT_LIMIT_BYTES + 1 }));
    expect(large.result).toBeUndefined();
    expect(inWords(large.conditions)).toContain('Synced=False ResultTooLarge');
    expect(large.conditions.find(({ type }) => type === 'Synced')?.message).toContain(`262145 bytes`);
    expect(inWords(large.conditions)).toContain('Complete=True Completed');
  });

  it('shows a result of exactly 256 KiB', () => {
    const result = JSON.stringify('x'.repeat(RESULT_LIMIT_BYTES - 2));
    expect(shown(aFinishedRow('completed', { result })).result).toBe(result);
  });

  it('leaves out a smaller result, too, when the API server finds the object too large with it', () => {
    const status = statusOfRow(aJob(), aFinishedRow('completed', { result: '{"a":1}' }), NOW * 1000, true);
    expect(status.result).toBeUndefined();
    expect(inWords(status.conditions)).toContain('Synced=False ResultTooLarge');
  });

  it.each(['1e300', '"1e999"', `"${'9'.repeat(400)}"`])('shows one that only looks like that (%j)', (result) => {
    expect(shown(aFinishedRow('completed', { result })).result).toBe(result);
  });

  it.each(['1.', String.raw`"\x"`, 'see the log', '{"a":1}{', '[1e400]', `{"n": -${'9'.repeat(400)}}`])('leaves out a result that no status can hold (%j), and says that the row has it', (result) => {
    const status = shown(aFinishedRow('completed', { result }));
    expect([status.result, status.resultDigest]).toEqual([undefined, undefined]);
    expect(inWords(status.conditions)).toEqual(expect.arrayContaining(['Synced=False ResultUnreadable', 'Complete=True Completed']));
    expect(JSON.stringify(status.conditions)).not.toContain(result);
  });

  it.each(['"end"', '1e300'])('leaves out a result that is nested deeper than an API server reads, whatever it holds (%j)', (core) => {
    const nested = (levels: number): string => '['.repeat(levels) + core + ']'.repeat(levels);
    expect(shown(aFinishedRow('completed', { result: nested(RESULT_LIMIT_LEVELS) })).result).toBe(nested(RESULT_LIMIT_LEVELS));
    const status = shown(aFinishedRow('completed', { result: nested(50_000) }));
    expect(status.result).toBeUndefined();
    expect(inWords(status.conditions)).toEqual(expect.arrayContaining(['Synced=False ResultUnreadable', 'Complete=True Completed']));
  });

  it('never quotes a result or a payload in a condition', () => {
    const { conditions } = shown(aFinishedRow('completed', { result: '{"password":"hunter2"}' }));
    expect(JSON.stringify(conditions)).not.toContain('hunter2');
  });

  it('replaces the status whole', () => {
    expect(shown(aRow()).scope).toBe('whole');
  });
});
