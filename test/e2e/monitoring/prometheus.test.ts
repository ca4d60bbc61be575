import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { findPrometheus, startPrometheus } from '../../../dev/prometheus.ts';
import type { PrometheusServer } from '../../../dev/prometheus.ts';
import { createProgress } from '../../../dev/progress.ts';
import { renderMonitoring } from '../../support/monitoring.ts';
import type { Monitoring } from '../../support/monitoring.ts';
import { useStack, waitFor } from '../../support/stack.ts';
import { rowIdOf } from '../support/jobs.ts';
import { problemsOf } from '../support/queries.ts';
import { openScene } from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const stack = useStack();
let scene: Scene;
let monitoring: Monitoring;
let prometheus: PrometheusServer;

/** Prometheus may have to be fetched. Milliseconds. */
const FETCH_TIMEOUT_MS = 600_000;
/** Grafana fills these in: any namespace, and a while that the work of this test lies in. */
const filledIn = (query: string): string => query.replaceAll('$namespace', '.*').replaceAll('$__rate_interval', '10m');

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
}

interface EvaluatedRule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

interface Target {
  readonly health: string;
  readonly lastError: string;
  /** The year 1 before the first. */
  readonly lastScrape: string;
}

async function target(): Promise<Target | undefined> {
  const { activeTargets } = await prometheus.ask<{ activeTargets: readonly Target[] }>('targets');
  return activeTargets[0];
}

/** By name. Undefined until all of them were evaluated once. */
async function evaluatedRules(): Promise<readonly EvaluatedRule[] | undefined> {
  const { groups } = await prometheus.ask<{ groups: readonly { rules: readonly EvaluatedRule[] }[] }>('rules');
  const rules = groups.flatMap((group) => group.rules).toSorted((one, other) => one.name.localeCompare(other.name, 'en'));
  return rules.every(({ health }) => health !== 'unknown') ? rules : undefined;
}

/** The alerts that are not silent, each as "state name". */
async function raised(): Promise<readonly string[]> {
  const { alerts } = await prometheus.ask<{ alerts: readonly { labels: Readonly<Record<string, string>>; state: string }[] }>('alerts');
  return alerts.map(({ labels, state }) => `${state} ${labels['alertname']}`);
}

/** Some of everything that a panel shows. */
async function work({ jobs, rows }: Scene): Promise<void> {
  const names = ['waits', 'runs', 'done', 'failed', 'swept'];
  await Promise.all(names.map((name) => jobs.create(name, name === 'swept' ? { ttlSecondsAfterFinished: 0 } : {})));
  const ids = new Map(await Promise.all(names.map(async (name) => [name, rowIdOf(await jobs.untilPhase(name, 'Pending'))] as const)));
  const id = (name: string): string => ids.get(name) ?? '';
  await rows.progress(id('runs'), 10);
  await rows.complete(id('done'));
  await rows.fail(id('failed'), 'no space left');
  await rows.age(id('swept'));
  await rows.complete(id('swept'));
  await Promise.all([jobs.untilPhase('runs', 'Running'), jobs.untilPhase('done', 'Completed'), jobs.untilPhase('failed', 'Failed')]);
  await jobs.untilCondition('swept', 'Synced', 'False', 'Expired');
}

beforeAll(async () => {
  const [opened, rendered, programs] = await Promise.all([openScene(stack), renderMonitoring(stack), findPrometheus(createProgress())]);
  [scene, monitoring] = [opened, rendered];
  const rules = join(stack.folder.path, 'rules.yaml');
  await writeFile(rules, JSON.stringify({ groups: monitoring.groups }));
  prometheus = await startPrometheus({
    folder: stack.folder,
    programs,
    config: {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [rules],
      // The labels are those that a ServiceMonitor gives.
      scrape_configs: [{ job_name: 'jobs-operator', static_configs: [{ targets: [new URL(scene.operator.url).host], labels: { namespace: 'jobs-operator', pod: 'jobs-operator-0' } }] }],
    },
  });
  stack.defer(() => prometheus.service.kill('SIGKILL'));
  // Targets are looked for every five seconds; before that Prometheus knows none. What happened before the first scrape is no increase.
  await waitFor(async () => (await target())?.lastScrape.startsWith('2') === true, { what: 'a scrape', timeoutMs: 60_000 });
  await work(scene);
}, FETCH_TIMEOUT_MS);

describe('a Prometheus that scrapes the operator', () => {
  it('finds it up, and takes every metric that it offers', async () => {
    await waitFor(async () => (await target())?.health === 'up', { what: 'a scrape within its second', timeoutMs: 20_000 });
    const text = await (await fetch(`${scene.operator.url}/metrics`)).text();
    const offered = new Set(text.split('\n').flatMap((line) => /^[a-z]\w*/.exec(line)?.[0] ?? []));
    expect(offered.size).toBeGreaterThan(50);
    const taken = new Set(await prometheus.ask<readonly string[]>('label/__name__/values'));
    expect([...offered].filter((name) => !taken.has(name))).toEqual([]);
  });

  it('evaluates every alert, and has nothing to say about an operator that is well', async () => {
    const alerts = monitoring.groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    const rules = await waitFor(evaluatedRules, { what: 'all rules to be evaluated', timeoutMs: 20_000 });
    expect(rules.map(({ name, health, lastError }) => ({ name, health, lastError }))).toEqual(alerts.toSorted().map((name) => ({ name, health: 'ok', lastError: undefined })));
    // Before the first scrape there was no operator to be seen, and one that takes longer than its second is none. What is really wrong stays.
    const isCalm = async (): Promise<boolean> => {
      alarmed = await raised();
      return alarmed.length === 0;
    };
    let alarmed: readonly string[] = ['not asked yet'];
    await waitFor(isCalm, { what: 'calm', timeoutMs: 20_000 }).catch(() => undefined);
    expect(alarmed).toEqual([]);
  });

  it('knows every metric and label that an alert asks for', async () => {
    for (const { alert, expr } of monitoring.groups.flatMap(({ rules }) => rules)) {
      expect({ alert, problems: await problemsOf(expr, prometheus) }).toEqual({ alert, problems: [] });
    }
  });

  it('knows every metric and label that a panel asks for, and has something to show in it', async () => {
    const targets = monitoring.dashboard.panels.flatMap(({ title, targets: queries = [] }) => queries.map((query) => ({ title, ...query })));
    expect(targets.length).toBeGreaterThan(20);
    for (const { title, expr, legendFormat } of targets) {
      const query = filledIn(expr);
      expect({ title, problems: await problemsOf(query, prometheus) }).toEqual({ title, problems: [] });
      const look = async (): Promise<readonly Sample[] | undefined> => {
        const { result } = await prometheus.ask<{ result: readonly Sample[] }>('query', { query });
        return result.length === 0 ? undefined : result;
      };
      const result = await waitFor(look, { what: `panel "${title}" to show something (${query})`, timeoutMs: 20_000 });
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      expect({ title, labels: Object.keys(result[0]?.metric ?? {}) }).toEqual({ title, labels: expect.arrayContaining(named) });
    }
  });

  it('begins to count down to JobsOperatorDown when it stops', async () => {
    await scene.operator.service.stop();
    await expect(waitFor(async () => (await raised()).includes('pending JobsOperatorDown'), { what: 'JobsOperatorDown to be pending', timeoutMs: 20_000 })).resolves.toBe(true);
  });
});
