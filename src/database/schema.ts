/** What has to be true of the database before anything else is asked of it: the table is there, and it fits. */
import type { Clock } from '../engine/clock.ts';
import { OperatorError } from '../errors.ts';
import type { Database } from './database.ts';
import type { DatabaseSettings, MigrateMode } from './settings.ts';
import { checkShape, readShape } from './shape.ts';

export interface SchemaParts {
  readonly database: Database;
  readonly settings: DatabaseSettings;
  readonly mode: MigrateMode;
  readonly clock: Clock;
  /** The database could not be asked; once per step of the back-off. */
  readonly onTrouble: (error: OperatorError, retryMs: number) => void;
  readonly onMigrated: (statements: readonly string[]) => void;
}

/** 1 s, doubled up to 10 s, with a quarter of jitter. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 10_000;

/**
 * Waits as long as it takes for the database, makes what `mode` allows and checks the table.
 *
 * @returns false when `signal` aborted first
 * @throws TABLE_MISMATCH: no retry will mend it
 */
export async function prepareSchema(parts: SchemaParts, signal: AbortSignal): Promise<boolean> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await makeAndCheck(parts);
      return true;
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code === 'TABLE_MISMATCH') throw error;
      const retryMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures) * (0.75 + Math.random() / 4);
      parts.onTrouble(error, retryMs);
      await parts.clock.sleep(retryMs, signal);
    }
  }
  return false;
}

async function makeAndCheck({ database, settings, mode, onMigrated }: SchemaParts): Promise<void> {
  const present = mode !== 'full' && (await database.use(readShape)) !== undefined;
  if (!present && mode !== 'off') {
    // TypeORM costs 30 MB, and an adopted table needs none of it.
    const { migrate } = await import('./migrator.ts');
    onMigrated(await migrate(settings, mode));
  }
  await checkShape(database);
}
