import type { QueryRunner } from 'typeorm';
import { ADD_UPDATED_AT_INDEX, JOBS_TABLE, UPDATED_AT_INDEX } from '../jobs-table.ts';
import { PlannedMigration } from './migration.ts';

/** The optional index on `updated_at`, unless one is there under whatever name. */
export class IndexUpdatedAt1771545600001 extends PlannedMigration {
  readonly name = 'IndexUpdatedAt1771545600001';

  async plan(queryRunner: QueryRunner): Promise<readonly string[]> {
    const found: readonly unknown[] = await queryRunner.query(
      'SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ? AND seq_in_index = 1 LIMIT 1',
      [JOBS_TABLE, 'updated_at'],
    );
    return found.length > 0 ? [] : [ADD_UPDATED_AT_INDEX];
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE ${JOBS_TABLE} DROP INDEX ${UPDATED_AT_INDEX}`);
  }
}
