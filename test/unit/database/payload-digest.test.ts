import { describe, expect, it } from '@jest/globals';
import { NO_DIGEST, payloadDigest } from '../../../src/database/payload-digest.ts';
import { digest } from '../../../src/json/canonical.ts';

describe('the digest of a stored payload', () => {
  it('is that of the value, however the database prints it', () => {
    expect(payloadDigest('{"b": 1000.0, "aa": [1, 2]}')).toBe(digest('{"aa":[1,2],"b":1e3}'));
  });

  it.each([
    ['larger than any Job’s', null],
    ['no JSON', 'site=example.org'],
    ['empty', ''],
  ])('of one that is %s equals that of no Job', (_, payload) => {
    expect(payloadDigest(payload)).toBe(NO_DIGEST);
    expect(digest('""')).not.toBe(NO_DIGEST);
  });
});
