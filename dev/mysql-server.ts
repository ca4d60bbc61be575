/** A MySQL server: one started here, or an existing one that `TEST_DATABASE_URL` names. */

import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import type { Connection, ConnectionOptions } from 'mysql2/promise';
import { ENGINE_NAMES, requestedEngine } from './database-engine.ts';
import type { DatabaseEngine } from './database-engine.ts';
import { programOnPath, serverPrograms } from './mysql-binaries.ts';
import type { MysqlProgram } from './mysql-program.ts';
import { copyTemplate, userFlag } from './mysql-template.ts';
import { onFreePort } from './ports.ts';
import type { Progress } from './progress.ts';
import type { RunFolder } from './run-folder.ts';
import { Service } from './service.ts';
import { reasonOf, SetupError } from './setup-error.ts';

/** How to log in as somebody who may create databases and users. Plain data: it is handed to test processes as JSON. */
export interface MysqlCoordinates {
  readonly engine: DatabaseEngine;
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface MysqlServer extends MysqlCoordinates {
  /** The process, when it is ours to kill and start again. */
  readonly service: Service | undefined;
  stop(): Promise<void>;
}

/** A connection as the administrator. Close it. */
export function connectTo(server: MysqlCoordinates, options: ConnectionOptions = {}): Promise<Connection> {
  const { host, port, user, password } = server;
  return createConnection({ host, port, user, password, connectTimeout: 30_000, multipleStatements: true, ...options });
}

/** As one has that is used for tables of gigabytes: those of the tests hold little, and are not to take much memory. */
export const LARGE_SERVER_FLAGS: readonly string[] = [
  '--innodb-buffer-pool-size=2G',
  // MySQL knows the one, MariaDB the other.
  '--loose-innodb-redo-log-capacity=1G',
  '--loose-innodb-log-file-size=1G',
];

/**
 * The server that `TEST_DATABASE_URL` names, else one of our own.
 * @param flags for one of our own
 * @throws SetupError when it is of another engine than the one that `DB` asks for.
 */
export async function findMysqlServer(folder: RunFolder, progress: Progress, flags: readonly string[] = []): Promise<MysqlServer> {
  const url = process.env['TEST_DATABASE_URL'];
  return url === undefined || url === '' ? startMysqlServer(folder, progress, { flags }) : existingServer(url);
}

export interface MysqlServerOptions {
  /** Names its log and data; default `mysqld`. Needed when one folder holds several servers. */
  readonly name?: string;
  /** More flags, such as `--default-time-zone=+05:30`; of one given twice the server takes the last. */
  readonly flags?: readonly string[];
  /** How the server is to be started instead: inside of another program, or with another library before its own. Default: as it is. */
  readonly launch?: (server: Launch) => Promise<Launch>;
}

/** The command line of a server, and what it finds there. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its data directory, made already. */
  readonly data: string;
}

/**
 * Starts a server of our own in `folder`.
 * @throws SetupError when there is no server program and none can be fetched.
 */
export async function startMysqlServer(folder: RunFolder, progress: Progress, options: MysqlServerOptions = {}): Promise<MysqlServer> {
  const name = options.name ?? 'mysqld';
  const data = join(folder.path, `${name}-data`);
  const program = await prepare(data, progress);
  return onFreePort(async (port) => {
    const coordinates: MysqlCoordinates = { engine: program.engine, version: program.version, host: '127.0.0.1', port, user: 'root', password: '' };
    const asItIs: Launch = { command: program.command, args: [...flagsFor(program, data, port), ...(options.flags ?? [])], data };
    const { command, args, env = {} } = (await options.launch?.(asItIs)) ?? asItIs;
    const service = new Service({
      name,
      folder,
      command,
      args,
      env,
      async probe() {
        const connection = await connectTo(coordinates);
        await connection.end();
      },
    });
    await service.start();
    return { ...coordinates, service, stop: () => service.kill('SIGKILL') };
  });
}

/** The first server program of the engine asked for that accepts to work in a folder of ours, its data directory made. */
async function prepare(data: string, progress: Progress): Promise<MysqlProgram> {
  const asked = requestedEngine();
  const engine = asked ?? 'mysql';
  let problem: string;
  try {
    return await firstThatWorks(serverPrograms(engine, progress), data, progress);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    problem = error.message;
  }
  // Whoever asked for an engine gets that one or none.
  const mariadb = asked === undefined ? await programOnPath('mariadb', progress) : undefined;
  if (mariadb === undefined) {
    throw new SetupError(
      `There is no ${ENGINE_NAMES[engine]} server (${problem}): install ${engine === 'mysql' ? 'MySQL 8' : 'MariaDB 10.11'} or newer, or set TEST_DATABASE_URL=mysql://user:password@host:port to one whose user may create databases and users.`,
    );
  }
  progress.say(`WARNING: no MySQL (${problem}). Using MariaDB ${mariadb.version}, which is not MySQL: what passes here may fail there.`);
  await copyTemplate(mariadb, data, progress);
  return mariadb;
}

async function firstThatWorks(programs: AsyncIterable<MysqlProgram>, data: string, progress: Progress): Promise<MysqlProgram> {
  let problem = 'none was found';
  for await (const program of programs) {
    try {
      await copyTemplate(program, data, progress);
      return program;
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      problem = error.message;
      progress.say(`${problem}; looking further.`);
    }
  }
  throw new SetupError(problem);
}

function flagsFor(program: MysqlProgram, data: string, port: number): readonly string[] {
  return [
    ...(program.args.length === 0 ? ['--no-defaults'] : program.args),
    ...userFlag(),
    `--datadir=${data}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    // Both relative to the data directory: a socket's path may have 107 bytes, and temporary folders can be deep.
    '--socket=mysqld.sock',
    '--pid-file=mysqld.pid',
    // Host names are not looked up, so that 127.0.0.1 is never taken for localhost.
    '--skip-name-resolve',
    ...(program.engine === 'mysql' ? ['--mysqlx=OFF', '--innodb-redo-log-capacity=64M', '--secure-file-priv=NULL'] : []),
    // The binary log is on, by row, as on Amazon RDS; MariaDB needs to be told.
    '--server-id=1',
    '--log-bin=binlog',
    ...(program.engine === 'mysql' ? [] : ['--binlog-format=ROW']),
    // A commit survives the death of the process, as it must; that of the machine does not matter here.
    '--innodb-flush-log-at-trx-commit=2',
    '--sync-binlog=0',
    '--innodb-buffer-pool-size=128M',
    // Twenty operators of one test file have up to eleven connections each, and other files run beside it.
    '--max-connections=1000',
    // Half a second and 200 MB per server.
    '--performance-schema=OFF',
  ];
}

async function existingServer(text: string): Promise<MysqlServer> {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'mysql:' || url.hostname === '') {
    throw new SetupError('TEST_DATABASE_URL is not of the form mysql://user:password@host:port.');
  }
  const login = {
    host: url.hostname,
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
  const version = await versionOf(login).catch((error: unknown) => {
    throw new SetupError(`The server that TEST_DATABASE_URL names cannot be used (${reasonOf(error)}): correct the variable, or unset it.`, { cause: error });
  });
  const engine: DatabaseEngine = /MariaDB/i.test(version) ? 'mariadb' : 'mysql';
  const asked = requestedEngine();
  if (asked !== undefined && asked !== engine) {
    throw new SetupError(`DB asks for ${ENGINE_NAMES[asked]}, but the server that TEST_DATABASE_URL names is ${ENGINE_NAMES[engine]} ${version}: unset one of the two.`);
  }
  return { engine, version, ...login, service: undefined, stop: () => Promise.resolve() };
}

async function versionOf(login: Omit<MysqlCoordinates, 'engine' | 'version'>): Promise<string> {
  const connection = await connectTo({ engine: 'mysql', version: '', ...login });
  try {
    const [rows] = await connection.query('SELECT VERSION() AS version');
    return (rows as { version: string }[])[0]?.version ?? '';
  } finally {
    await connection.end();
  }
}
