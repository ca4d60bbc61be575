import { describe, expect, it } from '@jest/globals';
import { databaseFailure, spoilsConnection } from '../../../src/database/failure.ts';
import { OperatorError } from '../../../src/errors.ts';

const SECRET = 'customer-secret';

/** An error as mysql2 makes it of the server's answer: with the whole statement, and words that quote values. */
function serverError(errno: number, code: string, more: object = {}): Error {
  const sqlMessage = `something about '${SECRET}'`;
  return Object.assign(new Error(sqlMessage), { errno, code, sqlState: 'HY000', sqlMessage, sql: `INSERT INTO jobs VALUES ('${SECRET}')`, ...more });
}

function systemError(code: string): Error {
  return Object.assign(new Error(`connect ${code} 127.0.0.1:3306`), { errno: -111, code, syscall: 'connect', fatal: true });
}

const spoils = (errno: number): boolean => spoilsConnection(databaseFailure(serverError(errno, 'ER_SOMETHING'), 'insert', 'row'));

describe('a failure of the database', () => {
  it.each([
    ['DATABASE_UNAVAILABLE', 1040, 'ER_CON_COUNT_ERROR'],
    ['DATABASE_UNAVAILABLE', 1053, 'ER_SERVER_SHUTDOWN'],
    ['DATABASE_LOGIN_REFUSED', 1045, 'ER_ACCESS_DENIED_ERROR'],
    ['DATABASE_LOGIN_REFUSED', 1049, 'ER_BAD_DB_ERROR'],
    ['DATABASE_READ_ONLY', 1290, 'ER_OPTION_PREVENTS_STATEMENT'],
    ['DATABASE_READ_ONLY', 1792, 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION'],
    ['DATABASE_READ_ONLY', 1836, 'ER_READ_ONLY_MODE'],
    ['DATABASE_READ_ONLY', 1114, 'ER_RECORD_FILE_FULL'],
    ['DATABASE_READ_ONLY', 1021, 'ER_DISK_FULL'],
    ['DATABASE_BUSY', 1205, 'ER_LOCK_WAIT_TIMEOUT'],
    ['DATABASE_BUSY', 1213, 'ER_LOCK_DEADLOCK'],
    ['DATABASE_BUSY', 3024, 'ER_QUERY_TIMEOUT'],
    ['DATABASE_REFUSED', 1142, 'ER_TABLEACCESS_DENIED_ERROR'],
    ['DATABASE_REFUSED', 1064, 'ER_PARSE_ERROR'],
  ])('is %s for server error %d %s, which it names', (code, errno, name) => {
    const failure = databaseFailure(serverError(errno, name), 'read');
    expect(failure).toMatchObject({ code, status: errno });
    expect(String(failure)).toContain(`MySQL error ${errno} ${name}`);
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EHOSTUNREACH'])('is DATABASE_UNAVAILABLE for the network error %s', (code) => {
    expect(databaseFailure(systemError(code), 'read')).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  it('is DATABASE_UNAVAILABLE when the server hangs up, and for a certificate that is not believed', () => {
    const lost = Object.assign(new Error('Connection lost: The server closed the connection.'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true });
    const certificate = Object.assign(new Error('self-signed certificate in certificate chain'), { code: 'HANDSHAKE_SSL_ERROR', fatal: true });
    expect(databaseFailure(lost, 'read')).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(databaseFailure(certificate, 'connect')).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  it.each([
    [3140, 'ER_INVALID_JSON_TEXT', /not JSON/],
    [3157, 'ER_JSON_DOCUMENT_TOO_DEEP', /deeper than 100 levels/],
    [1153, 'ER_NET_PACKET_TOO_LARGE', /max_allowed_packet/],
    [1366, 'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD', /does not fit/],
  ])('is ROW_REFUSED for server error %d of an INSERT, and says why', (errno, name, why) => {
    const failure = databaseFailure(serverError(errno, name), 'insert', 'row');
    expect(failure).toMatchObject({ code: 'ROW_REFUSED', retry: 'never' });
    expect(String(failure)).toMatch(why);
    expect(databaseFailure(serverError(errno, name), 'stamp')).toMatchObject({ code: 'DATABASE_REFUSED' });
  });

  it('holds neither the statement nor a value, in no property, however deep', () => {
    for (const errno of [1062, 1366, 3140, 1064, 1205, 1040]) {
      for (const refusal of ['row', 'statement'] as const) {
        const failure = databaseFailure(serverError(errno, 'ER_SOMETHING'), 'insert', refusal);
        expect(failure).toBeInstanceOf(OperatorError);
        if (!(failure instanceof OperatorError)) continue;
        expect(failure.cause).toBeUndefined();
        expect(`${failure.stack ?? ''}${JSON.stringify(failure)}${failure.message}`).not.toContain(SECRET);
      }
    }
  });

  it('keeps the server\'s words where they name a user, a table or a column only', () => {
    const denied = serverError(1142, 'ER_TABLEACCESS_DENIED_ERROR', { sqlMessage: "INSERT command denied to user 'a'@'b' for table 'jobs'" });
    expect(String(databaseFailure(denied, 'insert'))).toContain("INSERT command denied to user 'a'@'b' for table 'jobs'");
  });

  it('looks inside TypeORM\'s wrapper, which holds the query and its values', () => {
    const wrapped = Object.assign(new Error('wrapped'), { driverError: serverError(1213, 'ER_LOCK_DEADLOCK'), query: SECRET, parameters: [SECRET] });
    expect(databaseFailure(wrapped, 'migrate')).toMatchObject({ code: 'DATABASE_BUSY' });
  });

  it('leaves a bug what it is', () => {
    const bug = new TypeError('x is not a function');
    expect(databaseFailure(bug, 'read')).toBe(bug);
  });

  it('spoils its connection unless the server has answered and still writes', () => {
    expect([1213, 3157, 1064].map(spoils)).toEqual([false, false, false]);
    expect([1290, 1836, 1053].map(spoils)).toEqual([true, true, true]);
    expect(spoilsConnection(new TypeError('bug'))).toBe(true);
  });
});
