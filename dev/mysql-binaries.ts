/** Where a database server program comes from when no running server was named. */

import { dirname } from 'node:path';
import { ENGINE_NAMES } from './database-engine.ts';
import type { DatabaseEngine } from './database-engine.ts';
import { identify } from './mysql-program.ts';
import type { MysqlProgram } from './mysql-program.ts';
import type { Progress } from './progress.ts';
import { whichProgram } from './run-command.ts';
import { reasonOf } from './setup-error.ts';
import { unpackedServer } from './unpacked-server.ts';

/** What the program is called, best first: MariaDB installs a `mysqld` as well. */
const COMMANDS: Readonly<Record<DatabaseEngine, readonly string[]>> = { mysql: ['mysqld'], mariadb: ['mariadbd', 'mysqld'] };

/**
 * Programs of this engine, best first: the one on PATH, packages unpacked into the cache before, the same unpacked now. A
 * generator, because a program that is there may still refuse to work in a temporary folder (Ubuntu's AppArmor profile).
 */
export async function* serverPrograms(engine: DatabaseEngine, progress: Progress): AsyncGenerator<MysqlProgram> {
  const installed = await programOnPath(engine, progress);
  if (installed !== undefined) yield installed;
  yield await unpackedServer(engine, progress);
}

/** The installed program of this engine; undefined where there is none that we can use. */
export async function programOnPath(engine: DatabaseEngine, progress: Progress): Promise<MysqlProgram | undefined> {
  for (const name of COMMANDS[engine]) {
    const command = whichProgram(name);
    if (command === undefined) continue;
    const program = await identify({ origin: `${name} on the PATH`, command, args: [], prefix: dirname(dirname(command)) }).catch((error: unknown) => {
      progress.say(`${command} does not run: ${reasonOf(error)}`);
      return undefined;
    });
    if (program?.engine === engine) return program;
    progress.say(`${command} is no ${ENGINE_NAMES[engine]} that can be used; looking further.`);
  }
  return undefined;
}
