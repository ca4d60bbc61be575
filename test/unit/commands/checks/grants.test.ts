import { describe, expect, it } from '@jest/globals';
import { holds } from '../../../../src/commands/checks/grants.ts';

const CREATE = { name: 'CREATE', database: 'word_press', table: 'jobs' };

describe('the privilege CREATE on word_press.jobs', () => {
  it.each([
    ['everything everywhere', 'GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION'],
    ['a list everywhere, as MySQL 8 prints it', 'GRANT SELECT, CREATE, DROP ON *.* TO `admin`@`%`'],
    ['everything in the database', 'GRANT ALL PRIVILEGES ON `word_press`.* TO `admin`@`%`'],
    ['the database with its underscore escaped', 'GRANT CREATE ON `word\\_press`.* TO `admin`@`%`'],
    ['a pattern of databases', 'GRANT CREATE ON `word%`.* TO `admin`@`%`'],
    ['the table itself', 'GRANT SELECT, CREATE ON `word_press`.`jobs` TO `admin`@`%`'],
    ['names without quotes', "GRANT CREATE ON word_press.* TO 'admin'@'%' IDENTIFIED BY PASSWORD '*X'"],
    ['small letters', 'grant create on `word_press`.* to `admin`@`%`'],
  ])('is held by %s', (_, line) => {
    expect(holds(['GRANT USAGE ON *.* TO `admin`@`%`', line], CREATE)).toBe('yes');
  });

  it.each([
    ['another database', 'GRANT ALL PRIVILEGES ON `other`.* TO `admin`@`%`'],
    ['another table', 'GRANT CREATE ON `word_press`.`sites` TO `admin`@`%`'],
    ['other privileges of the database', 'GRANT SELECT, CREATE VIEW, CREATE ROUTINE ON `word_press`.* TO `admin`@`%`'],
    ['a pattern of another length', 'GRANT CREATE ON `word_`.* TO `admin`@`%`'],
    ['a dot, which is no pattern', 'GRANT CREATE ON `word.press`.* TO `admin`@`%`'],
    ['a table of a database whose name only looks like a pattern', 'GRANT CREATE ON `word%`.`jobs` TO `admin`@`%`'],
    ['usage alone', 'GRANT USAGE ON *.* TO `admin`@`%`'],
    ['a proxy', "GRANT PROXY ON ``@`` TO 'root'@'localhost' WITH GRANT OPTION"],
  ])('is not held by %s', (_, line) => {
    expect(holds([line], CREATE)).toBe('no');
  });

  it('may be held by a role, which SHOW GRANTS does not open', () => {
    expect(holds(['GRANT USAGE ON *.* TO `admin`@`%`', 'GRANT `app`@`%` TO `admin`@`%`'], CREATE)).toBe('unknown');
  });

  it('is not held by a grant on columns', () => {
    expect(holds(['GRANT SELECT (job_id, status), INSERT (job_id) ON `word_press`.`jobs` TO `admin`@`%`'], { ...CREATE, name: 'SELECT' })).toBe('no');
  });
});
