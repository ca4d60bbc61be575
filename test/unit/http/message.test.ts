import { describe, expect, it } from '@jest/globals';
import { headerLines } from '../../../src/http/message.ts';

describe('the headers of a request', () => {
  it('are lines', () => {
    expect(headerLines({ accept: 'a/b;q=0.5, c/d', authorization: 'Bearer x.y' })).toBe('accept: a/b;q=0.5, c/d\r\nauthorization: Bearer x.y\r\n');
  });

  it.each(['a\r\nx: y', 'a\nb', 'a\0', 'é', '\u{1f600}'])('carry nothing that could end their line: %j', (value) => {
    expect(() => headerLines({ authorization: value })).toThrow(/^the value of the header authorization has characters/);
  });
});
