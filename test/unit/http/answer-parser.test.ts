import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AnswerParser, BrokenAnswer } from '../../../src/http/answer-parser.ts';

interface Seen {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Feeds the bytes in pieces; a new answer is due whenever one has ended, up to `due` of them. */
function parse(bytes: Buffer, { cuts = [] as readonly number[], due = 1 } = {}): { readonly answers: readonly Seen[]; readonly parser: AnswerParser } {
  const answers: Seen[] = [];
  let current: Omit<Seen, 'body'> | undefined;
  let body: Buffer[] = [];
  const parser = new AnswerParser({
    onHead(status, headers) {
      current = { status, headers: Object.fromEntries(headers) };
      body = [];
    },
    onData: (part) => body.push(Buffer.from(part)),
    onEnd() {
      if (current === undefined) throw new Error('an end without a head');
      answers.push({ ...current, body: Buffer.concat(body).toString() });
      current = undefined;
      if (answers.length < due) parser.expect();
    },
  });
  parser.expect();
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted((a, b) => a - b);
  places.slice(1).forEach((end, index) => parser.feed(bytes.subarray(places[index], end)));
  return { answers, parser };
}

/** What was thrown that is no verdict on the bytes. */
function faultOf(parsing: () => unknown): unknown {
  try {
    parsing();
    return undefined;
  } catch (error) {
    return error instanceof BrokenAnswer ? undefined : error;
  }
}

const answer = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'));

const sized = answer('HTTP/1.1 200 OK', 'Content-Type: application/json', 'Content-Length: 14', '', '{"a":"é😀"}');
const chunked = answer('HTTP/1.1 201 Created', 'Transfer-Encoding: chunked', '', '5;ext=1', 'hello', '6', ' world', '0', 'X-Trailer: t', '', '');
const empty = answer('HTTP/1.1 204 No Content', 'Date: now', '', '');
const early = answer('HTTP/1.1 103 Early Hints', 'Link: x', '', 'HTTP/1.1 200 OK', 'Content-Length: 2', '', 'ok');

describe('an answer', () => {
  it('with a length ends after so many bytes', () => {
    const { answers, parser } = parse(answer('HTTP/1.1 200 OK', 'Content-Type: text/plain', 'Content-Length:  2 ', '', 'ok'));
    expect(answers).toEqual([{ status: 200, headers: { 'content-type': 'text/plain', 'content-length': '2' }, body: 'ok' }]);
    expect(parser.isReusable).toBe(true);
  });

  it('in chunks ends with an empty one and its trailers', () => {
    expect(parse(chunked).answers).toMatchObject([{ status: 201, body: 'hello world' }]);
  });

  it('without a body has none, whatever its headers say', () => {
    expect(parse(answer('HTTP/1.1 304 Not Modified', 'Content-Length: 5', '', '')).answers).toMatchObject([{ status: 304, body: '' }]);
    expect(parse(empty).answers).toMatchObject([{ status: 204, body: '' }]);
  });

  it('of which only hints have come is not there yet', () => {
    expect(parse(early).answers).toMatchObject([{ status: 200, body: 'ok' }]);
  });

  it('without any length ends with the connection, which is of no more use then', () => {
    const { answers, parser } = parse(answer('HTTP/1.1 200 OK', '', 'as long as'));
    expect(answers).toEqual([]);
    parser.finish();
    expect(answers).toMatchObject([{ body: 'as long as' }]);
    expect(parser.isReusable).toBe(false);
  });

  it.each([
    ['HTTP/1.1 200 OK', 'Connection: close'],
    ['HTTP/1.1 200 OK', 'Connection: Foo, Close'],
    ['HTTP/1.0 200 OK', 'Date: now'],
  ])('says when the connection ends after it: %s, %s', (status, header) => {
    expect(parse(answer(status, header, 'Content-Length: 0', '', '')).parser.isReusable).toBe(false);
  });

  it('may repeat a header, whose values are then one list', () => {
    expect(parse(answer('HTTP/1.1 200 OK', 'Warning: a', 'WARNING: b', 'Content-Length: 0', '', '')).answers[0]?.headers['warning']).toBe('a, b');
  });

  it('is the same however its bytes are cut on the way', () => {
    const all = Buffer.concat([sized, chunked, empty, early, sized]);
    const whole = parse(all, { due: 5 }).answers;
    expect(whole).toHaveLength(5);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: all.length }), { maxLength: 40 }), (cuts) => {
        expect(parse(all, { cuts, due: 5 }).answers).toEqual(whole);
      }),
    );
  });
});

describe('what is no answer', () => {
  it.each([
    ['another protocol', answer('SSH-2.0-OpenSSH', '', '')],
    ['another version', answer('HTTP/2 200', '', '')],
    ['a status that is none', answer('HTTP/1.1 2000 OK', '', '')],
    ['a line without a name', answer('HTTP/1.1 200 OK', ': x', '', '')],
    ['a line without a colon', answer('HTTP/1.1 200 OK', 'Content-Length', '', '')],
    ['a line that goes on with the one before', answer('HTTP/1.1 200 OK', 'Content-Length: 1', ' 2', '', '')],
    ['a length that is none', answer('HTTP/1.1 200 OK', 'Content-Length: -1', '', '')],
    ['two lengths', answer('HTTP/1.1 200 OK', 'Content-Length: 1', 'Content-Length: 2', '', '')],
    ['a length and chunks', answer('HTTP/1.1 200 OK', 'Content-Length: 1', 'Transfer-Encoding: chunked', '', '')],
    ['an encoding that nobody asked for', answer('HTTP/1.1 200 OK', 'Transfer-Encoding: gzip, chunked', '', '')],
    ['a chunk without a size', answer('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', 'xyz', '')],
    ['a chunk that is longer than it said', answer('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '2', 'abc', '')],
    ['a switch of protocols', answer('HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', '', 'x')],
    ['more than was asked for', answer('HTTP/1.1 200 OK', 'Content-Length: 1', '', 'ab')],
    ['a head without an end', Buffer.alloc(70_000, 'x')],
  ])('is told apart: %s', (_, bytes) => {
    const fed = (): void => parse(bytes).parser.finish();
    expect(fed).toThrow(BrokenAnswer);
  });

  it.each([
    ['in its head', answer('HTTP/1.1 200 OK', 'Content-Le')],
    ['in its body', answer('HTTP/1.1 200 OK', 'Content-Length: 3', '', 'ab')],
    ['between chunks', answer('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '2', 'ab', '')],
    ['before the trailers', answer('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '0', '')],
  ])('is one that ends in the middle: %s', (_, bytes) => {
    const { parser, answers } = parse(bytes);
    expect(answers).toEqual([]);
    expect(() => parser.finish()).toThrow(BrokenAnswer);
  });

  it('is found out without a crash, whatever the bytes are', () => {
    const piece = fc.oneof(
      fc.constantFrom('HTTP/1.1 200 OK\r\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n', '\r\n', '3\r\nabc\r\n', '0\r\n\r\n', 'ffffffffffff\r\n'),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(200), { maxLength: 5 }), (pieces, cuts) => {
        expect(faultOf(() => parse(Buffer.from(pieces.join(''), 'latin1'), { cuts }))).toBe(undefined);
      }),
    );
  });
});
