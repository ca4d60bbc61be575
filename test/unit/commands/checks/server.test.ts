import { describe, expect, it } from '@jest/globals';
import { judgeClock, judgeEncryption, judgePacket, judgeTimeZone, judgeVersion, loginFailure } from '../../../../src/commands/checks/server.ts';
import { OperatorError } from '../../../../src/errors.ts';

describe('the version of the database', () => {
  it.each([
    ['9.7.0', 'ok'],
    ['8.0.36-28', 'ok'],
    ['5.7.44-log', 'warn'],
    ['10.11.6-MariaDB-0+deb12u1', 'ok'],
    ['5.5.5-10.11.6-MariaDB', 'ok'],
    ['10.5.23-MariaDB', 'warn'],
    ['something', 'warn'],
  ])('%s is %s', (version, level) => {
    expect(judgeVersion(version).level).toBe(level);
  });
});

describe('the encryption', () => {
  it('is well when the certificate was verified, and worth a word when not', () => {
    expect(judgeEncryption('verify', 'TLS_AES_256_GCM_SHA384')).toMatchObject({ level: 'ok', text: 'TLS_AES_256_GCM_SHA384, certificate verified' });
    expect(judgeEncryption('insecure', 'TLS_AES_256_GCM_SHA384').level).toBe('warn');
    expect(judgeEncryption('off', '').level).toBe('warn');
  });
});

describe('the time zone', () => {
  it('of the server does not matter while sessions are in UTC', () => {
    expect(judgeTimeZone(0, '+05:30')).toMatchObject({ level: 'ok', text: expect.stringContaining('+05:30') });
    expect(judgeTimeZone(19_800, '+05:30').level).toBe('FAIL');
  });
});

describe('the clock of the database', () => {
  it('may be off by a few seconds, and by what the measurement itself is off', () => {
    expect(judgeClock(-4.9, 0)).toMatchObject({ level: 'ok', text: 'the database is 4.9 s behind this machine' });
    expect(judgeClock(6, 1.5).level).toBe('ok');
    expect(judgeClock(3600, 0.1)).toMatchObject({ level: 'warn', text: 'the database is 3600.0 s ahead of this machine' });
  });
});

describe('max_allowed_packet', () => {
  it('should hold the largest payload that the API server takes', () => {
    expect(judgePacket(64 * 1024 * 1024).level).toBe('ok');
    expect(judgePacket(1024 * 1024).level).toBe('warn');
  });
});

describe('a login that fails', () => {
  it('for the certificate asks for the CA', () => {
    const error = new OperatorError('DATABASE_UNAVAILABLE', 'connect: no connection to the database (HANDSHAKE_SSL_ERROR: self-signed certificate)');
    expect(loginFailure(error).advice).toContain('DB_TLS_CA_FILE');
  });

  it('for the password asks for the password', () => {
    const error = new OperatorError('DATABASE_LOGIN_REFUSED', "connect: MySQL error 1045 ER_ACCESS_DENIED_ERROR: Access denied for user 'admin'@'%'");
    expect(loginFailure(error).advice).toContain('DB_USER and the password');
  });
});
