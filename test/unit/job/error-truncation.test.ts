import { describe, expect, it } from '@jest/globals';
import { ERROR_LIMIT_BYTES } from '../../../src/job/row.ts';
import { statusOfRow, truncateUtf8 } from '../../../src/job/status.ts';
import { aFinishedRow, aJob, NOW } from './builders.ts';

const shown = (error: string | null) => statusOfRow(aJob(), aFinishedRow('failed', { error }), NOW * 1000).error;

describe('the error shown', () => {
  it('is absent when the row has none', () => {
    expect(shown(null)).toBeUndefined();
  });

  it('is the whole text up to 4,096 bytes', () => {
    expect(shown('x'.repeat(4096))).toBe('x'.repeat(4096));
  });

  it('ends in an ellipsis within 4,096 bytes when the row has more', () => {
    // The database sends one character more than can be shown.
    expect(shown('x'.repeat(4097))).toBe(`${'x'.repeat(4093)}…`);
  });

  it.each([
    ['two bytes', 'é'],
    ['three bytes', '語'],
    ['four bytes', '💥'],
    ['an odd offset', 'aé💥語'],
  ])('never ends in half a character (%s)', (_name, piece) => {
    const error = shown(piece.repeat(4096)) ?? '';
    expect(Buffer.byteLength(error)).toBeLessThanOrEqual(ERROR_LIMIT_BYTES);
    expect(Buffer.byteLength(error)).toBeGreaterThan(ERROR_LIMIT_BYTES - 4);
    expect(error.isWellFormed()).toBe(true);
    expect(error.endsWith('…')).toBe(true);
  });

  it('counts bytes and not characters', () => {
    expect(truncateUtf8('éé', 4)).toBe('éé');
    expect(truncateUtf8('ééé', 4)).toBe('…');
    expect(truncateUtf8('ééé', 5)).toBe('é…');
  });
});
