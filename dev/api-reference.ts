/** `make api-reference`: writes docs/api.md from crds/jobs.yaml. A test compares the two, so that neither is changed alone. */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { apiReference } from './api-reference/page.ts';
import type { Definition } from './api-reference/definition.ts';

const file = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

writeFileSync(file('docs/api.md'), apiReference(load(readFileSync(file('crds/jobs.yaml'), 'utf8')) as Definition));
