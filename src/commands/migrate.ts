/** `migrate`: the database brought to where `DB_MIGRATE` wants it, without running the operator. */
import { loadConfig, type Environment } from '../config.ts';
import { openDatabase } from '../database/database.ts';
import { migrate as runMigrations, plannedMigrations } from '../database/migrator.ts';
import type { DatabaseSettings } from '../database/settings.ts';
import { checkShape } from '../database/shape.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

/**
 * Prints the statements: those that were run, or with `dryRun` those that would be, as SQL that another tool can read.
 *
 * @throws OperatorError CONFIG_INVALID; TABLE_MISMATCH when the table is there and does not fit; what the database answers
 */
export async function migrate(env: Environment, dryRun: boolean, print: (line: string) => void): Promise<ExitCode> {
  const { database, migrate: mode } = loadConfig(env);
  const statements = await (dryRun ? plannedMigrations : runMigrations)(database, mode);
  for (const statement of statements) print(`${statement};`);
  if (statements.length === 0) print(`-- nothing to do for DB_MIGRATE=${mode}`);
  else if (!dryRun) print(`-- done: ${statements.length === 1 ? 'one statement' : `${statements.length} statements`}`);
  if (!dryRun) await verify(database);
  return EXIT.ok;
}

/** A table that was found is adopted as it is, so whether it fits has to be said here and not at the next start. */
async function verify(settings: DatabaseSettings): Promise<void> {
  const database = openDatabase(settings);
  try {
    await checkShape(database);
  } finally {
    await database.close();
  }
}
