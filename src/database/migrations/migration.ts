/** What all migrations share: they can say beforehand what they would do. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs without a transaction, since MySQL commits before and after each DDL statement anyway: one statement each, harmless when repeated. */
export abstract class PlannedMigration implements MigrationInterface {
  readonly transaction = false;

  /** The statements that are missing, from a look at the database; empty when there is nothing to do. */
  abstract plan(queryRunner: QueryRunner): Promise<readonly string[]>;

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of await this.plan(queryRunner)) await queryRunner.query(statement);
  }

  abstract down(queryRunner: QueryRunner): Promise<void>;
}
