/** The two requests a reflector lives on, and the place where it puts what it learns. */

export interface ListRequest {
  /** Items in a page; undefined asks for all at once. `resourceVersion` is to be left unset, so that the list is consistent. */
  readonly limit: number | undefined;
  /** From the page before; undefined for the first. */
  readonly continue: string | undefined;
  readonly signal: AbortSignal;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  /** Of the list, not of an item. */
  readonly resourceVersion: string;
  /** Undefined or empty on the last page. */
  readonly continue?: string | undefined;
}

export interface WatchRequest {
  /** Events after this one. */
  readonly resourceVersion: string;
  /** The server is to end the watch after this many seconds. */
  readonly timeoutSeconds: number;
  /** When it aborts, the connection is to be given up. */
  readonly signal: AbortSignal;
  /** Whether this version of the object is known already, so that it need not be understood; most of what a controller sees are its own writes. */
  readonly isKnown: (uid: string, resourceVersion: string) => boolean;
}

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T; readonly resourceVersion: string }
  /** A change to what is known already. */
  | { readonly type: 'KNOWN'; readonly resourceVersion: string }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/**
 * `list` and `watch` (with `allowWatchBookmarks`) of one resource. `T` may be a projection, made before anything is kept. Both
 * throw on transport errors and on HTTP errors. The watch hands each event on at once, throws on an ERROR event and on what `onEvent` throws, and
 * resolves when the server ends it. A single object that cannot be understood should not make them throw: it would stand in the way of
 * all others.
 */
export interface ListWatch<T> {
  list(request: ListRequest): Promise<ListPage<T>>;
  watch(request: WatchRequest, onEvent: (event: WatchEvent<T>) => void): Promise<void>;
}

/**
 * What keeps the objects, by uid: deleted and created again under one name is two objects. It may hear of the same object
 * again, or of an older version than it has (a list overtaken by the answer to a write): which one wins is its business.
 */
export interface Sink<T> {
  /** `initial`: from a list, so nothing need have happened to it just now. */
  upsert(object: T, initial: boolean): void;
  /** `lastKnown`: the object as it was deleted; undefined when its end was only concluded from a list without it. */
  remove(uid: string, lastKnown: T | undefined): void;
  /** Of everything it holds. */
  uids(): Iterable<string>;
  /** Whether it holds just this version. */
  holds(uid: string, resourceVersion: string): boolean;
}
