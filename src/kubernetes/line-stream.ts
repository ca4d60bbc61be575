/** An answer that comes line by line and does not end by itself: a watch. */
import type { Dispatcher } from 'undici';
import { NoAnswer, dispatchOptions, noAnswer } from './exchange.ts';
import type { Headers, Outgoing } from './exchange.ts';

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
export async function openLines(dispatcher: Dispatcher, outgoing: Outgoing, limits: StreamLimits): Promise<OpenedStream> {
  const reader = new LineReader(limits.maxLineBytes);
  const { signal, timeoutMs } = limits;
  const onAbort = (): void => reader.fail(signal?.reason instanceof Error ? signal.reason : new NoAnswer('broken', 'aborted', signal?.reason));
  const timer = setTimeout(() => reader.fail(new NoAnswer('timeout', `no answer within ${timeoutMs} ms`)), timeoutMs);
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  const release = (): void => signal?.removeEventListener('abort', onAbort);
  try {
    if (!signal?.aborted) {
      dispatcher.dispatch(dispatchOptions(outgoing), reader);
    }
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

class LineReader implements Dispatcher.DispatchHandler {
  readonly started: Promise<{ readonly status: number; readonly headers: Headers }>;
  readonly #maxLineBytes: number;
  readonly #start: PromiseWithResolvers<{ readonly status: number; readonly headers: Headers }> = Promise.withResolvers();
  #controller: Dispatcher.DispatchController | undefined;
  #ready: Buffer[] = [];
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

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#error) controller.abort(this.#error);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#start.resolve({ status, headers });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.#hold(chunk.subarray(from, end));
      const line = this.#take();
      if (line.length > 0) {
        this.#ready.push(line);
        this.#readyBytes += line.length;
      }
      from = end + 1;
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from));
    if (this.#partialBytes > this.#maxLineBytes) {
      this.fail(new NoAnswer('too-large', `a line is larger than ${this.#maxLineBytes} bytes`));
      return;
    }
    if (this.#readyBytes > HIGH_WATER_BYTES) controller.pause();
    this.#wake?.();
  }

  onResponseEnd(): void {
    if (this.#partialBytes > 0) this.#error ??= new NoAnswer('broken', 'the answer ended in the middle of a line');
    this.#ended = true;
    this.#wake?.();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#settle(noAnswer(error, this.#controller !== undefined));
  }

  /** Breaks the stream off; the first failure counts. */
  fail(error: Error): void {
    this.#settle(error);
    this.#controller?.abort(error);
  }

  /** The whole answer as text, at most so many bytes of it. */
  async rest(limit: number): Promise<string> {
    const parts: Buffer[] = [];
    let size = 0;
    while (size <= limit && (await this.#more())) {
      for (const line of this.#drain()) {
        parts.push(line);
        size += line.length;
      }
    }
    if (this.#partialBytes > 0) parts.push(this.#take());
    this.#controller?.abort(new Error('read enough'));
    return Buffer.concat(parts).subarray(0, limit).toString('utf8');
  }

  async *lines(release: () => void): AsyncGenerator<string, void, undefined> {
    try {
      while (await this.#more()) {
        for (const line of this.#drain()) yield line.toString('utf8');
      }
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

  #drain(): Buffer[] {
    const lines = this.#ready;
    this.#ready = [];
    this.#readyBytes = 0;
    if (this.#controller?.paused) this.#controller.resume();
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

  #hold(part: Buffer): void {
    this.#partial.push(part);
    this.#partialBytes += part.length;
  }

  #take(): Buffer {
    const [only] = this.#partial;
    const line = only && this.#partial.length === 1 ? only : Buffer.concat(this.#partial, this.#partialBytes);
    this.#partial = [];
    this.#partialBytes = 0;
    return line;
  }
}
