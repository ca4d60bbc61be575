import { describe, expect, it } from '@jest/globals';
import { judgeBinlog, judgeBinlogFailure } from '../../../../src/commands/checks/binlog.ts';
import { OperatorError } from '../../../../src/errors.ts';

describe('the binary log', () => {
  it('is well when it is written by row and open to the user', () => {
    const grants = ['GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `jobs_operator`@`%`'];
    expect(judgeBinlog('binlog.000007', grants, 'jobs_operator')).toMatchObject({ level: 'ok' });
  });

  it.each<[string, readonly string[]]>([
    ['may not read it', ['GRANT USAGE ON *.* TO `u`@`%`', 'GRANT SELECT ON `wordpress`.`jobs` TO `u`@`%`']],
    ['may do so by a role only', ['GRANT USAGE ON *.* TO `u`@`%`', 'GRANT `replicas`@`%` TO `u`@`%`']],
  ])('is worth a look, and no failure, when the user %s', (_, grants) => {
    expect(judgeBinlog('binlog.000007', grants, 'u')).toMatchObject({ level: 'warn', advice: 'GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO the user u.' });
  });

  it('names the privilege that is missing when the server says so', () => {
    expect(judgeBinlogFailure(new OperatorError('DATABASE_REFUSED', 'binlog: MySQL error 1227', { status: 1227 }), 'u')).toMatchObject({
      level: 'warn',
      advice: 'GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO the user u.',
    });
  });

  it('says what the server lacks', () => {
    const finding = judgeBinlogFailure(new OperatorError('DATABASE_REFUSED', 'binlog: the server writes no binary log (log_bin is off)'), 'u');
    expect(finding).toMatchObject({ level: 'warn', text: expect.stringContaining('log_bin is off') });
  });
});
