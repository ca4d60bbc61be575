/** `npx node dev/sql.ts "SELECT …"`: runs statements where `DATABASE_URL` points to and prints the rows; for machines without a mysql client. */

import { createConnection } from 'mysql2/promise';

const statement = process.argv.slice(2).join(' ');
const url = process.env['DATABASE_URL'];
if (statement === '' || url === undefined) {
  process.stderr.write('Usage: DATABASE_URL=mysql://user:password@host:port/database npx node dev/sql.ts "SELECT …"\n');
  process.exit(64);
}

/** Text as the server prints it: nothing is rounded, no time zone is applied. */
const connection = await createConnection({ uri: url, timezone: 'Z', dateStrings: true, jsonStrings: true, supportBigNumbers: true, bigNumberStrings: true, multipleStatements: true });
try {
  const [result] = await connection.query(statement);
  if (Array.isArray(result)) print(result as Record<string, unknown>[]);
  else process.stdout.write(`${counted(result.affectedRows)} matched\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await connection.end();
}

function print(rows: readonly Record<string, unknown>[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const lines = [columns, ...rows.map((row) => columns.map((column) => cell(row[column])))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? '').length)));
  for (const line of lines) process.stdout.write(`${line.map((text, index) => text.padEnd(widths[index] ?? 0)).join('  ').trimEnd()}\n`);
  process.stdout.write(`(${counted(rows.length)})\n`);
}

function counted(rows: number): string {
  return rows === 1 ? '1 row' : `${rows} rows`;
}

function cell(value: unknown): string {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
