/** One request and its whole answer, in time or not at all. */
import { answerTimeout } from '../engine/answer-timeout.ts';
import { DeadlineExceeded } from '../engine/deadline.ts';
import { onAbort } from '../engine/on-abort.ts';
import type { Headers, HttpRequest } from '../http/message.ts';
import type { Exchange, HttpPool } from '../http/pool.ts';

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

/** Why there is no answer. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly why: 'not-sent' | 'broken' | 'timeout' | 'too-large';

  constructor(why: NoAnswer['why'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.why = why;
  }
}

/** @throws NoAnswer, or the signal's reason when it is aborted */
export function exchange(pool: HttpPool, request: HttpRequest, limits: Limits): Promise<Answer> {
  const { timeoutMs, signal, maxBytes } = limits;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(reasonOf(signal));
      return;
    }
    let status = 0;
    let headers: Headers;
    let size = 0;
    const parts: Buffer[] = [];

    const settle = (): void => {
      answered();
      release?.();
    };
    const breakOff = (error: Error): void => {
      settle();
      reject(error);
      if (isTimeout(error)) sent.abandon();
      else sent.abort();
    };
    const sent: Exchange = pool.send(request, {
      onHead(code, fields) {
        status = code;
        headers = fields;
      },
      onData(part) {
        size += part.length;
        if (size > maxBytes) breakOff(new NoAnswer('too-large', `the answer is larger than ${maxBytes} bytes`));
        else parts.push(Buffer.from(part));
      },
      onEnd() {
        settle();
        const [only] = parts;
        resolve({ status, headers, text: (only !== undefined && parts.length === 1 ? only : Buffer.concat(parts, size)).toString('utf8') });
      },
      onError(error, wasSent) {
        settle();
        reject(noAnswer(error, wasSent));
      },
    });
    const answered = answerTimeout(timeoutMs, () => breakOff(new NoAnswer('timeout', `no answer within ${timeoutMs} ms`)));
    const release = signal && onAbort(signal, () => breakOff(reasonOf(signal)));
  });
}

/** Ours, or its sender's. */
function isTimeout(error: Error): boolean {
  return (error instanceof NoAnswer && error.why === 'timeout') || error instanceof DeadlineExceeded;
}

/** What an aborted signal says, as an error. */
export function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new NoAnswer('broken', 'aborted', reason);
}

/** @param sent the request was given a connection */
export function noAnswer(error: Error, sent: boolean): NoAnswer {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return sent ? new NoAnswer('broken', `the connection broke (${code})`, error) : new NoAnswer('not-sent', `no connection (${code})`, error);
}
