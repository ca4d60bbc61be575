import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../src/job/decide.ts';
import type { RowKnowledge } from '../../../src/job/knowledge.ts';
import { aJob, aJobShowing, aRow, afterWrite, circumstances, inWords, statusWrite } from './builders.ts';

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
