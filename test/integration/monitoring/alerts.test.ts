import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import { findPrometheus } from '../../../dev/prometheus.ts';
import { createProgress } from '../../../dev/progress.ts';
import { runCommand } from '../../../dev/run-command.ts';
import { readDoc } from '../../support/markdown.ts';
import { renderMonitoring } from '../../support/monitoring.ts';
import type { AlertRule } from '../../support/monitoring.ts';
import { useStack } from '../../support/stack.ts';

const stack = useStack();

/** `promtool test rules` reads these; the rules beside them are those of the component. */
const CASES = fileURLToPath(new URL('./alerts/', import.meta.url));
/** Prometheus may have to be fetched. Milliseconds. */
const FETCH_TIMEOUT_MS = 600_000;

interface Cases {
  readonly tests: readonly { readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts?: readonly object[] }[] }[];
}

let promtool: (...args: string[]) => Promise<string>;
let files: readonly string[];
let alerts: readonly AlertRule[];

beforeAll(async () => {
  const [{ groups }, programs] = await Promise.all([renderMonitoring(stack), findPrometheus(createProgress())]);
  alerts = groups.flatMap(({ rules }) => rules);
  const folder = join(stack.folder.path, 'rules');
  await mkdir(folder);
  await writeFile(join(folder, 'rules.yaml'), JSON.stringify({ groups }));
  files = await readdir(CASES);
  for (const file of files) await copyFile(join(CASES, file), join(folder, file));
  const { command, args } = programs.promtool;
  promtool = (...more) => runCommand(command, [...args, ...more], { cwd: folder, timeoutMs: 60_000 });
}, FETCH_TIMEOUT_MS);

describe('the alerts', () => {
  it('are rules that Prometheus takes', async () => {
    await expect(promtool('check', 'rules', '--lint=all', '--lint-fatal', 'rules.yaml')).resolves.toContain(`SUCCESS: ${alerts.length} rules found`);
  });

  it('fire when they should, say what they should, and are silent when they should be', async () => {
    // Throws with promtool's own account of what differs.
    await expect(promtool('test', 'rules', ...files)).resolves.toContain('SUCCESS');
  });

  it('have a case of firing and one of silence each, and no case is for an alert that is not there', async () => {
    const texts = await Promise.all(files.map((file) => readFile(join(CASES, file), 'utf8')));
    const tried = texts.flatMap((text) => (load(text) as Cases).tests.flatMap((test) => test.alert_rule_test));
    const named = (cases: typeof tried): string[] => [...new Set(cases.map(({ alertname }) => alertname))].toSorted();
    const names = alerts.map(({ alert }) => alert).toSorted();
    expect(named(tried.filter((one) => (one.exp_alerts ?? []).length > 0))).toEqual(names);
    expect(named(tried.filter((one) => (one.exp_alerts ?? []).length === 0))).toEqual(names);
  });

  it('name a paragraph of docs/runbooks.md each, and every paragraph is about one of them', async () => {
    const headings = [...(await readDoc('docs/runbooks.md')).matchAll(/^## (JobsOperator\w+)$/gm)].map(([, name = '']) => name);
    expect(headings.toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted());
    for (const { alert, annotations, labels } of alerts) {
      expect({ alert, runbook: annotations['runbook'] }).toEqual({ alert, runbook: `docs/runbooks.md#${alert.toLowerCase()}` });
      expect({ alert, severity: labels['severity'] }).toEqual({ alert, severity: expect.stringMatching(/^(critical|warning)$/) });
    }
  });
});
