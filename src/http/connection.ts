/** One connection, which carries one request at a time. */
import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { isNativeError } from 'node:util/types';
import { AnswerParser, BrokenAnswer } from './answer-parser.ts';
import type { AnswerParts } from './answer-parser.ts';
import type { Dial } from './dial.ts';
import type { AnswerHandler, Headers } from './message.ts';

/**
 * For whoever looks at the process from inside, as undici and mysql2 have it: before a request is written, `{ connection, text }`, and
 * when its answer is there to the last byte, before anybody is told, `{ connection }`.
 */
const SENDING = channel('jobs-operator:http:sending');
const ANSWERED = channel('jobs-operator:http:answered');

export interface ConnectionObserver {
  /** It can take a request: it is open now, or done with the last one. */
  onFree(connection: HttpConnection): void;
  /** It is no more. @param error why it never came about; undefined when it had */
  onGone(connection: HttpConnection, error: Error | undefined): void;
}

export class HttpConnection implements AnswerParts {
  readonly #observer: ConnectionObserver;
  readonly #parser = new AnswerParser(this);
  readonly #dialling = new AbortController();
  #socket: Socket | undefined;
  #handler: AnswerHandler | undefined;
  #isBusy = false;
  #isGone = false;
  /** Monotonic milliseconds since which it has had nothing to do. */
  idleSince = 0;

  constructor(dial: Dial, connectTimeoutMs: number, observer: ConnectionObserver) {
    this.#observer = observer;
    void this.#open(dial, connectTimeoutMs);
  }

  /** Call it only for a free connection. @param text of a request (`requestText`) */
  send(text: string, handler: AnswerHandler): void {
    this.#handler = handler;
    this.#isBusy = true;
    this.#parser.expect();
    if (SENDING.hasSubscribers) SENDING.publish({ connection: this, text });
    this.#socket?.write(text, 'utf8');
  }

  /** Breaks off what is under way, without another word to its handler. */
  abort(): void {
    this.#handler = undefined;
    this.destroy(new BrokenAnswer('given up'));
  }

  /** Breaks off what is under way. */
  destroy(error: Error): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#dialling.abort(error);
    this.#socket?.destroy();
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onError(error, true);
    this.#observer.onGone(this, this.#socket === undefined ? error : undefined);
  }

  onHead(status: number, headers: Headers): void {
    this.#handler?.onHead(status, headers);
  }

  onData(part: Buffer): void {
    this.#handler?.onData(part);
  }

  onEnd(): void {
    if (ANSWERED.hasSubscribers) ANSWERED.publish({ connection: this });
    const handler = this.#handler;
    this.#handler = undefined;
    this.#isBusy = false;
    handler?.onEnd();
  }

  async #open(dial: Dial, timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.destroy(new ConnectTimeout(timeoutMs)), timeoutMs);
    let socket: Socket;
    try {
      socket = await dial((bytes) => this.#read(bytes), this.#dialling.signal);
    } catch (error) {
      this.destroy(isNativeError(error) ? error : new BrokenAnswer('not opened', { cause: error }));
      return;
    } finally {
      clearTimeout(timer);
    }
    socket.on('error', (error) => this.destroy(error));
    socket.on('end', () => this.#end());
    socket.on('close', () => this.destroy(new BrokenAnswer('closed')));
    if (socket.destroyed) this.destroy(new BrokenAnswer('closed as soon as it was open'));
    if (this.#isGone) {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    this.#observer.onFree(this);
  }

  #read(bytes: Buffer): void {
    // What was decrypted already comes even after the end.
    if (this.#isGone) return;
    const wasBusy = this.#isBusy;
    try {
      this.#parser.feed(bytes);
    } catch (error) {
      if (!(error instanceof BrokenAnswer)) throw error;
      this.destroy(error);
    }
    if (!wasBusy || this.#isBusy || this.#isGone) return;
    if (this.#parser.isReusable) this.#observer.onFree(this);
    else this.destroy(new BrokenAnswer('closed after its answer'));
  }

  #end(): void {
    try {
      this.#parser.finish();
      this.destroy(new BrokenAnswer('closed by the server'));
    } catch (error) {
      if (!(error instanceof BrokenAnswer)) throw error;
      this.destroy(error);
    }
  }
}

class ConnectTimeout extends Error {
  override readonly name = 'ConnectTimeout';
  readonly code = 'ETIMEDOUT';

  constructor(afterMs: number) {
    super(`not connected within ${afterMs} ms`);
  }
}
