/** What a PromQL query asks for, as Prometheus itself takes it to pieces, and whether there is such a thing. */

import type { PrometheusServer } from '../../../dev/prometheus.ts';

/** A node of `/api/v1/parse_query`, as far as it matters here. */
interface Node {
  readonly type: string;
  readonly name?: string;
  readonly matchers?: readonly { readonly name: string; readonly type: string; readonly value: string }[];
  readonly grouping?: readonly string[];
  readonly matching?: { readonly labels: readonly string[] } | null;
  readonly [child: string]: unknown;
}

type Series = Readonly<Record<string, string>>;

/** What is wrong with the query, a sentence each: metrics, labels or values of labels that the scraped targets do not have. Throws when it does not parse. */
export async function problemsOf(query: string, prometheus: PrometheusServer): Promise<readonly string[]> {
  const problems: string[] = [];
  await walk(await prometheus.ask<Node>('parse_query', { query }), prometheus, problems);
  return problems;
}

/** @returns the labels that the series under this node have */
async function walk(node: Node, prometheus: PrometheusServer, problems: string[]): Promise<ReadonlySet<string>> {
  const labels = new Set<string>();
  if (node.type === 'vectorSelector' || node.type === 'matrixSelector') {
    const matchers = (node.matchers ?? []).map(({ name, type, value }) => `${name}${type}${JSON.stringify(value)}`).join(',');
    const series = await prometheus.ask<readonly Series[]>('series', { 'match[]': `{${matchers}}` });
    if (series.length === 0) problems.push(`there is no series {${matchers}}`);
    for (const one of series) for (const label of Object.keys(one)) labels.add(label);
  }
  for (const child of Object.values(node).flat()) {
    if (isNode(child)) for (const label of await walk(child, prometheus, problems)) labels.add(label);
  }
  for (const label of [...(node.grouping ?? []), ...(node.matching?.labels ?? [])]) {
    if (!labels.has(label)) problems.push(`nothing has a label ${label} to group or match by`);
  }
  return labels;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && !('value' in value);
}
