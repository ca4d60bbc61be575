import type { QueryRunner } from 'typeorm';
import { CREATE_JOBS_TABLE, JOBS_TABLE } from '../jobs-table.ts';
import { PlannedMigration } from './migration.ts';

/** The jobs table, unless there is one: an existing table belongs to its producers and is adopted as it is. */
export class CreateJobsTable1771545600000 extends PlannedMigration {
  readonly name = 'CreateJobsTable1771545600000';

  async plan(queryRunner: QueryRunner): Promise<readonly string[]> {
    return (await queryRunner.hasTable(JOBS_TABLE)) ? [] : [CREATE_JOBS_TABLE];
  }

  down(): Promise<void> {
    return Promise.reject(new Error('the jobs table is not dropped: it holds the rows of workers and of other producers'));
  }
}
