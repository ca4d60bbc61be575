/** An answer that comes line by line and does not end by itself: a watch. */
import { answerTimeout } from '../engine/answer-timeout.ts';
import { onAbort } from '../engine/on-abort.ts';
import type { AnswerHandler, Headers, HttpRequest } from '../http/message.ts';
import type { Exchange, HttpPool } from '../http/pool.ts';
import { NoAnswer, noAnswer, reasonOf } from './exchange.ts';

export interface LineHandler {
  /** The answer has begun, well or not. */
  onStart(status: number): void;
  /**
   * A line of a good answer, empty ones left out. It is called while the connection is read, so nothing is read ahead of it. What it throws
   * ends the stream.
   */
  onLine(line: string): void;
}

/** An answer that was no success: whatever its body says, as far as it is worth reading. */
export interface RefusedStream {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface StreamLimits {
  /** Until the first byte of the answer; afterwards the reader decides how long silence may last. Milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** A line over this many bytes ends the stream. */
  readonly maxLineBytes: number;
}

const REFUSAL_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * Resolves when the server ends the answer after a whole line, with the refusal if it was one.
 *
 * @throws NoAnswer, the signal's reason when it is aborted, or what the handler threw; the connection is closed then
 */
export function followLines(pool: HttpPool, request: HttpRequest, limits: StreamLimits, handler: LineHandler): Promise<RefusedStream | undefined> {
  const { signal, timeoutMs } = limits;
  if (signal?.aborted) return Promise.reject(reasonOf(signal));
  const reader = new LineReader(handler, limits.maxLineBytes);
  const sent = pool.send(request, reader);
  const answered = answerTimeout(timeoutMs, () => reader.fail(new NoAnswer('timeout', `no answer within ${timeoutMs} ms`)));
  const release = signal && onAbort(signal, () => reader.fail(reasonOf(signal)));
  reader.follow(sent, answered);
  return reader.ended.finally(() => {
    answered();
    release?.();
  });
}

class LineReader implements AnswerHandler {
  readonly #handler: LineHandler;
  readonly #maxLineBytes: number;
  readonly #end = Promise.withResolvers<RefusedStream | undefined>();
  #exchange: Exchange | undefined;
  #started: (() => void) | undefined;
  #refused: Omit<RefusedStream, 'text'> | undefined;
  /** The beginning of a line, or of a refusal. */
  #partial: Buffer[] = [];
  #partialBytes = 0;

  constructor(handler: LineHandler, maxLineBytes: number) {
    this.#handler = handler;
    this.#maxLineBytes = maxLineBytes;
  }

  get ended(): Promise<RefusedStream | undefined> {
    return this.#end.promise;
  }

  /** @param exchange the request that it reads the answer of @param started called once that has begun */
  follow(exchange: Exchange, started: () => void): void {
    this.#exchange = exchange;
    this.#started = started;
  }

  /** Breaks the stream off. */
  fail(error: Error): void {
    this.#end.reject(error);
    this.#exchange?.abort();
  }

  onHead(status: number, headers: Headers): void {
    this.#started?.();
    this.#handler.onStart(status);
    if (status >= 300) this.#refused = { status, headers };
  }

  onData(chunk: Buffer): void {
    if (this.#refused !== undefined) {
      this.#hold(chunk);
      if (this.#partialBytes >= REFUSAL_BYTES) this.#refuse(this.#refused);
      return;
    }
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      if (!this.#handOn(this.#take(chunk.subarray(from, end)))) return;
      from = end + 1;
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from));
    if (this.#partialBytes > this.#maxLineBytes) this.fail(new NoAnswer('too-large', `a line is larger than ${this.#maxLineBytes} bytes`));
  }

  onEnd(): void {
    if (this.#refused !== undefined) this.#refuse(this.#refused);
    else if (this.#partialBytes > 0) this.fail(new NoAnswer('broken', 'the answer ended in the middle of a line'));
    else this.#end.resolve(undefined);
  }

  onError(error: Error, sent: boolean): void {
    this.fail(noAnswer(error, sent));
  }

  #refuse(refused: Omit<RefusedStream, 'text'>): void {
    this.#end.resolve({ ...refused, text: this.#take().slice(0, REFUSAL_BYTES) });
    this.#exchange?.abort();
  }

  /** False when the handler has had enough. */
  #handOn(line: string): boolean {
    if (line === '') return true;
    try {
      this.#handler.onLine(line);
      return true;
    } catch (error) {
      this.#end.reject(error);
      this.#exchange?.abort();
      return false;
    }
  }

  /** @param part borrowed */
  #hold(part: Buffer): void {
    this.#partial.push(Buffer.from(part));
    this.#partialBytes += part.length;
  }

  /** What is held, and this behind it, as text. */
  #take(part?: Buffer): string {
    if (this.#partial.length === 0) return part === undefined ? '' : part.toString('utf8');
    const held = this.#partial;
    if (part !== undefined) held.push(part);
    this.#partial = [];
    this.#partialBytes = 0;
    return Buffer.concat(held).toString('utf8');
  }
}
