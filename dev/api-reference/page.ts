/** The reference of a custom resource as a Markdown page: what `kubectl explain` says, in one place and with every rule. */

import type { Column, Definition, Schema, Version } from './definition.ts';

const HEAD = '<!-- Written by `make api-reference` from crds/jobs.yaml: change that. -->';

export function apiReference({ spec: { group, scope, names, versions } }: Definition): string {
  const pages = versions.map((version) => versionPage(version, names.kind));
  return `${[
    HEAD,
    `# ${names.kind}, field by field`,
    `API group \`${group}\`, kind \`${names.kind}\`, ${scope.toLowerCase()}; ${names.shortNames.map((name) => `\`${name}\``).join(' or ')} in kubectl (\`kubectl get ${names.plural}\` means Kubernetes' own ${names.kind}s).`,
    ...pages,
  ].join('\n\n')}\n`;
}

function versionPage({ name, schema, additionalPrinterColumns, selectableFields }: Version, kind: string): string {
  const { openAPIV3Schema: root } = schema;
  const { spec = {}, status = {} } = root.properties ?? {};
  return [
    `## ${name}`,
    text(root.description),
    '### spec',
    text(spec.description),
    ...fieldsOf(spec, 'spec'),
    '### status',
    text(status.description),
    ...fieldsOf(status, 'status'),
    '### In `kubectl get`',
    columnTable(additionalPrinterColumns),
    '### Field selectors',
    `\`kubectl get wpjobs --field-selector …\` selects ${kind}s by ${selectableFields.map(({ jsonPath }) => `\`${jsonPath.slice(1)}\``).join(', ')}.`,
  ].join('\n\n');
}

function fieldsOf(schema: Schema, path: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const isRequired = schema.required?.includes(name) ?? false;
    const own = [`#### ${path}.${name}`, [facts(field, isRequired), text(field.description)].filter((part) => part !== '').join('\n\n'), ...rulesOf(schema, name, field)];
    const inner = field.items === undefined ? fieldsOf(field, `${path}.${name}`) : fieldsOf(field.items, `${path}.${name}[]`);
    return [...own, ...inner];
  });
}

/** Type, bounds and default in a line. */
function facts(field: Schema, isRequired: boolean): string {
  const type = field.type === undefined ? 'any JSON value' : field.items === undefined ? field.type : `list of ${field.items.type}s`;
  const parts = [
    field.format === undefined ? type : `${type} (${field.format})`,
    ...(field.enum === undefined ? [] : [`one of ${field.enum.map((value) => `\`${value}\``).join(', ')}`]),
    ...range(field.minimum, field.maximum, ''),
    ...range(field.minLength, field.maxLength, ' characters'),
    ...(field.default === undefined ? [] : [`default \`${JSON.stringify(field.default)}\``]),
    ...(isRequired ? ['**required**'] : []),
  ];
  return `${parts.join('; ')}.`;
}

function range(from: number | undefined, to: number | undefined, unit: string): string[] {
  if (from === undefined && to === undefined) return [];
  if (to === undefined) return [`at least ${from}${unit}`];
  return [from === undefined ? `at most ${to}${unit}` : `${from} to ${to}${unit}`];
}

/** What the API server answers to a forbidden change. A rule about an optional field stands on its parent. */
function rulesOf(parent: Schema, name: string, field: Schema): string[] {
  const rules = [...(field['x-kubernetes-validations'] ?? []), ...(parent['x-kubernetes-validations'] ?? []).filter(({ message }) => message.startsWith(name))];
  return rules.map(({ message }) => `> ${text(message)}`);
}

function columnTable(columns: readonly Column[]): string {
  const rows = columns.map(({ name, jsonPath, description, priority = 0 }) => `| ${name} | \`${jsonPath.slice(1)}\` | ${priority === 0 ? '' : '`-o wide`'} | ${text(description)} |`);
  return ['| column | field | | |', '|---|---|---|---|', ...rows].join('\n');
}

function text(folded: string | undefined): string {
  return (folded ?? '').trim().replaceAll(/\s*\n\s*/g, ' ');
}
