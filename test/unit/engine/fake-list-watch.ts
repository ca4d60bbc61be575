/** A list and watch that does what a test tells it, request by request. */
import type { ListPage, ListRequest, ListWatch, Sink, WatchEvent, WatchRequest } from '../../../src/engine/list-watch.ts';

export interface Thing {
  readonly uid: string;
  readonly text: string;
}

/** The server's side of one watch. */
export class FakeWatch {
  readonly request: WatchRequest;
  readonly #onEvent: (event: WatchEvent<Thing>) => void;
  readonly #end = Promise.withResolvers<void>();

  constructor(request: WatchRequest, onEvent: (event: WatchEvent<Thing>) => void) {
    this.request = request;
    this.#onEvent = onEvent;
  }

  /** Never settles by the signal: the worst transport there may be. */
  get ended(): Promise<void> {
    return this.#end.promise;
  }

  /** An event, an error that breaks the watch, or undefined for its regular end. */
  send(what: WatchEvent<Thing> | Error | undefined): void {
    if (what === undefined) this.#end.resolve();
    else if (what instanceof Error) this.#end.reject(what);
    else this.#handOn(what);
  }

  #handOn(what: WatchEvent<Thing>): void {
    try {
      this.#onEvent(what);
    } catch (error) {
      this.#end.reject(error);
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

  watch(request: WatchRequest, onEvent: (event: WatchEvent<Thing>) => void): Promise<void> {
    const watch = new FakeWatch(request, onEvent);
    this.watches.push(watch);
    this.onWatch?.(watch);
    return watch.ended;
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
  /** The uid and version of the one thing of which it says that it is known. */
  known: string | undefined;
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

  holds(uid: string, resourceVersion: string): boolean {
    return this.known === `${uid} ${resourceVersion}`;
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
