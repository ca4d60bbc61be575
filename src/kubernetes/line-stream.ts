/** An answer that comes line by line and does not end by itself: a watch. */
import { onAbort } from '../engine/on-abort.ts';
import type { AnswerHandler, Headers, HttpRequest } from '../http/message.ts';
import type { Exchange, HttpPool } from '../http/pool.ts';
import { NoAnswer, noAnswer, reasonOf } from './exchange.ts';

/** An answer that began, and was no success: whatever its body says, as far as it is worth reading. */
export interface RefusedStream {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export type OpenedStream = { readonly refused: RefusedStream } | { readonly lines: AsyncGenerator<string, void, undefined> };

export interface StreamLimits {
  /** Until the first byte of the answer; afterwards the reader decides how long silence may last. Milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** A line over this many bytes ends the stream. */
  readonly maxLineBytes: number;
}

/** The connection is not read further while this many bytes of lines wait to be taken. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024;
const REFUSAL_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/**
 * Resolves when the answer begins. The lines end when the server ends the answer after a whole line. Leaving the loop over
 * them, or the signal, closes the connection.
 *
 * @throws NoAnswer (here, or from the lines), or the signal's reason when it is aborted
 */
export async function openLines(pool: HttpPool, request: HttpRequest, limits: StreamLimits): Promise<OpenedStream> {
  const { signal, timeoutMs } = limits;
  const reader = new LineReader(limits.maxLineBytes);
  const timer = setTimeout(() => reader.fail(new NoAnswer('timeout', `no answer within ${timeoutMs} ms`)), timeoutMs);
  const release = signal ? onAbort(signal, () => reader.fail(reasonOf(signal))) : () => undefined;
  try {
    if (!signal?.aborted) reader.follow(pool.send(request, reader));
    const { status, headers } = await reader.started;
    if (status >= 200 && status < 300) return { lines: reader.lines(release) };
    const text = await reader.rest(REFUSAL_BYTES);
    release();
    return { refused: { status, headers, text } };
  } catch (error) {
    release();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

class LineReader implements AnswerHandler {
  readonly started: Promise<{ readonly status: number; readonly headers: Headers }>;
  readonly #maxLineBytes: number;
  readonly #start: PromiseWithResolvers<{ readonly status: number; readonly headers: Headers }> = Promise.withResolvers();
  #exchange: Exchange | undefined;
  #isPaused = false;
  #ready: string[] = [];
  #readyBytes = 0;
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
    this.started = this.#start.promise;
  }

  /** The request that it is the reader of. */
  follow(exchange: Exchange): void {
    this.#exchange = exchange;
  }

  onHead(status: number, headers: Headers): void {
    this.#start.resolve({ status, headers });
  }

  onData(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.#readyBytes += this.#partialBytes + end - from;
      const line = this.#take(chunk.subarray(from, end));
      if (line !== '') this.#ready.push(line);
      from = end + 1;
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from));
    if (this.#partialBytes > this.#maxLineBytes) {
      this.fail(new NoAnswer('too-large', `a line is larger than ${this.#maxLineBytes} bytes`));
      return;
    }
    if (this.#readyBytes > HIGH_WATER_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.#exchange?.pause();
    }
    this.#wake?.();
  }

  onEnd(): void {
    if (this.#partialBytes > 0) this.#error ??= new NoAnswer('broken', 'the answer ended in the middle of a line');
    this.#ended = true;
    this.#wake?.();
  }

  onError(error: Error, sent: boolean): void {
    this.#settle(noAnswer(error, sent));
  }

  /** Breaks the stream off; the first failure counts. */
  fail(error: Error): void {
    this.#settle(error);
    this.#exchange?.abort();
  }

  /** The answer as text, about so many characters of it, without its line ends. */
  async rest(limit: number): Promise<string> {
    let text = '';
    while (text.length <= limit && (await this.#more())) text += this.#drain().join('');
    text += this.#take();
    this.#exchange?.abort();
    return text.slice(0, limit);
  }

  async *lines(release: () => void): AsyncGenerator<string, void, undefined> {
    try {
      while (await this.#more()) yield* this.#drain();
      if (this.#error) throw this.#error;
    } finally {
      release();
      if (!this.#ended) this.fail(new Error('the reader left'));
    }
  }

  /** False when nothing comes any more. What came whole before a failure is still handed out. */
  async #more(): Promise<boolean> {
    while (this.#ready.length === 0) {
      if (this.#ended) return false;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    return true;
  }

  #drain(): string[] {
    const lines = this.#ready;
    this.#ready = [];
    this.#readyBytes = 0;
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#exchange?.resume();
    }
    return lines;
  }

  #settle(failure: Error): void {
    this.#error ??= failure;
    this.#ended = true;
    this.#start.reject(this.#error);
    // Nobody waits for the start any more once it has come.
    this.#start.promise.catch(() => undefined);
    this.#wake?.();
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
