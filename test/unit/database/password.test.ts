import { describe, expect, it } from '@jest/globals';
import { passwordFrom } from '../../../src/database/password.ts';

function fileThat(content: string) {
  const file = { content, now: 0, missing: false };
  const password = passwordFrom(
    { kind: 'file', path: '/etc/db/password' },
    {
      now: () => file.now,
      readFile: () => {
        if (file.missing) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT', syscall: 'open' });
        return file.content;
      },
    },
  );
  return { file, password };
}

describe('the database password', () => {
  it('is the value of the variable as it stands', () => {
    expect(passwordFrom({ kind: 'value', value: ' a\n' })()).toBe(' a\n');
  });

  it('is what the file holds, without the newline that editors add, and with all other white space', () => {
    expect(fileThat('secret\n').password()).toBe('secret');
    expect(fileThat('secret\r\n').password()).toBe('secret');
    expect(fileThat(' se cret \n\n').password()).toBe(' se cret \n');
  });

  it('follows the file within a second', () => {
    const { file, password } = fileThat('old');
    file.content = 'new';
    file.now = 1_000;
    expect(password()).toBe('new');
  });

  it('stands while the file is being replaced', () => {
    const { file, password } = fileThat('old');
    file.missing = true;
    file.now = 5_000;
    expect(password()).toBe('old');
    file.missing = false;
    file.content = 'new';
    file.now = 10_000;
    expect(password()).toBe('new');
  });

  it('is refused at start when the file is not there', () => {
    expect(() => passwordFrom({ kind: 'file', path: '/no/such/file' })).toThrow(/ENOENT/);
  });
});
