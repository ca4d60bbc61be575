import type { QueryRunner } from 'typeorm';
import { JOBS_TABLE, JOB_ID_TYPE, TOMBSTONES_TABLE, createTombstonesTable } from '../jobs-table.ts';
import { PlannedMigration } from './migration.ts';

interface KeyColumn {
  readonly type: string;
  readonly charset: string;
  readonly collation: string;
}

/** The operator's own table for what is left of removed keyed rows, its key declared as that of the jobs table at hand. */
export class CreateTombstonesTable1771545600002 extends PlannedMigration {
  readonly name = 'CreateTombstonesTable1771545600002';

  async plan(queryRunner: QueryRunner): Promise<readonly string[]> {
    if (await queryRunner.hasTable(TOMBSTONES_TABLE)) return [];
    const [key]: readonly KeyColumn[] = await queryRunner.query(
      'SELECT column_type AS type, character_set_name AS charset, collation_name AS collation FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?',
      [JOBS_TABLE, 'job_id'],
    );
    // No jobs table yet: the plan makes it first, with this key.
    return [createTombstonesTable(key === undefined ? JOB_ID_TYPE : `${key.type} CHARACTER SET ${key.charset} COLLATE ${key.collation}`)];
  }

  down(): Promise<void> {
    return Promise.reject(new Error('the tombstones are not dropped: without them, removed jobs whose keys come back would run a second time'));
  }
}
