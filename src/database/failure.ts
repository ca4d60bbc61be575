/**
 * What went wrong between us and the database, in the operator's own codes.
 *
 * The driver's errors carry the SQL text (`sql`) and the server's messages quote values, so neither is
 * kept: the message is made of the error's number and name, and of the server's words only where these
 * can name nothing but users, tables and columns.
 */
import { OperatorError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/** Server error numbers by what they mean for us; https://dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html */
const CODES_BY_NUMBER: ReadonlyMap<number, ErrorCode> = new Map([
  ...numbers('DATABASE_UNAVAILABLE', [
    1037, 1038, 1040, 1041, // out of memory, too many connections, out of resources
    1042, 1043, 1047, // cannot resolve, bad handshake, a Galera node that is not ready
    1053, 1077, 1078, 1079, 1080, 1152, 1184, // shutting down, connection aborted
    1129, 1135, 1158, 1159, 1160, 1161, // host blocked, no thread, network errors
    1203, 1226, 1927, 4031, // limits of the user, killed, idle for too long
    3100, 3168, // group replication refuses, server not available
  ]),
  ...numbers('DATABASE_LOGIN_REFUSED', [1044, 1045, 1049, 1130, 1251, 1524, 1698, 1820, 1862, 3118, 3159, 3955, 4151]),
  ...numbers('DATABASE_READ_ONLY', [
    1290, 1792, 1836, // --read-only, a read-only transaction, InnoDB read-only
    3, 1021, 1026, 1030, 1114, // writing failed, disk full, storage engine's error, table full
  ]),
  ...numbers('DATABASE_BUSY', [1205, 1206, 1213, 1223, 1317, 1637, 1969, 3024, 3101, 3572]),
]);

/** Of these, an INSERT says that this row cannot be stored, now or later. */
const ROW_REFUSALS: ReadonlyMap<number, string> = new Map([
  [1048, 'a value is missing'],
  [1118, 'the row is too large'],
  [1153, 'the payload is larger than the server takes (max_allowed_packet)'],
  [1264, 'a value is out of range'],
  [1265, 'a value does not fit its column'],
  [1292, 'a value does not fit its column'],
  [1301, 'the payload is larger than the server takes (max_allowed_packet)'],
  [1366, 'a value does not fit its column'],
  [1406, 'a value is too long for its column'],
  [1644, 'a trigger of the table refuses the row'],
  [3140, 'the payload is not JSON that the server can read'],
  [3141, 'the payload is not JSON that the server can read'],
  [3144, 'the payload is not JSON that the server can read'],
  [3150, 'the payload is larger than a JSON value may be'],
  [3151, 'a key in the payload is longer than JSON keys may be (65,535 bytes)'],
  [3157, 'the payload is nested deeper than 100 levels'],
  [3819, 'a CHECK constraint of the table does not hold'],
  [3988, 'a character does not fit the column\'s character set'],
  [4025, 'a CHECK constraint of the table does not hold (MariaDB has one for JSON: well-formed, at most 31 levels deep)'],
]);

/** Messages of these name users, hosts, tables, columns or options, never values. */
const SAFE_SERVER_MESSAGES: ReadonlySet<number> = new Set([1044, 1045, 1049, 1054, 1130, 1142, 1143, 1146, 1176, 1227, 1290, 1370, 1698]);

const TRANSPORT_CODE = /^(E[A-Z_]+|PROTOCOL_[A-Z_]+|HANDSHAKE_[A-Z_]+|AUTH_[A-Z_]+|ERR_(?:SSL|TLS|SOCKET)[A-Z_0-9]*|[A-Z_]*CERT[A-Z_]*|[A-Z_]*SIGNATURE[A-Z_]*)$/;

interface DriverError extends Error {
  readonly code?: string;
  readonly errno?: number;
  readonly sqlState?: string;
  readonly sqlMessage?: string;
  readonly fatal?: boolean;
  readonly syscall?: string;
  /** TypeORM's wrapper holds the driver's error, next to the query and its values. */
  readonly driverError?: unknown;
}

/**
 * Turns what the driver threw into an `OperatorError`; anything else (a bug) is given back as it is.
 *
 * @param statement the statement's name, for the message
 * @param refusal what the server's "no" to a value is about: this `row`, or the `statement` as such
 */
export function databaseFailure(error: unknown, statement: string, refusal: 'row' | 'statement' = 'statement'): unknown {
  if (!isError(error) || error instanceof OperatorError) return error;
  const failure: DriverError = error;
  if (isError(failure.driverError)) return databaseFailure(failure.driverError, statement, refusal);
  if (isServerError(failure)) return serverFailure(failure.errno, failure, statement, refusal);
  if (failure.fatal === true || (failure.code !== undefined && TRANSPORT_CODE.test(failure.code)) || failure.message === 'Pool is closed.') {
    return transportFailure(failure, statement);
  }
  return error;
}

/** True when the connection that brought this error must not be used again: it may be dead, or lead to a server that no longer writes. */
export function spoilsConnection(error: unknown): boolean {
  return !(error instanceof OperatorError) || !['DATABASE_BUSY', 'DATABASE_REFUSED', 'ROW_REFUSED'].includes(error.code);
}

/** By its looks: an error that Node makes for the driver can come from another realm, where `instanceof` fails. */
function isError(value: unknown): value is Error {
  return typeof value === 'object' && value !== null && 'message' in value && 'stack' in value;
}

function isServerError(error: DriverError): error is DriverError & { readonly errno: number } {
  // A system error has an errno too, but a negative one, and no SQL state.
  return typeof error.errno === 'number' && error.errno > 0 && error.syscall === undefined;
}

function serverFailure(errno: number, error: DriverError, statement: string, refusal: 'row' | 'statement'): OperatorError {
  // The driver knows MySQL's names only; MariaDB's own errors begin at 1900 and 4000.
  const named = error.code !== undefined && /^[A-Z][A-Z0-9_]+$/.test(error.code) && !(errno >= 1900 && errno < 2000) && errno < 4000;
  const name = `MySQL error ${errno}${named ? ` ${error.code}` : ''}`;
  const why = refusal === 'row' ? ROW_REFUSALS.get(errno) : undefined;
  if (why !== undefined) return new OperatorError('ROW_REFUSED', `the database refuses the row: ${why} (${name})`, { status: errno });
  const words = SAFE_SERVER_MESSAGES.has(errno) && error.sqlMessage !== undefined ? `: ${error.sqlMessage}` : '';
  const code = CODES_BY_NUMBER.get(errno) ?? 'DATABASE_REFUSED';
  return new OperatorError(code, `${statement}: ${name}${words}`, { status: errno });
}

function transportFailure(error: DriverError, statement: string): OperatorError {
  if (error.code === 'HANDSHAKE_NO_SSL_SUPPORT') {
    return new OperatorError('DATABASE_UNAVAILABLE', `${statement}: the server offers no TLS; DB_TLS=off would send everything in clear text`);
  }
  const words = error.code?.startsWith('AUTH_') === true ? '' : error.message;
  const reason = [error.code, words].filter((part) => part !== undefined && part !== '').join(': ');
  const code = error.code?.startsWith('AUTH_') === true ? 'DATABASE_LOGIN_REFUSED' : 'DATABASE_UNAVAILABLE';
  return new OperatorError(code, `${statement}: no connection to the database (${reason})`);
}

function numbers(code: ErrorCode, errnos: readonly number[]): [number, ErrorCode][] {
  return errnos.map((errno) => [errno, code]);
}
