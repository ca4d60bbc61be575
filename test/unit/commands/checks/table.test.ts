import { describe, expect, it } from '@jest/globals';
import { ddlNeeds, judgeDdl, judgeTable, judgeTrial } from '../../../../src/commands/checks/table.ts';
import { DEFAULT_TIMEOUTS, type DatabaseSettings } from '../../../../src/database/settings.ts';
import type { ColumnShape, TableShape } from '../../../../src/database/shape.ts';
import { OperatorError } from '../../../../src/errors.ts';

const SETTINGS: DatabaseSettings = {
  host: 'db',
  port: 3306,
  name: 'word`press',
  user: 'admin',
  password: { kind: 'value', value: 's3cret' },
  tls: { mode: 'off', caFile: undefined },
  poolSize: 1,
  timeouts: DEFAULT_TIMEOUTS,
};

function column(name: string, type: string, more: Partial<ColumnShape> = {}): ColumnShape {
  return { name, type, nullable: true, default: null, extra: '', ...more };
}

const NOW = { default: 'CURRENT_TIMESTAMP', extra: 'DEFAULT_GENERATED' };
const DESCRIBED: TableShape = {
  kind: 'BASE TABLE',
  engine: 'InnoDB',
  columns: [
    column('job_id', 'varchar(36)', { nullable: false }),
    column('type', "enum('clone','restore','delete')", { nullable: false }),
    column('status', "enum('pending','running','completed','failed','cancelled')", { nullable: false, default: 'pending' }),
    column('progress', 'int', { default: '0' }),
    column('request_payload', 'json', { nullable: false }),
    column('result', 'json'),
    column('error', 'text'),
    column('created_at', 'timestamp', NOW),
    column('updated_at', 'timestamp', { ...NOW, extra: 'DEFAULT_GENERATED on update CURRENT_TIMESTAMP' }),
    column('completed_at', 'timestamp'),
    column('ttl_expires_at', 'timestamp'),
  ],
  indexes: [
    { name: 'PRIMARY', unique: true, columns: ['job_id'] },
    { name: 'idx_status', unique: false, columns: ['status'] },
    { name: 'idx_ttl_expires_at', unique: false, columns: ['ttl_expires_at'] },
  ],
};
const FULL: TableShape = { ...DESCRIBED, indexes: [...DESCRIBED.indexes, { name: 'idx_updated_at', unique: false, columns: ['updated_at'] }] };

function levels(shape: TableShape | undefined, mode: 'create' | 'full' | 'off'): readonly string[] {
  return judgeTable(shape, mode).map(({ level, subject }) => `${level} ${subject}`);
}

describe('the jobs table', () => {
  it('of the description fits, and could have one more index', () => {
    expect(levels(DESCRIBED, 'create')).toEqual(['ok table jobs', 'warn optional index on updated_at']);
  });

  it('with the optional index leaves nothing to say', () => {
    expect(levels(FULL, 'off')).toEqual(['ok table jobs', 'ok optional index on updated_at']);
  });

  it('gets the index by itself with DB_MIGRATE=full', () => {
    expect(levels(DESCRIBED, 'full')).toEqual(['ok table jobs', 'ok optional index on updated_at']);
  });

  it('that is missing is a failure only when nobody will make it', () => {
    expect(levels(undefined, 'create')).toEqual(['ok table jobs']);
    expect(levels(undefined, 'off')).toEqual(['FAIL table jobs']);
  });

  it('that does not fit gets a line for each reason', () => {
    const columns = DESCRIBED.columns.filter(({ name }) => name !== 'progress').map((each) => (each.name === 'result' ? { ...each, type: 'varchar(10)' } : each));
    const findings = judgeTable({ ...DESCRIBED, columns }, 'create');
    expect(findings.map(({ level, text }) => `${level} ${text}`)).toEqual([
      expect.stringMatching(/^FAIL column progress is missing/),
      expect.stringMatching(/^FAIL column result is varchar\(10\)/),
    ]);
  });

  it('without an index of the description is slow, and told how to get it', () => {
    const findings = judgeTable({ ...FULL, indexes: FULL.indexes.filter(({ name }) => name !== 'idx_status') }, 'create');
    expect(findings[1]).toMatchObject({ level: 'warn', subject: 'index on status', advice: 'ALTER TABLE jobs ADD INDEX idx_status (status).' });
  });
});

describe('a privilege that was tried', () => {
  it('is granted when the statement went through', () => {
    expect(judgeTrial('UPDATE', SETTINGS, undefined).level).toBe('ok');
  });

  it('is denied when the server says so, with the GRANT to run', () => {
    const denied = new OperatorError('DATABASE_REFUSED', 'doctor: MySQL error 1142', { status: 1142 });
    expect(judgeTrial('DELETE', SETTINGS, denied)).toMatchObject({
      level: 'FAIL',
      text: 'denied',
      advice: 'GRANT DELETE ON `word``press`.`jobs` TO the user admin.',
    });
  });

  it('may be denied for a column alone, which the scripts of the manifests give', () => {
    const denied = new OperatorError('DATABASE_REFUSED', 'doctor: MySQL error 1143', { status: 1143 });
    expect(judgeTrial('UPDATE', SETTINGS, denied)).toMatchObject({
      level: 'FAIL',
      text: 'denied for a column',
      advice: 'GRANT UPDATE ON `word``press`.`jobs` TO the user admin. Less is enough: grants-operator.sql, and on MariaDB grants-operator-mariadb.sql on top.',
    });
  });

  it('is not known when something else went wrong, such as a server that takes no writes', () => {
    const readOnly = new OperatorError('DATABASE_READ_ONLY', 'doctor: MySQL error 1290', { status: 1290 });
    expect(judgeTrial('INSERT', SETTINGS, readOnly)).toMatchObject({ level: 'FAIL', text: 'doctor: MySQL error 1290', advice: readOnly.hint });
  });
});

describe('the privileges for DB_MIGRATE', () => {
  it('are asked for only when it would do something', () => {
    expect(ddlNeeds('off', undefined)).toEqual([]);
    expect(ddlNeeds('create', DESCRIBED)).toEqual([]);
    expect(ddlNeeds('create', undefined)).toEqual(['CREATE']);
    expect(ddlNeeds('full', DESCRIBED)).toEqual(['CREATE', 'ALTER']);
  });

  it('are read from the grants, and doubtful when a role may hold them', () => {
    expect(judgeDdl('CREATE', SETTINGS, ['GRANT ALL PRIVILEGES ON *.* TO `admin`@`%`']).level).toBe('ok');
    expect(judgeDdl('CREATE', SETTINGS, ['GRANT USAGE ON *.* TO `admin`@`%`']).level).toBe('FAIL');
    expect(judgeDdl('CREATE', SETTINGS, ['GRANT `app`@`%` TO `admin`@`%`']).level).toBe('warn');
  });
});
