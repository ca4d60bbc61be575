import { setTimeout } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { connectTo } from '../../../dev/mysql-server.ts';
import type { MysqlServerOptions } from '../../../dev/mysql-server.ts';
import { endSessions } from '../../../dev/sessions.ts';
import type { Session } from '../../../dev/sessions.ts';
import { fillFileSystem, inFileSystemOf, mayHaveFileSystems } from '../../../dev/small-file-system.ts';
import { logOf } from '../../e2e/support/operator-log.ts';
import { useStack } from '../../support/stack.ts';
import type { Database, MysqlServer } from '../../support/stack.ts';
import { fillTable } from './full-table.ts';
import type { Lane } from './lane.ts';
import { holdRows, loseDeadlock } from './locks.ts';
import type { Broken, FaultCase } from './run-fault.ts';
import { ALL_WAITS } from './seen.ts';
import type { Meanwhile } from './seen.ts';
import { tryFaults } from './try-faults.ts';

const stack = useStack();
const isMysql = stack.mysql.engine === 'mysql';
/** Not everybody may mount a file system; a tablespace that must not grow refuses rows with the same error. */
const hasFileSystem = await mayHaveFileSystems();

/** The deletion of a Job says that it waits for the database. */
const TOLD: Meanwhile = { ...ALL_WAITS, deletion: 'told' };
/** What is there can be read. */
const ONLY_READ: Meanwhile = { ...TOLD, shown: true };
/** That its user wants it cancelled has been seen, says its `observedGeneration`, before it can be done. */
const SEEN = { cancelled: 1 };
/** Rows that somebody else holds wait for that, and nothing else does. */
const LOCKED: Meanwhile = { accepted: true, shown: true, cancelled: false, deletion: 'waits' };

/** Longer than the ten seconds after which a row that is read and not there counts as gone. */
const AWAY_MS = 12_000;
/** Longer than the 20 s that a statement is waited for, and the 5 s of a connection. */
const FROZEN_MS = 26_000;
const REFUSING_MS = 5_000;
/** Longer than the 5 s that a statement waits for a lock. */
const LOCKED_MS = 8_000;

type Prepare = FaultCase['prepare'];

/** On a server of its own. */
const ownServer = (options: MysqlServerOptions, fault: (server: MysqlServer, database: Database) => Pick<Broken, 'strike' | 'heal'>): Prepare => async (on) => {
  const server = await on.ownMysqlServer(options);
  return brokenOn(await on.database(server), await on.namespace(), fault.bind(undefined, server));
};

const sharedServer = (fault: (database: Database) => Pick<Broken, 'strike' | 'heal'>): Prepare => async (on) => brokenOn(await on.database(), await on.namespace(), fault);

function brokenOn(database: Database, namespace: Broken['cluster']['namespace'], fault: (database: Database) => Pick<Broken, 'strike' | 'heal'>): Broken {
  const { api, credentials, kubeconfig } = stack;
  return { database, cluster: { api, credentials, namespace }, ways: { mysql: database, kubeconfig }, env: {}, ...fault(database) };
}

async function asAdmin(server: MysqlServer, ...statements: readonly string[]): Promise<void> {
  const admin = await connectTo(server);
  for (const statement of statements) await admin.query(statement);
  await admin.end();
}

const killed = ({ service }: MysqlServer): Pick<Broken, 'strike' | 'heal'> => ({
  strike: async () => service?.kill('SIGKILL'),
  async heal(lane) {
    await service?.start();
    await lane.reconnect();
  },
});

const frozen = ({ service }: MysqlServer): Pick<Broken, 'strike' | 'heal'> => ({
  strike: async () => service?.kill('SIGSTOP'),
  heal: async () => service?.kill('SIGCONT'),
});

const readOnly = (server: MysqlServer): Pick<Broken, 'strike' | 'heal'> => ({
  // MariaDB has but one switch; both refuse the operator's writes with 1290.
  strike: () => asAdmin(server, `SET GLOBAL ${isMysql ? 'super_read_only' : 'read_only'} = ON`),
  heal: () => asAdmin(server, ...(isMysql ? ['SET GLOBAL super_read_only = OFF'] : []), 'SET GLOBAL read_only = OFF'),
});

/** Somebody else takes every connection there is, also those that the operator had. */
const crowded = (server: MysqlServer, database: Database): Pick<Broken, 'strike' | 'heal'> => {
  const crowd: Connection[] = [];
  let admin: Connection;
  // Who is still logging in has a place already, and no name yet.
  const isOperators = ({ user }: Session): boolean => user === database.user || user === 'unauthenticated user';
  /** @returns how many */
  const takeAll = async (): Promise<number> => {
    for (let taken = 0; ; taken += 1) {
      try {
        const connection = await connectTo({ ...server, user: 'crowd', password: '' });
        connection.on('error', () => undefined);
        crowd.push(connection);
      } catch (error) {
        // ER_CON_COUNT_ERROR
        if ((error as { errno?: number }).errno === 1040) return taken;
        throw error;
      }
    }
  };
  return {
    async strike() {
      admin = await connectTo(server);
      await admin.query("CREATE USER 'crowd'@'%' IDENTIFIED BY ''");
      // The operator tries to come back in between, and a place is free only a moment after its connection was cut.
      for (let quiet = 0; quiet < 3; ) {
        const changed = (await takeAll()) + (await endSessions(admin, isOperators));
        quiet = changed === 0 ? quiet + 1 : 0;
        await setTimeout(50);
      }
    },
    async heal() {
      // Until now: its own would have been one for the operator.
      await admin.end();
      for (const connection of crowd) connection.destroy();
    },
  };
};

const DISK = '400m';

/** For real where we may mount a file system: MySQL and all that it writes lies there. */
const fullDisk = (server: MysqlServer, database: Database): Pick<Broken, 'strike' | 'heal'> => {
  let free: (() => Promise<void>) | undefined;
  return {
    async strike() {
      const admin = await connectTo(server);
      const [[found]] = (await admin.query('SELECT @@datadir AS folder')) as unknown as [[{ folder: string }]];
      await admin.end();
      if (hasFileSystem) free = fillFileSystem(server.service?.pid ?? 0, found.folder);
      await fillTable(database);
    },
    async heal(lane) {
      await free?.();
      await lane.rows().run(`DELETE FROM jobs WHERE request_payload LIKE '%"filler"%'`);
      if (!hasFileSystem) await lane.rows().run('TRUNCATE TABLE audit');
    },
  };
};

/** Of the outage, not one per Job. */
async function isToldOnce({ operator, metrics }: Lane): Promise<readonly string[]> {
  const told = logOf(operator).filter(({ error }) => error?.code === 'DATABASE_UNAVAILABLE');
  const perJob = told.filter(({ job, level }) => job !== undefined && level === 'warn');
  return [
    ...((await metrics.sum('jobs_operator_db_up')) === 0 ? [] : ['jobs_operator_db_up does not say that the database is away']),
    ...(told.length > 0 ? [] : ['the log does not tell the outage']),
    ...(perJob.length === 0 ? [] : [`the log tells the outage for ${perJob.length} Jobs`]),
  ];
}

/** A server that refuses is there. */
async function isToldAsRefusal({ operator, metrics, jobs }: Lane): Promise<readonly string[]> {
  const told = logOf(operator).filter(({ error }) => error?.code === 'DATABASE_READ_ONLY');
  const inserts = await metrics.sum('jobs_operator_db_query_seconds_count', { statement: 'insert' });
  const { status } = await jobs.get('expires');
  return [
    ...((await metrics.sum('jobs_operator_db_up')) === 1 ? [] : ['jobs_operator_db_up says that the database is away']),
    ...(told.length > 0 ? [] : ['the log does not tell that the database takes no writes']),
    // Backing off from 5 ms: some ten for the new Job.
    ...(inserts < 40 ? [] : [`${inserts} INSERTs were tried`]),
    ...(status.phase === 'Completed' && status.expiresAt === undefined ? [] : [`expires shows ${status.phase}, and a stamp that could not be set: ${status.expiresAt}`]),
  ];
}

const FULL = hasFileSystem ? 'disk full' : 'tablespace full (there is no right to mount a small disk)';
const SMALL: MysqlServerOptions = hasFileSystem
  ? // With a binary log on the full disk MySQL ends itself: that is the first fault of the list.
    { flags: ['--skip-log-bin'], launch: inFileSystemOf(DISK) }
  : { flags: ['--skip-log-bin', '--innodb-data-file-path=ibdata1:12M', '--innodb-file-per-table=OFF'] };

const DISK_FULL: FaultCase = { what: FULL, side: 'MySQL', lastsMs: REFUSING_MS, meanwhile: ONLY_READ, more: SEEN, before: { workers: true }, also: isToldAsRefusal, prepare: ownServer(SMALL, fullDisk) };

const FAULTS: readonly FaultCase[] = [
  { what: 'frozen (SIGSTOP)', side: 'MySQL', lastsMs: FROZEN_MS, meanwhile: TOLD, before: { workers: true }, also: isToldOnce, prepare: ownServer({}, frozen) },
  { what: 'killed (-9), restarted', side: 'MySQL', lastsMs: AWAY_MS, meanwhile: TOLD, before: { workers: true }, also: isToldOnce, prepare: ownServer({}, killed) },
  { what: 'too many connections', side: 'MySQL', lastsMs: AWAY_MS, meanwhile: TOLD, also: isToldOnce, prepare: ownServer({ flags: ['--max-connections=25'] }, crowded) },
  { what: 'rows locked by another session', side: 'MySQL', lastsMs: LOCKED_MS, meanwhile: LOCKED, prepare: sharedServer(holdRows) },
  { what: 'deadlock, as its victim', side: 'MySQL', lastsMs: LOCKED_MS, meanwhile: LOCKED, before: { users: true }, prepare: sharedServer(loseDeadlock) },
  { what: 'read-only', side: 'MySQL', lastsMs: REFUSING_MS, meanwhile: ONLY_READ, more: SEEN, before: { workers: true }, also: isToldAsRefusal, prepare: ownServer({}, readOnly) },
  // MariaDB ends itself on a full disk: that is the second fault of the list.
  ...(stack.mysql.engine === 'mysql' ? [DISK_FULL] : []),
];

tryFaults(stack, { where: 'the database server itself', faults: FAULTS });
