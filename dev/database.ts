/** A database of its own on a server, with two logins: the operator's, by the GRANT scripts that the project ships, and its owner's. */

import { randomBytes } from 'node:crypto';
import type { Connection, ConnectionOptions } from 'mysql2/promise';
import { CREATE_JOBS_TABLE, JOBS_TABLE } from '../src/database/jobs-table.ts';
import { grantScript } from './grants.ts';
import { connectTo } from './mysql-server.ts';
import type { MysqlCoordinates } from './mysql-server.ts';
import { endSessions } from './sessions.ts';

export interface Database {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  /** The operator's: it may do what the scripts for `operator` and `migrate` say, and nothing else. */
  readonly user: string;
  readonly password: string;
  /** Of whoever the tables belong to, and of workers: it may do everything inside the database and nothing outside. Same password. */
  readonly owner: string;
  /** A connection of the owner, in the server's time zone. Close it. */
  connect(options?: ConnectionOptions): Promise<Connection>;
  /** A connection of the server's administrator, with this database selected. Close it. */
  connectAsAdmin(options?: ConnectionOptions): Promise<Connection>;
  /** Removes the database and its user, and ends the user's connections. Does nothing the second time. */
  drop(): Promise<void>;
}

export interface DatabaseOptions {
  /** Default: random. */
  readonly name?: string;
  /** Default: the database's name. */
  readonly user?: string;
  /** Default: the user's name and `_owner`. */
  readonly owner?: string;
}

/** Creates an empty database and its users. */
export async function createDatabase(server: MysqlCoordinates, options: DatabaseOptions = {}): Promise<Database> {
  const name = options.name ?? `jobs_${randomBytes(6).toString('hex')}`;
  const user = options.user ?? name;
  const owner = options.owner ?? `${user}_owner`;
  const password = randomBytes(12).toString('hex');
  // Names are ours and the password is hex: nothing to escape.
  const names = { database: name, user, password };
  await asAdmin(server, async (admin) => {
    await admin.query(`CREATE DATABASE \`${name}\` CHARACTER SET utf8mb4`);
    await admin.query(`CREATE USER '${owner}'@'%' IDENTIFIED BY '${password}'`);
    // In the database part of GRANT, _ stands for any character unless escaped.
    await admin.query(`GRANT ALL PRIVILEGES ON \`${name.replaceAll('_', '\\_')}\`.* TO '${owner}'@'%'`);
    // Privileges on columns can only be given while these are there, and outlive them.
    await admin.query(`USE \`${name}\`; ${CREATE_JOBS_TABLE}`);
    await admin.query(grantScript('operator', server, names));
    await admin.query(grantScript('migrate', server, names));
    await admin.query(`DROP TABLE ${JOBS_TABLE}`);
  });
  const { host, port } = server;
  return {
    host,
    port,
    name,
    user,
    password,
    owner,
    connect: (more) => connectTo({ ...server, user: owner, password }, { database: name, ...more }),
    connectAsAdmin: (more) => connectTo(server, { database: name, ...more }),
    drop: () =>
      asAdmin(server, async (admin) => {
        await admin.query(`DROP USER IF EXISTS '${user}'@'%', '${owner}'@'%'`);
        // A pool that somebody forgot would otherwise hold its locks, and make DROP DATABASE wait.
        await endSessions(admin, (session) => session.user === user || session.user === owner);
        await admin.query(`DROP DATABASE IF EXISTS \`${name}\``);
      }),
  };
}

async function asAdmin(server: MysqlCoordinates, work: (admin: Connection) => Promise<void>): Promise<void> {
  const admin = await connectTo(server);
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}
