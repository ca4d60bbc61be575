/** The GRANT scripts that the project ships, run for the names of a test: what is documented is what every operator here logs in with. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../manifests/base/mysql/', import.meta.url));

/** `operator`: the running operator, on MariaDB together with `operator-mariadb`; `migrate`: makes tables; `binlog`: follows the server's log as well. */
export type GrantRole = 'operator' | 'operator-mariadb' | 'migrate' | 'binlog';

export interface GrantNames {
  /** Of the database; nothing to escape in it. */
  readonly database: string;
  readonly user: string;
  /** For a user that is not there yet; nothing to escape in it. */
  readonly password: string;
}

/** The statements of a script, as one text. */
export function grantScript(role: GrantRole, { database, user, password }: GrantNames): string {
  return readFileSync(`${FOLDER}grants-${role}.sql`, 'utf8')
    .replaceAll('`wordpress`', `\`${database}\``)
    .replaceAll(/'jobs_(operator|migrate)'@/g, `'${user}'@`)
    .replaceAll("'change-me'", `'${password}'`);
}
