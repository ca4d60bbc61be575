import { beforeAll, describe, expect, it } from '@jest/globals';
import { readDoc } from '../support/markdown.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../support/stack.ts';
import type { Shell } from './support/shell.ts';
import { openTerminal } from './support/terminal.ts';

const stack = useStack();

/** What a paragraph tells to type or to ask the database, as far as it is about Jobs and rows. */
const COMMAND = /`(kubectl get wpjobs [^`]+|SELECT [^`]+)`/g;

describe('docs/runbooks.md', () => {
  let shell: Shell;
  beforeAll(async () => {
    shell = await openTerminal(stack);
    await shell.run('kubectl apply -f manifests/examples/clone.yaml');
  }, SETUP_TIMEOUT_MS);

  it('asks nothing that cannot be asked', async () => {
    const commands = [...(await readDoc('docs/runbooks.md')).matchAll(COMMAND)].map(([, command = '']) => command);
    expect(commands.length).toBeGreaterThan(5);
    for (const command of commands) {
      // Of the whole cluster, which other tests fill: here its own namespace will do. Nothing is gone, so that grep finds nothing.
      const text = command.startsWith('SELECT') ? `npx node dev/sql.ts "${command}"` : command.replace(' -A', '').replace(/\| grep.*/, '');
      // It throws when it fails.
      await expect(shell.run(text)).resolves.toEqual(expect.any(String));
    }
  }, SETUP_TIMEOUT_MS);

  it('finds a Job without a phase by the empty phase', async () => {
    await shell.run('kubectl wait --for=jsonpath=\'{.status.phase}\'=Pending wpjobs/clone-bakery');
    expect(await shell.run('kubectl get wpjobs --field-selector status.phase=')).toContain('No resources found');
    expect(await shell.run('kubectl get wpjobs --field-selector status.phase=Pending')).toContain('clone-bakery');
  }, SETUP_TIMEOUT_MS);
});
