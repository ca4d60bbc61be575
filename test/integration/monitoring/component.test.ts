import { beforeAll, describe, expect, it } from '@jest/globals';
import { readDoc, sectionOf, tableIn } from '../../support/markdown.ts';
import { renderMonitoring } from '../../support/monitoring.ts';
import type { Monitoring } from '../../support/monitoring.ts';
import { useStack } from '../../support/stack.ts';

const stack = useStack();
let monitoring: Monitoring;

beforeAll(async () => {
  monitoring = await renderMonitoring(stack);
});

describe('the monitoring component', () => {
  it("has Prometheus scrape the base's Service, under the job that rules and dashboard ask for", () => {
    const { serviceMonitor, service } = monitoring;
    expect(serviceMonitor.metadata.namespace).toBe(service.metadata.namespace);
    expect(service.metadata.labels).toMatchObject(serviceMonitor.spec.selector.matchLabels);
    expect(service.metadata.labels[serviceMonitor.spec.jobLabel]).toBe('jobs-operator');
    const ports = service.spec.ports.map(({ name }) => name);
    expect(serviceMonitor.spec.endpoints.map(({ port, path }) => ({ port, path }))).toEqual([{ port: ports[0], path: '/metrics' }]);
  });

  it("labels the dashboard for Grafana's sidecar, under a name that stays", () => {
    expect(monitoring.dashboard.metadata).toMatchObject({ name: 'jobs-operator-dashboard', labels: { grafana_dashboard: '1' } });
  });

  it('has a question for every panel, and docs/monitoring.md has the same', async () => {
    const page = await readDoc('docs/monitoring.md');
    const titles = monitoring.dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title);
    const described = titles.flatMap((title) => tableIn(sectionOf(page, title)));
    const panels = monitoring.dashboard.panels.filter(({ type }) => type !== 'row');
    expect(described).toEqual(panels.map(({ title, description }) => ({ panel: title, question: description })));
  });
});
