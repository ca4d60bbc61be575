import { describe, expect, it } from '@jest/globals';
import { readConfig, type ConfigProblem } from '../../../src/config.ts';
import type { Files } from '../../../src/config/parsed.ts';
import { describeVariables, VARIABLES, type VariableName } from '../../../src/config/variables.ts';
import { filesOf, VALID } from './environment.ts';

const FILES = filesOf({
  '/pw': 'secret\n',
  '/empty': '\n',
  '/locked': { code: 'EACCES' },
  '/folder': { code: 'EISDIR' },
  '/broken': { code: 'EIO' },
  '/ca.pem': '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n',
});

function problemsOf(env: Record<string, string>, files: Files = FILES): readonly ConfigProblem[] {
  return readConfig({ ...VALID, ...env }, files).problems;
}

/** Per variable: texts that fit, and texts that do not with what the message has to say. */
const CASES: Readonly<Record<VariableName, { fits: readonly string[]; unfit: readonly (readonly [string, string])[] }>> = {
  DB_HOST: {
    fits: ['localhost', '127.0.0.1', '::1', 'my_db', 'a.rds.amazonaws.com', 'db.example.com.'],
    unfit: [['mysql://u:pw@h', 'a host name or an IP address'], ['db:3306', 'without scheme, port or path'], ['a b', 'host name'], ['-a', 'host name']],
  },
  DB_PORT: {
    fits: ['1', '3307', '65535', '0080'],
    unfit: [['0', 'from 1 to 65535'], ['65536', 'from 1 to 65535'], ['33O6', 'whole number'], ['-1', 'whole number'], ['1e3', 'whole number'], ['tcp://10.0.0.1:3306', 'enableServiceLinks']],
  },
  DB_NAME: { fits: ['wordpress', 'my jobs'], unfit: [['x'.repeat(65), '64 at most'], ['a\u0000b', 'printable']] },
  DB_USER: { fits: ['admin'], unfit: [['a\nb', 'printable']] },
  DB_PASSWORD_FILE: { fits: [], unfit: [['/pw', 'one of the two']] },
  DB_PASSWORD: { fits: ['x', '\u{1F511}', "'--"], unfit: [] },
  DB_TLS: { fits: ['verify', 'insecure', 'off'], unfit: [['true', 'verify, insecure, off'], ['VERIFY', 'verify, insecure, off'], ['toString', 'allowed']] },
  DB_TLS_CA_FILE: { fits: ['/ca.pem'], unfit: [['/nowhere', 'does not exist'], ['/pw', 'without a certificate']] },
  DB_POOL_SIZE: { fits: ['1', '500'], unfit: [['0', 'from 1 to 500'], ['ten', 'whole number']] },
  DB_MIGRATE: { fits: ['create', 'full', 'off'], unfit: [['yes', 'create, full, off']] },
  WATCH_NAMESPACES: {
    fits: ['a', 'a,b', ' a , b-1 '],
    unfit: [['*', 'unset'], ['a,', 'no namespace name: ""'], ['Team', '"Team"'], ['a.b', 'lower-case'], ['x'.repeat(64), '63']],
  },
  WATCH_LABEL_SELECTOR: {
    fits: ['a', '!a', 'a=b', 'a==b', 'a!=b', 'a=', 'x.y/a in (b, c)', 'a notin (b),c', 'a>1', 'a < 2', 'a=b,!c,d in (e,f)'],
    unfit: [['a in b', 'no requirement'], ['a,', 'no requirement'], ['a=b c', 'no requirement'], ['a in (b', 'no requirement'], ['a=-', 'no label value'], ['_a', 'no label key'], ['/a', 'no label key'], ['a>x', 'no whole number'], ['a in (b,!c)', 'no label value']],
  },
  CLUSTER_NAME: { fits: ['prod', 'eu-1.Prod_2'], unfit: [['a/b', 'letters, digits'], ['-a', 'at both ends'], ['x'.repeat(254), '253']] },
  FEED: { fits: ['poll', 'binlog'], unfit: [['push', 'poll'], ['push', 'binlog']] },
  FEED_INTERVAL_MS: { fits: ['10', '60000'], unfit: [['5', 'from 10'], ['60001', 'to 60000'], ['250ms', 'whole number']] },
  PROGRESS_INTERVAL_MS: { fits: ['0', '1000'], unfit: [['1.5', 'whole number']] },
  TTL_SWEEP_FOREIGN_GRACE_SECONDS: { fits: ['0', '86400'], unfit: [['1h', 'whole number']] },
  TTL_SWEEP_INTERVAL_SECONDS: { fits: ['1'], unfit: [['0', 'from 1']] },
  TTL_SWEEP_BATCH: { fits: ['1', '5000'], unfit: [['5001', 'to 5000']] },
  TTL_DRY_RUN: { fits: ['true', 'false'], unfit: [['yes', 'true, false'], ['1', 'true, false']] },
  DEFAULT_TTL_SECONDS: { fits: ['0', '315360000'], unfit: [['315360001', 'to 315360000'], ['never', 'whole number']] },
  TOMBSTONE_TTL_DAYS: { fits: ['1'], unfit: [['0', 'from 1']] },
  LEADER_ELECTION: { fits: ['true', 'false'], unfit: [['on', 'true, false']] },
  LEASE_NAME: { fits: ['jobs', 'a.b-c'], unfit: [['Jobs', 'no object name'], ['a..b', 'no object name']] },
  LEASE_NAMESPACE: { fits: ['jobs'], unfit: [['a.b', 'no namespace name']] },
  HTTP_HOST: { fits: ['127.0.0.1', '::', 'localhost'], unfit: [['127.0.0.1:80', 'IP address']] },
  HTTP_PORT: { fits: ['0', '8080'], unfit: [['70000', 'to 65535'], ['tcp://10.0.0.1:80', 'enableServiceLinks']] },
  LOG_LEVEL: { fits: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'], unfit: [['silent', 'trace, debug, info, warn, error, fatal']] },
  LOG_FORMAT: { fits: ['json', 'pretty'], unfit: [['text', 'json, pretty']] },
};

describe.each(Object.entries(CASES))('%s', (name, { fits, unfit }) => {
  if (fits.length > 0) {
    it.each(fits)('takes %j', (text) => {
      expect(problemsOf({ [name]: text })).toEqual([]);
    });
  }
  if (unfit.length > 0) {
    it.each(unfit)('refuses %j and says %j', (text, message) => {
      const problems = problemsOf({ [name]: text });
      expect(problems).toHaveLength(1);
      expect(problems[0]?.problem).toContain(message);
      expect(problems[0]?.problem).toContain('allowed');
    });
  }
});

describe('the password', () => {
  const withoutPassword = { DB_PASSWORD: '' };

  it('has to come from somewhere', () => {
    expect(problemsOf(withoutPassword)).toEqual([{ variable: 'DB_PASSWORD_FILE', problem: expect.stringContaining('is not set') }]);
  });

  it('may come from a file, which is named and not read into the configuration', () => {
    const { config } = readConfig({ ...VALID, ...withoutPassword, DB_PASSWORD_FILE: '/pw' }, FILES);
    expect(config?.database.password).toEqual({ kind: 'file', path: '/pw' });
  });

  it.each([
    ['/nowhere', 'does not exist'],
    ['/locked', 'may not read'],
    ['/folder', 'a folder'],
    ['/empty', 'an empty file'],
    ['/broken', 'EIO'],
  ])('is refused from %s, without repeating the path, which may be the password itself', (path, message) => {
    const problems = problemsOf({ ...withoutPassword, DB_PASSWORD_FILE: path });
    expect(problems).toEqual([{ variable: 'DB_PASSWORD_FILE', problem: expect.stringContaining(message) }]);
    expect(problems[0]?.problem).not.toContain(path);
  });
});

describe('the help', () => {
  it('names every variable once, with its default and what it is for', () => {
    const text = describeVariables();
    for (const [name, { description, shownDefault }] of Object.entries(VARIABLES)) {
      expect(text).toContain(`  ${name} (${shownDefault})\n      ${description}`);
    }
  });
});
