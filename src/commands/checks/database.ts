/** The database, as `doctor` sees it: the way to it, the server, the table, the privileges. */
import { connect } from 'node:net';
import type { RowDataPacket } from 'mysql2';
import type { Config } from '../../config.ts';
import { openDatabase, type Database, type Sql } from '../../database/database.ts';
import { TOMBSTONES_TABLE } from '../../database/jobs-table.ts';
import type { DatabaseSettings } from '../../database/settings.ts';
import { readShape } from '../../database/shape.ts';
import { checkBinlog } from './binlog.ts';
import { fail, failure, ok, type Finding } from './finding.ts';
import { judgeClock, judgeEncryption, judgePacket, judgeTimeZone, judgeVersion, loginFailure } from './server.ts';
import { ddlNeeds, judgeDdl, judgeTable, judgeTrial, TRIALS } from './table.ts';
import { judgeTombstones } from './tombstones.ts';

/** One after the other; what cannot be found out is a finding too. Never throws. */
export async function* checkDatabase({ database: settings, migrate, clusterName, feed }: Config): AsyncGenerator<Finding, void, undefined> {
  const address = await checkAddress(settings);
  yield address;
  if (address.level === 'FAIL') return;

  let database: Database | undefined;
  try {
    database = openDatabase(settings);
    yield* await database.use((sql) => checkServer(sql, settings));
  } catch (error) {
    yield loginFailure(error);
    await database?.close();
    return;
  }
  try {
    const shape = await database.use((sql) => readShape(sql));
    yield* judgeTable(shape, migrate);
    yield* judgeTombstones(await database.use((sql) => readShape(sql, TOMBSTONES_TABLE)), clusterName, migrate);
    if (shape !== undefined) yield* checkPrivileges(database, settings);
    if (feed.kind === 'binlog') yield await checkBinlog(settings);
    const needs = ddlNeeds(migrate, shape);
    const grants = needs.length > 0 ? await database.use((sql) => readGrants(sql)) : [];
    for (const need of needs) yield judgeDdl(need, settings, grants);
  } catch (error) {
    yield failure('table', error);
  } finally {
    await database.close();
  }
}

const ADDRESS_PROBLEMS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name server does not answer',
  ECONNREFUSED: 'nothing listens there',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'no answer; often a firewall or a security group',
};

/** Apart from the login, because the remedy is another. */
function checkAddress({ host, port, timeouts }: DatabaseSettings): Promise<Finding> {
  const subject = 'database address';
  const where = `${host} port ${port}`;
  return new Promise((resolve) => {
    const refuse = (code: string): void => {
      socket.destroy();
      resolve(fail(subject, `${where}: ${ADDRESS_PROBLEMS[code] ?? code}`, 'Check DB_HOST, DB_PORT and the network policies between here and there.'));
    };
    const socket = connect({ host, port });
    socket.setTimeout(timeouts.connectMs, () => refuse('ETIMEDOUT'));
    socket.once('error', (error) => refuse('code' in error ? String(error.code) : error.name));
    socket.once('connect', () => {
      socket.destroy();
      resolve(ok(subject, `${where} takes connections`));
    });
  });
}

interface ServerFacts extends RowDataPacket {
  readonly user: string;
  readonly offsetSeconds: number;
  readonly zone: string;
  readonly now: number | string;
}

async function checkServer(sql: Sql, settings: DatabaseSettings): Promise<readonly Finding[]> {
  const askedAt = Date.now() / 1000;
  const [facts] = await sql.select<ServerFacts>(
    'doctor',
    'SELECT CURRENT_USER() AS user, TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW()) AS offsetSeconds, ' +
      "IF(@@global.time_zone = 'SYSTEM', CONCAT('SYSTEM (', @@global.system_time_zone, ')'), @@global.time_zone) AS zone, " +
      'UNIX_TIMESTAMP(NOW(6)) AS now',
  );
  const answeredAt = Date.now() / 1000;
  const [tls] = await sql.select<RowDataPacket & { readonly Value: string }>('doctor', "SHOW SESSION STATUS LIKE 'Ssl_cipher'");
  if (facts === undefined) return [];
  return [
    ok('database login', `as ${facts.user}, to database ${settings.name}`),
    judgeEncryption(settings.tls.mode, tls?.Value ?? ''),
    judgeVersion(sql.server.version),
    judgeTimeZone(facts.offsetSeconds, facts.zone),
    judgeClock(Number(facts.now) - (askedAt + answeredAt) / 2, (answeredAt - askedAt) / 2),
    judgePacket(sql.server.maxAllowedPacket),
  ];
}

async function* checkPrivileges(database: Database, settings: DatabaseSettings): AsyncGenerator<Finding, void, undefined> {
  for (const privilege of ['SELECT', 'INSERT', 'UPDATE', 'DELETE'] as const) {
    const error = await database.use((sql) => sql.select('doctor', TRIALS[privilege])).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    yield judgeTrial(privilege, settings, error);
  }
}

async function readGrants(sql: Sql): Promise<readonly string[]> {
  const rows = await sql.select('doctor', 'SHOW GRANTS');
  return rows.map((row) => String(Object.values(row)[0]));
}
