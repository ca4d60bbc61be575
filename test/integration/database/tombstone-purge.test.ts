import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RowDataPacket } from 'mysql2';
import { purgeTombstones } from '../../../src/database/statements/tombstone-rows.ts';
import { SETUP_TIMEOUT_MS, useStack } from '../../support/stack.ts';
import { newRow } from './jobs-table.ts';
import { heldAfter, keyedId, keyedTable } from './keyed-table.ts';
import type { KeyedTable } from './keyed-table.ts';

const stack = useStack();

describe('forgetting tombstones', () => {
  let table: KeyedTable;

  beforeAll(async () => {
    table = await keyedTable(stack);
  }, SETUP_TIMEOUT_MS);

  beforeEach(async () => {
    await table.worker.query('DELETE FROM jobs_tombstones');
  });

  async function bury(names: readonly string[], hours: number): Promise<void> {
    const values = names.map((name) => [keyedId(name), 'clone', 'x', 'completed']);
    await table.worker.query('INSERT INTO jobs_tombstones (job_id, type, payload_digest, status) VALUES ?', [values]);
    await table.worker.query('UPDATE jobs_tombstones SET removed_at = NOW() - INTERVAL ? HOUR WHERE job_id IN (?)', [hours, names.map(keyedId)]);
  }

  async function count(): Promise<number> {
    const [found] = await table.worker.query<RowDataPacket[]>('SELECT COUNT(*) AS n FROM jobs_tombstones');
    return Number(found[0]?.['n']);
  }

  it('takes those that are older than so many days of the database, and tells how many', async () => {
    await bury(['older', 'old'], 90 * 24 + 1);
    await bury(['young', 'new'], 90 * 24 - 1);
    await expect(table.expired.purgeTombstones(90)).resolves.toBe(2);
    expect(await table.tombstone(keyedId('young'))).toBeDefined();
    expect(await count()).toBe(2);
    await expect(table.expired.purgeTombstones(90)).resolves.toBe(0);
  });

  it('takes thousands in commits of hundreds', async () => {
    await bury(Array.from({ length: 1_300 }, (_, index) => `n${index}`), 48);
    const commits: string[] = [];
    const watched = heldAfter(table.database, (statement) => {
      if (statement === 'purge-tombstones') commits.push(statement);
      return Promise.resolve();
    });
    await expect(watched.use((sql) => purgeTombstones(sql, 1, 500))).resolves.toBe(500);
    await expect(table.expired.purgeTombstones(1)).resolves.toBe(800);
    expect(await count()).toBe(0);
    expect(commits).toHaveLength(1);
  });

  it('leaves one that was written anew in between', async () => {
    await bury(['renewed', 'old'], 48);
    const renewing = heldAfter(table.database, async (statement) => {
      if (statement === 'due-tombstones') await table.worker.query('UPDATE jobs_tombstones SET removed_at = NOW() WHERE job_id = ?', [keyedId('renewed')]);
    });
    await expect(renewing.use((sql) => purgeTombstones(sql, 1, 500))).resolves.toBe(1);
    expect(await table.tombstone(keyedId('renewed'))).toBeDefined();
  });

  it('makes the key new again', async () => {
    await bury(['key'], 48);
    const row = newRow(keyedId('key'), await table.now(), { keyed: true });
    await table.rows.insert(row);
    expect(await table.countRows(row.jobId)).toBe(0);
    await table.expired.purgeTombstones(1);
    await table.rows.insert(row);
    expect(await table.countRows(row.jobId)).toBe(1);
  });
});
