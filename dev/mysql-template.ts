/** An initialised data directory, made once per server version and copied for every server: 0.2 s in place of 3. */

import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cachePath } from './cache-folder.ts';
import { ENGINE_NAMES } from './database-engine.ts';
import { withLock } from './lock.ts';
import type { MysqlProgram } from './mysql-program.ts';
import type { Progress } from './progress.ts';
import { runCommand } from './run-command.ts';
import { reasonOf, SetupError } from './setup-error.ts';

/** Accounts that every server has: root without a password, over TCP from this machine alone. */
const ACCOUNTS = [
  "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1' IDENTIFIED BY '';",
  "GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;",
  '',
].join('\n');

/** Part of the cache's key: raise it when what follows makes another data directory. */
const FORMAT = 1;

/** Servers refuse to run as root unless told that it is meant. Dropping to another user would need that user to reach the folder. */
export function userFlag(): readonly string[] {
  return process.getuid?.() === 0 ? ['--user=root'] : [];
}

/** Copies the template, made now if this version has none yet, to `target`, which must not exist. */
export async function copyTemplate(program: MysqlProgram, target: string, progress: Progress): Promise<void> {
  const template = cachePath('mysql-templates', `${program.engine}-${program.version.replaceAll(/[^\w.+~-]/g, '_')}-${process.arch}-${FORMAT}`);
  if (!existsSync(template)) {
    await withLock(template, progress, async () => {
      if (!existsSync(template)) await makeTemplate(program, template, progress);
    });
  }
  await cp(template, target, { recursive: true, mode: 0, preserveTimestamps: true });
  // A server makes itself a new UUID when it finds none; two with the same one cannot replicate from each other.
  await rm(join(target, 'auto.cnf'), { force: true });
}

async function makeTemplate(program: MysqlProgram, template: string, progress: Progress): Promise<void> {
  await mkdir(dirname(template), { recursive: true });
  const scratch = await mkdtemp(join(dirname(template), '.template-'));
  const data = join(scratch, 'data');
  try {
    await progress.during(`Preparing a data directory for ${ENGINE_NAMES[program.engine]} ${program.version}`, () =>
      program.engine === 'mysql' ? initialiseMysql(program, scratch, data) : initialiseMariadb(program, data),
    );
    await rename(data, template);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function initialiseMysql(program: MysqlProgram, scratch: string, data: string): Promise<void> {
  const accounts = join(scratch, 'accounts.sql');
  const log = join(scratch, 'initialise.log');
  await writeFile(accounts, ACCOUNTS);
  try {
    await runCommand(program.command, [
      ...(program.args.length === 0 ? ['--no-defaults'] : program.args),
      '--initialize-insecure',
      ...userFlag(),
      `--datadir=${data}`,
      `--init-file=${accounts}`,
      `--log-error=${log}`,
      '--secure-file-priv=NULL',
      '--mysqlx=OFF',
      // As small as it goes: it is copied for every server.
      '--innodb-redo-log-capacity=8M',
    ]);
  } catch (error) {
    const printed = existsSync(log) ? await readFile(log, 'utf8') : '';
    throw new SetupError(`${program.origin} cannot initialise a data directory in ${scratch}: ${printed.trim().slice(-1_000)}`, { cause: error });
  }
}

/** The statements that make MariaDB's system tables, in the order of its own `mariadb-install-db`, without help texts and the sys schema. */
const MARIADB_SYSTEM_TABLES = ['mysql_system_tables.sql', 'mysql_performance_tables.sql', 'mysql_system_tables_data.sql'];

/**
 * What `mariadb-install-db` does, which starts the server without its loader and so cannot be used for an unpacked one.
 * The server reads the statements itself (`--bootstrap`), one a line; nothing listens meanwhile.
 */
async function initialiseMariadb(program: MysqlProgram, data: string): Promise<void> {
  const folder = ['mysql', 'mariadb', ''].map((name) => join(program.prefix, 'share', name)).find((path) => existsSync(join(path, 'mysql_system_tables.sql')));
  if (folder === undefined) throw new SetupError(`${program.origin}: there is no mysql_system_tables.sql under ${join(program.prefix, 'share')}.`);
  const files = await Promise.all(MARIADB_SYSTEM_TABLES.map((name) => readFile(join(folder, name), 'utf8')));
  await mkdir(data);
  try {
    await runCommand(
      program.command,
      [
        ...(program.args.length === 0 ? ['--no-defaults'] : program.args),
        '--bootstrap',
        ...userFlag(),
        `--datadir=${data}`,
        // As small as it goes: it is copied for every server.
        '--innodb-log-file-size=4M',
      ],
      // Grants are not in force while they are made: FLUSH PRIVILEGES brings them in.
      { input: ['CREATE DATABASE mysql;', 'USE mysql;', ...files, 'FLUSH PRIVILEGES;', ACCOUNTS].join('\n') },
    );
  } catch (error) {
    throw new SetupError(`${program.origin} cannot initialise a data directory in ${data}: ${reasonOf(error)}`, { cause: error });
  }
}
