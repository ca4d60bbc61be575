/** The bytes of a connection -> answers, one after another: the message framing of RFC 9112, section 6, for a client. */
import type { Headers } from './message.ts';

/** What the parser finds, in this order. */
export interface AnswerParts {
  onHead(status: number, headers: Headers): void;
  /** Part of the body; a view of what was fed. */
  onData(part: Buffer): void;
  onEnd(): void;
}

/** What came is not HTTP/1.1, or not all of it came; the connection is of no more use. */
export class BrokenAnswer extends Error {
  override readonly name = 'BrokenAnswer';
  readonly code = 'BROKEN_ANSWER';
}

/** Head, or line of a chunk; the API server itself takes heads of up to 1 MiB and sends some of 400 bytes. */
const LONGEST_HEAD = 64 * 1024;

const LINE_END = Buffer.from('\r\n');
const HEAD_END = Buffer.from('\r\n\r\n');
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/;
const CHUNK_SIZE = /^([\da-fA-F]{1,12})[\t ]*(?:;|$)/;

/**
 * - `idle`: no answer is due;
 * - `head`, `size`, `trailer`: a line, or the block of lines, has to be there whole;
 * - `sized`, `chunk`: so many bytes of the body are still to come;
 * - `chunk-end`: the line end behind a chunk;
 * - `endless`: the body ends with the connection.
 */
type State = 'idle' | 'head' | 'sized' | 'size' | 'chunk' | 'chunk-end' | 'trailer' | 'endless';

export class AnswerParser {
  readonly #parts: AnswerParts;
  #state: State = 'idle';
  #remaining = 0;
  #reusable = true;
  /** The beginning of what has to be there whole; the only bytes that are kept. */
  #kept: Buffer | undefined;

  constructor(parts: AnswerParts) {
    this.#parts = parts;
  }

  /** A request was sent. Call it only when the answer before has ended. */
  expect(): void {
    this.#state = 'head';
    this.#reusable = true;
  }

  /** Whether the connection can carry another request, once the answer has ended. */
  get isReusable(): boolean {
    return this.#reusable;
  }

  /** @throws BrokenAnswer, also when more comes than the answer that is due */
  feed(bytes: Buffer): void {
    const buffer = this.#kept === undefined ? bytes : Buffer.concat([this.#kept, bytes]);
    this.#kept = undefined;
    let at = 0;
    while (at < buffer.length) {
      const next = this.#step(buffer, at);
      if (next === undefined) {
        if (buffer.length - at > LONGEST_HEAD) throw new BrokenAnswer('a head without an end');
        this.#kept = Buffer.from(buffer.subarray(at));
        return;
      }
      at = next;
    }
  }

  /** The connection has ended. @throws BrokenAnswer when that was in the middle of an answer */
  finish(): void {
    if (this.#state === 'endless') this.#complete();
    else if (this.#state !== 'idle') throw new BrokenAnswer('the connection ended before the answer did');
  }

  /** One step from `at` on; returns where the next begins, or undefined when more bytes are needed for this one. */
  #step(buffer: Buffer, at: number): number | undefined {
    switch (this.#state) {
      case 'idle':
        throw new BrokenAnswer('an answer that nobody asked for');
      case 'head':
        return this.#upTo(HEAD_END, buffer, at, (text) => this.#head(text));
      case 'sized':
        return this.#body(buffer, at, () => this.#complete());
      case 'chunk':
        return this.#body(buffer, at, () => (this.#state = 'chunk-end'));
      case 'chunk-end':
        return this.#upTo(LINE_END, buffer, at, (text) => {
          if (text !== '') throw new BrokenAnswer('a chunk is longer than it said');
          this.#state = 'size';
        });
      case 'size':
        return this.#upTo(LINE_END, buffer, at, (text) => this.#chunk(text));
      case 'trailer':
        return this.#upTo(LINE_END, buffer, at, (text) => {
          if (text === '') this.#complete();
        });
      case 'endless':
        this.#parts.onData(buffer.subarray(at));
        return buffer.length;
    }
  }

  #upTo(end: Buffer, buffer: Buffer, at: number, read: (text: string) => void): number | undefined {
    const found = buffer.indexOf(end, at);
    if (found === -1) return undefined;
    read(buffer.toString('latin1', at, found));
    return found + end.length;
  }

  #body(buffer: Buffer, at: number, whenWhole: () => void): number {
    const end = Math.min(buffer.length, at + this.#remaining);
    this.#remaining -= end - at;
    this.#parts.onData(buffer.subarray(at, end));
    if (this.#remaining === 0) whenWhole();
    return end;
  }

  #head(text: string): void {
    const [, minor, code] = STATUS_LINE.exec(text) ?? [];
    if (code === undefined) throw new BrokenAnswer('what came is not HTTP/1.1');
    const status = Number(code);
    if (status === 101) throw new BrokenAnswer('a switch of protocols that nobody asked for');
    // Only a hint: another head follows.
    if (status < 200) return;
    const headers = parseHeaders(text);
    this.#reusable = minor === '1' && !/(?:^|[\s,])close(?:$|[\s,])/i.test(headers.get('connection') ?? '');
    this.#parts.onHead(status, headers);
    this.#frame(status, headers.get('transfer-encoding'), headers.get('content-length'));
  }

  /** How the body is told from what follows it. */
  #frame(status: number, encoding: string | undefined, length: string | undefined): void {
    if (status === 204 || status === 304) {
      this.#complete();
    } else if (encoding !== undefined) {
      // With a length besides it would be a question of taste what the body is, and such questions are how requests are smuggled.
      if (encoding.toLowerCase() !== 'chunked' || length !== undefined) throw new BrokenAnswer('the end of the body is not told in a way that is understood');
      this.#state = 'size';
    } else if (length !== undefined) {
      if (!/^\d{1,15}$/.test(length)) throw new BrokenAnswer('the length of the body is no number');
      this.#remaining = Number(length);
      if (this.#remaining === 0) this.#complete();
      else this.#state = 'sized';
    } else {
      this.#reusable = false;
      this.#state = 'endless';
    }
  }

  #chunk(line: string): void {
    const size = CHUNK_SIZE.exec(line)?.[1];
    if (size === undefined) throw new BrokenAnswer('the size of a chunk is no number');
    this.#remaining = Number.parseInt(size, 16);
    this.#state = this.#remaining === 0 ? 'trailer' : 'chunk';
  }

  #complete(): void {
    this.#state = 'idle';
    this.#parts.onEnd();
  }
}

/** @throws BrokenAnswer for a line that is none */
function parseHeaders(head: string): Headers {
  const headers = new Map<string, string>();
  for (let start = head.indexOf('\r\n') + 2; start > 1; ) {
    const next = head.indexOf('\r\n', start);
    const end = next === -1 ? head.length : next;
    const colon = head.indexOf(':', start);
    // A line that begins with white space goes on with the one before: given up by RFC 9112, and a way to hide something.
    if (colon <= start || colon > end || head.charCodeAt(start) <= 0x20) throw new BrokenAnswer('a line of the head is no header');
    const name = head.slice(start, colon).toLowerCase();
    const value = head.slice(colon + 1, end).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
    start = next + 2;
  }
  return headers;
}
