import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { isKeyedId } from '../../../src/database/keyed-id.ts';

describe('a job id', () => {
  it.each(['74738ff5-5367-5958-9aee-98fffdcd1876', '74738FF5-5367-5958-9AEE-98FFFDCD1876'])('that is a UUID of version 5 may come from a key: %s', (jobId) => {
    expect(isKeyedId(jobId)).toBe(true);
  });

  it('that is a uid of the API server does not', () => {
    for (let n = 0; n < 100; n += 1) expect(isKeyedId(randomUUID())).toBe(false);
  });

  it.each([
    ['of another variant', '74738ff5-5367-5958-1aee-98fffdcd1876'],
    ['with more behind it', '74738ff5-5367-5958-9aee-98fffdcd1876-1'],
    ['that is no UUID at all', 'nightly-5000'],
    ['that is empty', ''],
  ])('%s does not', (_, jobId) => {
    expect(isKeyedId(jobId)).toBe(false);
  });
});
