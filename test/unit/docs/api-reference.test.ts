import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { load } from 'js-yaml';
import type { Definition } from '../../../dev/api-reference/definition.ts';
import { apiReference } from '../../../dev/api-reference/page.ts';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), 'utf8');

describe('the reference of the Job resource', () => {
  it('is what `make api-reference` makes of the definition', () => {
    expect(read('docs/api.md')).toBe(apiReference(load(read('crds/jobs.yaml')) as Definition));
  });

  it('has a heading for every field, those inside lists too', () => {
    const definition = load(read('crds/jobs.yaml')) as Definition;
    const page = apiReference(definition);
    expect(page).toContain('#### spec.idempotencyKey\n\nstring; 1 to 253 characters.');
    expect(page).toContain('#### spec.type\n\nstring; one of `clone`, `restore`, `delete`; **required**.');
    expect(page).toContain('#### status.conditions[].lastTransitionTime');
  });

  it('quotes what the API server answers to a forbidden change', () => {
    const page = apiReference(load(read('crds/jobs.yaml')) as Definition);
    expect(page).toContain('> cancel cannot be taken back');
    expect(page).toContain('> idempotencyKey is immutable, also in being absent');
  });
});
