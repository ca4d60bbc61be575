import { describe, expect, it } from '@jest/globals';
import { commandsIn } from '../../docs/support/fenced-blocks.ts';

const page = (...lines: string[]) => commandsIn('a.md', lines.join('\n'));

describe('the commands of a page', () => {
  it('a console block has commands, each with what it prints', () => {
    expect(page('Text', '```console', '$ one', 'printed', '', '$ two', '```')).toEqual([
      { page: 'a.md', line: 3, text: 'one', output: 'printed', runBy: undefined, needs: undefined },
      { page: 'a.md', line: 6, text: 'two', output: '', runBy: undefined, needs: undefined },
    ]);
  });

  it('a command goes on in lines that begin with >', () => {
    expect(page('```console', '$ cat <<END', '> hello', '> END', 'hello', '```')).toEqual([
      { page: 'a.md', line: 2, text: 'cat <<END\nhello\nEND', output: 'hello', runBy: undefined, needs: undefined },
    ]);
  });

  it('an sh block is one script without output', () => {
    expect(page('```sh', 'export A=1', 'make test', '```')).toEqual([
      { page: 'a.md', line: 2, text: 'export A=1\nmake test', output: undefined, runBy: undefined, needs: undefined },
    ]);
  });

  it('blocks of other languages hold none', () => {
    expect(page('```yaml', 'kind: Job', '```', '```', 'make', '```')).toEqual([]);
  });

  it('a comment above a block says who runs it, and speaks of no other block', () => {
    const commands = page('<!-- run by .ci/run -->', '```sh', 'make test', '```', '```sh', 'make demo', '```');
    expect(commands.map(({ runBy }) => runBy)).toEqual(['.ci/run', undefined]);
  });

  it('a comment above a block says what it needs that no test can have', () => {
    expect(page('<!-- not run: needs a kubelet -->', '```sh', 'kubectl logs', '```')[0]?.needs).toBe('a kubelet');
  });

  it('a session that begins without a command is an error of the page', () => {
    expect(() => page('```console', 'printed', '```')).toThrow('begins with "printed"');
  });
});
