import { describe, expect, it } from '@jest/globals';
import { changeApart } from '../../../src/database/change-apart.ts';
import { OperatorError } from '../../../src/errors.ts';

const busy = new OperatorError('DATABASE_BUSY', 'locked');

async function change(jobIds: readonly string[], locked: readonly string[]) {
  const statements: (readonly string[])[] = [];
  const outcomes = await changeApart(jobIds, async (part) => {
    statements.push(part);
    if (part.some((jobId) => locked.includes(jobId))) throw busy;
  });
  return { statements, failed: [...outcomes].filter(([, { ok }]) => !ok).map(([jobId]) => jobId) };
}

describe('rows that are changed together', () => {
  it('take one statement', async () => {
    expect(await change(['a', 'b', 'c'], [])).toEqual({ statements: [['a', 'b', 'c']], failed: [] });
  });

  it('take one each where somebody holds one of them locked, and only that one fails', async () => {
    expect(await change(['a', 'b', 'c'], ['b'])).toEqual({ statements: [['a', 'b', 'c'], ['a'], ['b'], ['c']], failed: ['b'] });
  });

  it('are not tried one by one when it is one only', async () => {
    expect(await change(['a'], ['a'])).toEqual({ statements: [['a']], failed: ['a'] });
  });

  it('fail together when it is not about locks', async () => {
    const away = new OperatorError('DATABASE_UNAVAILABLE', 'away');
    await expect(changeApart(['a', 'b'], async () => Promise.reject(away))).rejects.toBe(away);
  });
});
