import { describe, expect, it } from '@jest/globals';
import { isDeeperThan } from '../../../src/json/depth.ts';

const nested = (levels: number): string => '{"a":['.repeat(levels / 2) + ']}'.repeat(levels / 2);

describe('the depth of JSON text', () => {
  it('counts arrays and objects that stand inside each other', () => {
    expect(isDeeperThan(nested(10), 10)).toBe(false);
    expect(isDeeperThan(nested(12), 10)).toBe(true);
  });

  it('counts none that stand side by side', () => {
    expect(isDeeperThan(`[${'[],'.repeat(100)}{}]`, 2)).toBe(false);
  });

  it('counts no bracket inside a string, behind an escaped quote neither', () => {
    expect(isDeeperThan(String.raw`["${'['.repeat(100)}\"${'{'.repeat(100)}"]`, 1)).toBe(false);
  });

  it('comes to an end with text that is not JSON', () => {
    expect(isDeeperThan(`${']'.repeat(50)}"${'['.repeat(50)}`, 1)).toBe(false);
  });
});
