/** The GRANT scripts that the project ships, run for the names of a test: what is documented is what every operator here logs in with. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DatabaseEngine } from './database-engine.ts';

const FOLDER = fileURLToPath(new URL('../manifests/base/mysql/', import.meta.url));

/** `operator`: the running operator; `migrate`: makes tables; `binlog`: follows the server's log as well. */
export type GrantRole = 'operator' | 'migrate' | 'binlog';

export interface GrantNames {
  /** Of the database; nothing to escape in it. */
  readonly database: string;
  readonly user: string;
  /** For a user that is not there yet; nothing to escape in it. */
  readonly password: string;
}

/** What comes on top of a role's script, by docs/install.md. */
const ON_TOP: Readonly<Record<DatabaseEngine, Readonly<Partial<Record<GrantRole, string>>>>> = { mysql: {}, mariadb: { operator: 'operator-mariadb' } };

/** The statements of all scripts that make a role on such a server, as one text. */
export function grantScript(role: GrantRole, { engine }: { readonly engine: DatabaseEngine }, names: GrantNames): string {
  const onTop = ON_TOP[engine][role];
  return textOf(role, names) + (onTop === undefined ? '' : textOf(onTop, names));
}

function textOf(script: string, { database, user, password }: GrantNames): string {
  return readFileSync(`${FOLDER}grants-${script}.sql`, 'utf8')
    .replaceAll('`wordpress`', `\`${database}\``)
    .replaceAll(/'jobs_(operator|migrate)'@/g, `'${user}'@`)
    .replaceAll("'change-me'", `'${password}'`);
}
