/** Another session that holds what the operator needs: rows, or one of two rows at the wrong moment. */

import type { Connection } from 'mysql2/promise';
import { waitFor } from '../../support/stack.ts';
import type { Database } from '../../support/stack.ts';
import type { Lane } from './lane.ts';
import type { Broken } from './run-fault.ts';

type Fault = Pick<Broken, 'strike' | 'heal'>;

/** Locks one row, and changes nothing. Of several MariaDB would find the ids by a walk over so small a table, along whichever index, and lock all of it. */
const HOLD = 'SELECT 1 FROM jobs WHERE job_id = ? FOR UPDATE';

/** The rows that are to be cancelled, in the order in which statements lock them. */
const contested = ({ play }: Lane): readonly string[] => [play.idOf('cancelled'), play.idOf('deleted')].toSorted();

export function holdRows(database: Database): Fault {
  let other: Connection;
  return {
    async strike(lane) {
      other = await database.connect();
      await other.beginTransaction();
      for (const row of contested(lane)) await other.query(HOLD, [row]);
    },
    heal: () => other.end(),
  };
}

/** More than the operator's, so that the server rather rolls back that one's. */
const BALLAST_ROWS = 500;

/** The other one holds the second row and asks for the first when the operator has the first and waits for the second. */
export function loseDeadlock(database: Database): Fault {
  let other: Connection;
  return {
    async strike(lane) {
      const [first, second] = contested(lane);
      other = await database.connect();
      await other.query('CREATE TABLE ballast (id INT PRIMARY KEY)');
      await other.beginTransaction();
      await other.query('INSERT INTO ballast VALUES ?', [Array.from({ length: BALLAST_ROWS }, (_, id) => [id])]);
      await other.query(HOLD, [second]);
      await lane.operator.service.kill('SIGCONT');
      const observer = await database.connectAsAdmin();
      const isWaiting = async (): Promise<boolean> => {
        const [found] = await observer.query("SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE CONCAT('%', ?, '%')", [first]);
        return (found as unknown[]).length > 0;
      };
      // InnoDB shows a copy that it renews only when nobody has looked for 100 ms, and others may look as well.
      await waitFor(isWaiting, { what: 'the operator to wait for the second row', timeoutMs: 10_000, intervalMs: 250 });
      // Granted once the operator's transaction is rolled back.
      await other.query(HOLD, [first]);
      const [[status]] = (await observer.query('SHOW ENGINE INNODB STATUS')) as unknown as [[{ Status: string }]];
      await observer.end();
      if (!status.Status.includes(second ?? '') && !/LATEST DETECTED DEADLOCK/.test(status.Status)) throw new Error('there was no deadlock');
    },
    heal: () => other.end(),
  };
}
