/** One request and its answer on a connection, straight on undici's dispatch: no streams in between, the text decoded once. */
import type { Dispatcher } from 'undici';

export interface Outgoing {
  /** A proxy has to be told where to; a pool knows. */
  readonly origin: string;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

export interface Limits {
  /** For the whole exchange: waiting for a connection, sending, the answer to its last byte. Milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** An answer over this many bytes is broken off. */
  readonly maxBytes: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Why there is no answer. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly why: 'not-sent' | 'broken' | 'timeout' | 'too-large';

  constructor(why: NoAnswer['why'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.why = why;
  }
}

/** undici's own timers are off: ours covers the wait for a free connection too. */
export function dispatchOptions({ origin, method, path, headers, body }: Outgoing): Dispatcher.DispatchOptions {
  return { origin, method, path, headers, body: body ?? null, headersTimeout: 0, bodyTimeout: 0 };
}

/** @throws NoAnswer, or the signal's reason when it is aborted */
export function exchange(dispatcher: Dispatcher, outgoing: Outgoing, limits: Limits): Promise<Answer> {
  const { timeoutMs, signal, maxBytes } = limits;
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let settled = false;
    let status = 0;
    let headers: Headers = {};
    let size = 0;
    const chunks: Buffer[] = [];

    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      return true;
    };
    const breakOff = (error: unknown): void => {
      if (!settle()) return;
      reject(error instanceof Error ? error : new NoAnswer('broken', 'aborted', error));
      // A request that still waits for a connection has no controller yet; onRequestStart ends it.
      controller?.abort(error instanceof Error ? error : new Error('aborted'));
    };
    const onAbort = (): void => breakOff(signal?.reason);
    const timer = setTimeout(() => breakOff(new NoAnswer('timeout', `no answer within ${timeoutMs} ms`)), timeoutMs);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });

    dispatcher.dispatch(
      dispatchOptions(outgoing),
      {
        onRequestStart(started) {
          controller = started;
          if (settled) started.abort(new Error('aborted'));
        },
        onResponseStart(_, statusCode, incoming) {
          status = statusCode;
          headers = incoming;
        },
        onResponseData(_, chunk) {
          size += chunk.length;
          if (size > maxBytes) breakOff(new NoAnswer('too-large', `the answer is larger than ${maxBytes} bytes`));
          else chunks.push(chunk);
        },
        onResponseEnd() {
          if (!settle()) return;
          const [only] = chunks;
          const body = only && chunks.length === 1 ? only : Buffer.concat(chunks, size);
          resolve({ status, headers, text: body.toString('utf8') });
        },
        onResponseError(_, error) {
          if (settle()) reject(noAnswer(error, controller !== undefined));
        },
      },
    );
  });
}

/** @param started the request was given a connection */
export function noAnswer(error: Error, started: boolean): NoAnswer {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return started
    ? new NoAnswer('broken', `the connection broke (${code})`, error)
    : new NoAnswer('not-sent', `no connection (${code})`, error);
}
