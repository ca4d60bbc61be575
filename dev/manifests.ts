/** `make manifests`: what is generated for an installation. */

import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CREATE_JOBS_TABLE } from '../src/database/jobs-table.ts';
import { MANIFESTS, render } from './kustomize.ts';
import { createProgress } from './progress.ts';

/** Committed, for whoever makes the table by hand; a test compares it with what the migration makes. */
export const JOBS_TABLE_SQL = `${MANIFESTS}base/mysql/jobs-table.sql`;

/**
 * Not committed: the base in one file, to attach to a release. It would be out of date in every branch that touches the
 * definition, while `kubectl apply -k` always renders what is there.
 */
const INSTALL_YAML = fileURLToPath(new URL('../install.yaml', import.meta.url));

export function jobsTableSql(): string {
  return [
    '-- The jobs table, as the operator makes it where there is none (DB_MIGRATE=create). Made by `make manifests` from',
    '-- src/database/jobs-table.ts: change it there.',
    `${CREATE_JOBS_TABLE};`,
    '',
  ].join('\n');
}

if (import.meta.main) {
  await writeFile(JOBS_TABLE_SQL, jobsTableSql());
  await writeFile(INSTALL_YAML, await render(`${MANIFESTS}base`, createProgress()));
  process.stdout.write(`${JOBS_TABLE_SQL}\n${INSTALL_YAML}\n`);
}
