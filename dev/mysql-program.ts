/** A database server program, and what it says that it is. */

import type { DatabaseEngine } from './database-engine.ts';
import { runCommand } from './run-command.ts';

export interface MysqlProgram {
  readonly engine: DatabaseEngine;
  /** As the server prints it: "9.7.4-2". */
  readonly version: string;
  /** In words, for messages: where it is from. */
  readonly origin: string;
  readonly command: string;
  /** Before every other argument: the loader's, and where the server finds its own files. */
  readonly args: readonly string[];
  /** The folder it was installed under, such as `/usr`; its own files are in `share` there. */
  readonly prefix: string;
}

/** The oldest of each that the project is tried on. */
const OLDEST: Readonly<Record<DatabaseEngine, readonly [number, number]>> = { mysql: [8, 0], mariadb: [10, 11] };

/** Asks the program itself: MariaDB, too, installs a `mysqld`. Undefined for what is older than we can use. */
export async function identify(found: Pick<MysqlProgram, 'origin' | 'command' | 'args' | 'prefix'>): Promise<MysqlProgram | undefined> {
  const printed = await runCommand(found.command, [...found.args, '--no-defaults', '--version']);
  const version = /Ver (\S+)/.exec(printed)?.[1];
  if (version === undefined) return undefined;
  const engine: DatabaseEngine = /MariaDB/i.test(printed) ? 'mariadb' : 'mysql';
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const [oldestMajor, oldestMinor] = OLDEST[engine];
  const isNewEnough = major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
  return isNewEnough ? { ...found, engine, version } : undefined;
}
