/** What may go wrong, each with the way to put it right: the same list for every soak. */

import type { Connection } from 'mysql2/promise';
import { compactHistory } from '../etcd-history.ts';
import { connectTo } from '../mysql-server.ts';
import { endSessions } from '../sessions.ts';
import { OPERATOR } from './logins.ts';
import type { Operators } from './operators.ts';
import type { Stage } from './stage.ts';

export interface Fault {
  /** As it stands in the report. */
  readonly kind: string;
  /** Shortest and longest time from strike to heal, milliseconds. */
  readonly holdMs: readonly [number, number];
  strike(): Promise<void>;
  heal(): Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

/** Of the API server, its store and the database. One at a time. */
export function serverFaults({ controlPlane, mysql, mysqld }: Stage): readonly Fault[] {
  const { apiServer, etcdUrl } = controlPlane;
  const asAdmin = async (work: (admin: Connection) => Promise<unknown>): Promise<void> => {
    const admin = await connectTo(mysql);
    try {
      await work(admin);
    } finally {
      admin.destroy();
    }
  };
  // MariaDB has but one switch; either refuses the operator's writes with 1290.
  const readOnly = mysql.engine === 'mysql' ? 'super_read_only' : 'read_only';
  return [
    { kind: 'MySQL killed (-9), restarted', holdMs: [50, 4_000], strike: () => mysqld.kill('SIGKILL'), heal: () => mysqld.start() },
    { kind: 'MySQL frozen (SIGSTOP)', holdMs: [500, 8_000], strike: () => mysqld.kill('SIGSTOP'), heal: () => mysqld.kill('SIGCONT') },
    {
      kind: `MySQL ${readOnly}`,
      holdMs: [500, 5_000],
      strike: () => asAdmin((admin) => admin.query(`SET GLOBAL ${readOnly} = ON`)),
      heal: () =>
        asAdmin(async (admin) => {
          await admin.query(`SET GLOBAL ${readOnly} = OFF`);
          await admin.query('SET GLOBAL read_only = OFF');
        }),
    },
    { kind: 'connections to MySQL cut', holdMs: [0, 0], strike: () => asAdmin((admin) => endSessions(admin, ({ user }) => user === OPERATOR)), heal: nothing },
    { kind: 'API server killed (-9), restarted', holdMs: [0, 3_000], strike: () => apiServer.kill('SIGKILL'), heal: () => apiServer.start() },
    { kind: 'API server frozen (SIGSTOP)', holdMs: [500, 6_000], strike: () => apiServer.kill('SIGSTOP'), heal: () => apiServer.kill('SIGCONT') },
    {
      kind: 'etcd compacted, API server restarted',
      holdMs: [0, 500],
      async strike() {
        await compactHistory(etcdUrl);
        await apiServer.kill('SIGKILL');
      },
      heal: () => apiServer.start(),
    },
  ];
}

/** Of one operator. One at a time for each. */
export function operatorFaults(operators: Operators, index: number): readonly Fault[] {
  return [
    { kind: 'operator killed (-9)', holdMs: [0, 3_000], strike: () => operators.kill(index), heal: async () => operators.launch(index) },
    { kind: 'operator ended (SIGTERM)', holdMs: [0, 3_000], strike: () => operators.terminate(index), heal: async () => operators.launch(index) },
    // Longer than an INSERT's deadline, than a Lease, and than a row has to live: all of it passes while it sleeps.
    { kind: 'operator frozen (SIGSTOP)', holdMs: [500, 25_000], strike: () => operators.freeze(index), heal: () => operators.wake(index) },
  ];
}
