/** What is judged about the database server, from what it said of itself. */
import type { DatabaseSettings } from '../../database/settings.ts';
import { OperatorError } from '../../errors.ts';
import { fail, failure, ok, warn, type Finding } from './finding.ts';

/** Oldest releases whose statements are known to do what ours rely on. */
const OLDEST = { MySQL: [8, 0], MariaDB: [10, 6] } as const;

/** @param version as `VERSION()` prints it, e.g. `9.7.0` or `10.11.6-MariaDB-log` */
export function judgeVersion(version: string): Finding {
  const engine = /mariadb/i.test(version) ? 'MariaDB' : 'MySQL';
  // Some replicas announce MariaDB as 5.5.5-10.11.6-MariaDB, for clients that refuse a two-digit release.
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(version.replace(/^5\.5\.5-/, '')) ?? [];
  const [oldestMajor, oldestMinor] = OLDEST[engine];
  const isKnown = Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor);
  const text = engine === 'MariaDB' ? version : `${engine} ${version}`;
  return isKnown ? ok('database version', text) : warn('database version', text, `Nobody has tried it: use ${engine} ${oldestMajor}.${oldestMinor} or newer.`);
}

/** @param cipher of the session; empty without TLS */
export function judgeEncryption(mode: DatabaseSettings['tls']['mode'], cipher: string): Finding {
  const subject = 'database encryption';
  if (cipher === '') return warn(subject, 'none: passwords and payloads travel in clear text', 'Set DB_TLS=verify.');
  if (mode === 'verify') return ok(subject, `${cipher}, certificate verified`);
  return warn(subject, `${cipher}, but anybody could be on the other end`, 'Set DB_TLS=verify, and DB_TLS_CA_FILE where the CA is your own.');
}

/**
 * @param offsetSeconds NOW() minus UTC_TIMESTAMP() in a session of ours
 * @param serverZone the zone that other clients get
 */
export function judgeTimeZone(offsetSeconds: number, serverZone: string): Finding {
  return offsetSeconds === 0
    ? ok('time zone', `sessions of the operator are in UTC, the server's zone is ${serverZone}`)
    : fail('time zone', `a session is ${offsetSeconds} s off UTC although it asked for UTC`, 'Look for a proxy or an init_connect that changes time_zone.');
}

/** Leases, conditions and expiry are compared across machines; at this distance (s) times look wrong to people. */
const SKEW_LIMIT_SECONDS = 5;

/** @param skewSeconds the database's clock minus this machine's; @param uncertaintySeconds how far that may be off */
export function judgeClock(skewSeconds: number, uncertaintySeconds: number): Finding {
  const distance = Math.max(0, Math.abs(skewSeconds) - uncertaintySeconds);
  const text = `the database is ${Math.abs(skewSeconds).toFixed(1)} s ${skewSeconds < 0 ? 'behind' : 'ahead of'} this machine`;
  return distance <= SKEW_LIMIT_SECONDS
    ? ok('clock', text)
    : warn('clock', text, 'Run NTP on both. Expiry follows the database, so nothing is removed too early.');
}

/** The API server takes objects up to 1.5 MB; escaped for a statement a payload can be twice as long. */
const PACKET_BYTES = 4 * 1024 * 1024;

export function judgePacket(maxAllowedPacket: number): Finding {
  const subject = 'max_allowed_packet';
  const text = `${maxAllowedPacket} bytes`;
  return maxAllowedPacket >= PACKET_BYTES
    ? ok(subject, text)
    : warn(subject, text, `Jobs with larger payloads will be refused; set it to ${PACKET_BYTES} or more on the server.`);
}

/** The hints of a lost connection fit while the operator runs; here it is the first connection ever. */
export function loginFailure(error: unknown): Finding {
  const subject = 'database login';
  if (error instanceof OperatorError && /TLS|SSL|CERT|SIGNATURE|certificate/.test(error.message)) {
    return fail(subject, error.message, 'Name the CA of the server in DB_TLS_CA_FILE, and connect by a name that its certificate has; DB_TLS says how strict to be.');
  }
  return failure(subject, error);
}
