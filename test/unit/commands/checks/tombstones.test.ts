import { describe, expect, it } from '@jest/globals';
import { judgeTombstones } from '../../../../src/commands/checks/tombstones.ts';
import type { TableShape } from '../../../../src/database/shape.ts';

/** Without most of its columns. */
const MANGLED: TableShape = { kind: 'BASE TABLE', engine: 'MyISAM', columns: [], indexes: [] };

describe('the table of tombstones, to doctor', () => {
  it('is nobody’s concern without CLUSTER_NAME', () => {
    expect(judgeTombstones(undefined, undefined, 'create')).toEqual([]);
    expect(judgeTombstones(MANGLED, undefined, 'full')).toEqual([]);
  });

  it.each(['create', 'off'] as const)('is missed with DB_MIGRATE=%s, and what to run is said', (mode) => {
    expect(judgeTombstones(undefined, 'prod', mode)).toEqual([
      { level: 'warn', subject: 'table jobs_tombstones', text: expect.stringContaining('Jobs with an idempotencyKey are refused'), advice: expect.stringContaining('`jobs-operator migrate` with DB_MIGRATE=full') },
    ]);
  });

  it('will be made at start with DB_MIGRATE=full', () => {
    expect(judgeTombstones(undefined, 'prod', 'full')).toMatchObject([{ level: 'ok' }]);
  });

  it('that does not fit is told by column', () => {
    const findings = judgeTombstones(MANGLED, 'prod', 'full');
    expect(findings.map(({ level }) => level)).not.toContain('FAIL');
    expect(findings.map(({ text }) => text)).toContainEqual(expect.stringContaining('column payload_digest is missing, expected char(22): Jobs with an idempotencyKey are refused'));
  });
});
