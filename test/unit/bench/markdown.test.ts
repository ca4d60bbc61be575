import { describe, expect, it } from '@jest/globals';
import { markdownTable, withBlock } from '../../../bench/markdown.ts';

describe('the figures in the documentation', () => {
  it('are a table with numbers to the right', () => {
    expect(markdownTable([['', 'ours'], ['accepted', '5'], ['  CPU | x', '6']])).toBe('|  | ours |\n| --- | ---: |\n| accepted | 5 |\n| – CPU \\| x | 6 |');
  });

  it('replace what stood between their marks, and nothing else', () => {
    const text = 'before\n<!-- bench:begin: made by a command -->\nold\n<!-- bench:end -->\nafter';
    const once = withBlock(text, 'bench', 'new');
    expect(once).toBe('before\n<!-- bench:begin: made by a command -->\nnew\n<!-- bench:end -->\nafter');
    expect(withBlock(once, 'bench', 'new')).toBe(once);
  });

  it('need their marks', () => {
    expect(() => withBlock('nothing here', 'bench', 'new')).toThrow('no block "bench"');
  });
});
