/** Which of the two engines the stack runs on. */

import { SetupError } from './setup-error.ts';

export type DatabaseEngine = 'mysql' | 'mariadb';

export const ENGINE_NAMES: Readonly<Record<DatabaseEngine, string>> = { mysql: 'MySQL', mariadb: 'MariaDB' };

/**
 * The engine that the variable `DB` asks for (`make test DB=mariadb`), or undefined when it is not set.
 * @throws SetupError when it names none.
 */
export function requestedEngine(): DatabaseEngine | undefined {
  const text = process.env['DB'];
  if (text === undefined || text === '') return undefined;
  if (text === 'mysql' || text === 'mariadb') return text;
  throw new SetupError(`DB=${text} names no engine: DB=mysql (the default) or DB=mariadb.`);
}
