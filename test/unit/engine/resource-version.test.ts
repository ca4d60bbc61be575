import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareResourceVersions } from '../../../src/engine/resource-version.ts';

describe('comparing resource versions', () => {
  it('orders them as the numbers they are, however long', () => {
    const version = fc.bigInt({ min: 1n, max: 10n ** 40n });
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(Math.sign(compareResourceVersions(String(a), String(b)) ?? Number.NaN)).toBe(a < b ? -1 : Number(a > b));
      }),
    );
  });

  it.each(['', '0', '007', '-1', '1.5', '12a', ' 12', '１２'])('does not compare %j, which is no resource version', (text) => {
    expect(compareResourceVersions(text, '5')).toBeUndefined();
    expect(compareResourceVersions('5', text)).toBeUndefined();
  });
});
