/** A list and watch that does what a test tells it, request by request. */
import type { ListPage, ListRequest, ListWatch, Sink, WatchEvent, WatchRequest } from '../../../src/engine/list-watch.ts';

export interface Thing {
  readonly uid: string;
  readonly text: string;
}

/** The server's side of one watch. */
export class FakeWatch {
  readonly request: WatchRequest;
  readonly #waiting: { resolve(step: IteratorResult<WatchEvent<Thing>, undefined>): void; reject(error: unknown): void }[] = [];
  readonly #sent: (WatchEvent<Thing> | Error | undefined)[] = [];

  constructor(request: WatchRequest) {
    this.request = request;
  }

  /** An event, an error that breaks the watch, or undefined for its regular end. */
  send(what: WatchEvent<Thing> | Error | undefined): void {
    this.#sent.push(what);
    this.#flush();
  }

  /** Never settles by the signal: the worst transport there may be. */
  next(): Promise<IteratorResult<WatchEvent<Thing>, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#sent.length > 0 && this.#waiting.length > 0) {
      const what = this.#sent.shift();
      const waiting = this.#waiting.shift();
      if (what instanceof Error) {
        waiting?.reject(what);
      } else {
        waiting?.resolve(what === undefined ? { done: true, value: undefined } : { done: false, value: what });
      }
    }
  }
}

export class FakeListWatch implements ListWatch<Thing> {
  /** Answers to the next list requests, in order; a function may look at the request. When they run out, a list hangs. */
  readonly pages: (ListPage<Thing> | Error | (() => ListPage<Thing>))[] = [];
  readonly lists: ListRequest[] = [];
  readonly watches: FakeWatch[] = [];
  /** Set to make opening a watch fail, or to end it as soon as it is open. */
  onWatch: ((watch: FakeWatch) => void) | undefined;

  list(request: ListRequest): Promise<ListPage<Thing>> {
    this.lists.push(request);
    const answer = this.pages.shift();
    if (answer === undefined) {
      return new Promise(() => undefined);
    }
    if (answer instanceof Error) {
      return Promise.reject(answer);
    }
    return Promise.resolve(typeof answer === 'function' ? answer() : answer);
  }

  watch(request: WatchRequest): AsyncIterable<WatchEvent<Thing>> {
    const watch = new FakeWatch(request);
    this.watches.push(watch);
    this.onWatch?.(watch);
    return { [Symbol.asyncIterator]: () => watch };
  }

  /** The watch opened last. */
  get watching(): FakeWatch {
    const last = this.watches.at(-1);
    if (last === undefined) {
      throw new Error('no watch was opened');
    }
    return last;
  }
}

export class FakeSink implements Sink<Thing> {
  readonly things = new Map<string, Thing>();
  readonly log: string[] = [];
  /** The uid that makes it throw. */
  poison: string | undefined;

  upsert(thing: Thing, initial: boolean): void {
    if (thing.uid === this.poison) {
      throw new Error('a bug in the sink');
    }
    this.things.set(thing.uid, thing);
    this.log.push(`${initial ? 'list' : 'set'} ${thing.uid}=${thing.text}`);
  }

  remove(uid: string, lastKnown: Thing | undefined): void {
    this.things.delete(uid);
    this.log.push(`remove ${uid}${lastKnown === undefined ? '' : `=${lastKnown.text}`}`);
  }

  uids(): Iterable<string> {
    return this.things.keys();
  }
}

export class HttpError extends Error {
  readonly status: number;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, retryAfterMs?: number) {
    super(`HTTP ${status}`);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export function page(resourceVersion: string, items: Record<string, string>, token?: string): ListPage<Thing> {
  return { resourceVersion, items: Object.entries(items).map(([uid, text]) => ({ uid, text })), continue: token };
}

export function event(type: 'ADDED' | 'MODIFIED' | 'DELETED', resourceVersion: string, uid: string, text: string): WatchEvent<Thing> {
  return { type, resourceVersion, object: { uid, text } };
}

export function bookmark(resourceVersion: string): WatchEvent<Thing> {
  return { type: 'BOOKMARK', resourceVersion };
}
