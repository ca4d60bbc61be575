/** A keyed job's INSERT against the removal of its row: however they meet, the job does not run twice. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { RowDataPacket } from 'mysql2/promise';
import { createExpiredRows } from '../../../src/database/expired-rows.ts';
import { SETUP_TIMEOUT_MS, useStack, waitFor } from '../../support/stack.ts';
import { newRow } from './jobs-table.ts';
import { heldAfter, keyedId, keyedTable, rowsOn } from './keyed-table.ts';
import type { KeyedTable } from './keyed-table.ts';

const stack = useStack();

describe('an INSERT with a key that races with the removal of its row', () => {
  let table: KeyedTable;
  let now: number;

  beforeAll(async () => {
    table = await keyedTable(stack);
    now = await table.now();
  }, SETUP_TIMEOUT_MS);

  const insert = (jobId: string): Promise<void> => table.rows.insert(newRow(jobId, now + 3600, { keyed: true, payload: '{"again": true}' }));

  /** Until such a statement waits for somebody's lock in this database. (The server keeps the first 1,024 characters of each: not always an id.) */
  const untilWaiting = async (what: string): Promise<void> => {
    await waitFor(
      async () => {
        const [found] = await table.admin.query<RowDataPacket[]>(
          "SELECT 1 FROM information_schema.innodb_trx AS t JOIN information_schema.processlist AS p ON p.id = t.trx_mysql_thread_id WHERE p.db = ? AND t.trx_state = 'LOCK WAIT' AND t.trx_query LIKE ?",
          [table.settings.name, `${what}%`],
        );
        return found.length > 0;
      },
      // InnoDB shows a copy that it renews only when nobody has looked for 100 ms, and others may look as well.
      { what: `${what} to wait for a lock`, timeoutMs: 4_500, intervalMs: 250 },
    );
  };

  /** The removal, stopped behind its first statement of this name, until `go`. */
  function removal(jobId: string, statement: string): { readonly stopped: Promise<void>; go(): void; fail(): void; readonly ended: Promise<readonly string[]> } {
    const stopped = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const held = heldAfter(table.database, (name) => {
      if (name !== statement) return Promise.resolve();
      stopped.resolve();
      return released.promise;
    });
    const ended = createExpiredRows(held).removeShown([jobId], () => true);
    ended.catch(() => undefined);
    return { stopped: stopped.promise, go: released.resolve, fail: () => released.reject(new TypeError('the process ends here')), ended };
  }

  it.each([
    ['has locked the row', 'sweep-lock'],
    ['has written the tombstone', 'write-tombstones'],
    ['has deleted the row', 'sweep'],
  ])('inserts nothing when the removal %s, and then commits', async (_, statement) => {
    const jobId = keyedId(`commit ${statement}`);
    await table.put(jobId);
    const sweep = removal(jobId, statement);
    await sweep.stopped;
    const inserted = insert(jobId);
    await untilWaiting('INSERT INTO jobs (');
    sweep.go();
    await inserted;
    await expect(sweep.ended).resolves.toEqual([jobId]);
    expect(await table.countRows(jobId)).toBe(0);
    expect((await table.rows.readKeyed(jobId)).tombstone).toMatchObject({ status: 'completed' });
  });

  it.each([
    ['has locked the row', 'sweep-lock'],
    ['has written the tombstone', 'write-tombstones'],
    ['has deleted the row', 'sweep'],
  ])('finds the old row when the removal %s, and then is undone', async (_, statement) => {
    const jobId = keyedId(`undone ${statement}`);
    await table.put(jobId);
    const sweep = removal(jobId, statement);
    await sweep.stopped;
    const inserted = insert(jobId);
    await untilWaiting('INSERT INTO jobs (');
    sweep.fail();
    await inserted;
    await expect(sweep.ended).rejects.toThrow('the process ends here');
    expect(await table.row(jobId)).toMatchObject({ status: 'completed', request_payload: '{}' });
    expect(await table.tombstone(jobId)).toBeUndefined();
  });

  it.each(['the removal', 'the insert'])('inserts nothing when both wait for the row, %s first', async (first) => {
    const jobId = keyedId(`both wait, ${first}`);
    await table.put(jobId);
    await table.worker.query('START TRANSACTION');
    await table.worker.query('SELECT 1 FROM jobs WHERE job_id = ? FOR UPDATE', [jobId]);
    const started: Promise<unknown>[] = [];
    const remove = async (): Promise<void> => {
      started.push(table.expired.removeShown([jobId], () => true));
      await untilWaiting('SELECT');
    };
    const insertToo = async (): Promise<void> => {
      started.push(insert(jobId));
      await untilWaiting('INSERT INTO jobs (');
    };
    for (const step of first === 'the removal' ? [remove, insertToo] : [insertToo, remove]) await step();
    await table.worker.query('COMMIT');
    await Promise.all(started);
    expect(await table.countRows(jobId)).toBe(0);
    expect(await table.tombstone(jobId)).toMatchObject({ status: 'completed' });
  });

  it('inserts nothing in hundreds of meetings, from two operators, and all of them end', async () => {
    const ids = Array.from({ length: 150 }, (_, index) => keyedId(`storm ${index}`));
    for (const jobId of ids) await table.put(jobId);
    const other = rowsOn(table.database);
    const inserts = async (rows: KeyedTable['rows']): Promise<void> => {
      for (let round = 0; round < 6; round += 1) {
        await Promise.all(ids.map((jobId, index) => (index % 6 === round ? rows.insert(newRow(jobId, now + 3600, { keyed: true, payload: '{"again": true}' })) : Promise.resolve())));
      }
    };
    const [first, second, third] = [ids.slice(0, 50), ids.slice(50, 100), ids.slice(100)];
    await Promise.all([
      inserts(table.rows),
      inserts(other),
      table.expired.removeShown(first, () => true),
      table.expired.removeForeign(second, 0),
      Promise.all(third.map((jobId) => other.remove(jobId))),
    ]);
    await Promise.all([table.expired.removeForeign(ids, 0), inserts(other)]);
    const [found] = await table.worker.query("SELECT (SELECT COUNT(*) FROM jobs WHERE request_payload LIKE '%again%') AS doubled, COUNT(*) AS tombstones FROM jobs_tombstones WHERE job_id IN (?)", [ids]);
    expect(found).toMatchObject([{ doubled: 0, tombstones: 150 }]);
  });
});
