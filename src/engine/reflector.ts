/** Keeps a sink equal to what the API server has, by list and watch: client-go's tools/cache/reflector.go. */
import { LoopBackoff } from './backoff.ts';
import type { Random } from './backoff.ts';
import type { Clock } from './clock.ts';
import { Deadline } from './deadline.ts';
import type { ListPage, ListWatch, Sink, WatchEvent } from './list-watch.ts';
import { HistoryWentBack, ShortWatch, Superseded } from './reflector-trouble.ts';
import type { ReflectorTrouble } from './reflector-trouble.ts';
import { compareResourceVersions } from './resource-version.ts';
import { untilAborted } from './until-aborted.ts';

export interface ReflectorOptions<T> {
  readonly listWatch: ListWatch<T>;
  readonly sink: Sink<T>;
  readonly uid: (object: T) => string;
  readonly clock: Clock;
  /** HTTP status 410, an ERROR event with code 410, reason Expired or Gone. */
  readonly isGone: (error: unknown) => boolean;
  /** The pause the server asked for (Retry-After), milliseconds. */
  readonly retryAfterMs: (error: unknown) => number | undefined;
  readonly onTrouble: (trouble: ReflectorTrouble) => void;
  /** The sink threw: a bug. The reflector goes on with the next object. */
  readonly onDefect: (defect: unknown, uid: string) => void;
  readonly random?: Random;
  /** Items in a page of a list (default 500, as client-go's pager). */
  readonly pageSize?: number;
  /** Milliseconds for one page (default 60,000, which is also the API server's --request-timeout). */
  readonly pageTimeoutMs?: number;
  /** A watch is ended by the server after this many seconds to twice as many, at random (default 300, as client-go). */
  readonly minWatchSeconds?: number;
  /**
   * A watch without event and bookmark for this long is dead, however open its connection looks (default 150,000 ms). The API
   * server sends a bookmark about every 60 s, also when nothing happens (apiserver's cacher, defaultBookmarkFrequency):
   * this is two of them missed, and half a minute of grace.
   */
  readonly silenceMs?: number;
}

/** A watch that lasts less long costs a step of back-off (client-go's VeryShortWatchError). */
const SHORT_WATCH_MS = 1_000;

/** After this many watches in a row without an event or bookmark it may be the resource version that does not work: list again. */
const FRUITLESS_WATCHES = 5;

/** No Retry-After is followed for longer than this: a proxy's nonsense must not blind us for a day. */
const LONGEST_RETRY_AFTER_MS = 300_000;

/**
 * Lists page by page, each page reaching the sink as it comes, then watches from the list's resource version on; a watch that
 * ends or fails goes on where it was, and only a lost history (410, or a version that went back) leads to a new list.
 * Whatever fails is tried again with back-off, for ever.
 *
 * Lists with `resourceVersion` unset: consistent, and served from the watch cache since Kubernetes 1.31; client-go's "0" may be
 * older than what was already seen. Watches where client-go relists (500, reset), since a relist costs the
 * server most when it is ill.
 *
 * Can be run again after the signal has aborted; each run begins with a list.
 */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #random: Random;
  readonly #backoff: LoopBackoff;
  #running = false;
  #hasSynced = false;
  #synced = Promise.withResolvers<void>();
  /** Where the next watch begins; undefined asks for a list. */
  #resourceVersion: string | undefined;
  #unpaged = false;
  #fruitless = 0;
  #lastContact: number | undefined;
  #lastListStarted: number | undefined;
  /** Ends the pause under way. */
  #cutPause: (() => void) | undefined;
  /** Gives up the watch under way if it has brought nothing since that moment. */
  #renewWatch: ((silentSince: number) => void) | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#backoff = new LoopBackoff({ clock: options.clock, random: this.#random });
  }

  /** A list of this run has reached the sink completely. Stays true through later relists, as in client-go. */
  hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves when `hasSynced` becomes true; never rejects, and waits for the next run when this one is aborted before. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Monotonic milliseconds of the last page, event or bookmark. In health it is never older than `silenceMs`. */
  lastContact(): number | undefined {
    return this.#lastContact;
  }

  /** Monotonic milliseconds: what the sink got since then is not removed by that list. */
  get lastListStarted(): number | undefined {
    return this.#lastListStarted;
  }

  /**
   * The server answers somebody again after a time in which it answered nobody. A pause ends now, unless the server asked for it, and the
   * back-off begins anew, since what failed before was the outage.
   *
   * @param silentSince a watch that has brought nothing since then (monotonic ms) may hang on a connection that died in that time, and is
   *   opened anew from where it was; undefined leaves it alone
   */
  serverReturned(silentSince?: number): void {
    this.#backoff.reset();
    this.#cutPause?.();
    if (silentSince !== undefined) this.#renewWatch?.(silentSince);
  }

  /**
   * Runs until `signal` aborts, then resolves. Rejects when it is running already and when one of the callbacks throws, never
   * because of what the server does or what the sink throws.
   */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) {
      throw new Error('the reflector is running already');
    }
    this.#running = true;
    this.#resourceVersion = undefined;
    if (this.#hasSynced) {
      this.#hasSynced = false;
      this.#synced = Promise.withResolvers();
    }
    try {
      while (!signal.aborted) {
        await this.#step(signal);
      }
    } finally {
      this.#running = false;
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    const during = this.#resourceVersion === undefined ? 'list' : 'watch';
    try {
      await (this.#resourceVersion === undefined ? this.#list(signal) : this.#watch(this.#resourceVersion, signal));
    } catch (error) {
      if (!signal.aborted) {
        this.#learn(during, error);
        await this.#pause(during, error, signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { sink, uid } = this.#options;
    this.#lastListStarted = this.#options.clock.monotonic();
    const missing = new Set(sink.uids());
    let resourceVersion: string | undefined;
    let token: string | undefined;
    do {
      const page: ListPage<T> = await this.#page(token, signal);
      resourceVersion ??= page.resourceVersion;
      for (const object of page.items) {
        const id = uid(object);
        missing.delete(id);
        this.#deliver(id, () => sink.upsert(object, true));
      }
      token = page.continue;
    } while (token !== undefined && token !== '');
    for (const id of missing) {
      this.#deliver(id, () => sink.remove(id, undefined));
    }
    this.#unpaged = false;
    this.#fruitless = 0;
    this.#resourceVersion = resourceVersion;
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  async #page(token: string | undefined, signal: AbortSignal): Promise<ListPage<T>> {
    const { clock, listWatch, pageSize = 500, pageTimeoutMs = 60_000 } = this.#options;
    const deadline = new Deadline(clock, pageTimeoutMs, 'a page of the list', signal);
    try {
      const limit = this.#unpaged ? undefined : pageSize;
      const page = await untilAborted(listWatch.list({ limit, continue: token, signal: deadline.signal }), deadline.signal);
      this.#lastContact = clock.monotonic();
      return page;
    } catch (error) {
      if (token !== undefined && this.#options.isGone(error)) {
        // The pages take longer than the server keeps the history they are cut from: all at once then, as client-go's pager.
        this.#unpaged = true;
      }
      throw error;
    } finally {
      deadline.release();
    }
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { clock, listWatch, minWatchSeconds = 300, silenceMs = 150_000 } = this.#options;
    const startedAt = clock.monotonic();
    const renewal = new AbortController();
    this.#renewWatch = (silentSince) => {
      if (Math.max(startedAt, this.#lastContact ?? startedAt) < silentSince) renewal.abort(new Superseded('a new watch takes its place'));
    };
    const deadline = new Deadline(clock, silenceMs, 'a watch without an event or bookmark', AbortSignal.any([signal, renewal.signal]));
    const timeoutSeconds = Math.floor(minWatchSeconds * (1 + this.#random()));
    const request = { resourceVersion, timeoutSeconds, signal: deadline.signal, isKnown: (uid: string, version: string) => this.#options.sink.holds(uid, version) };
    const onEvent = (event: WatchEvent<T>): void => {
      // A transport that does not listen to the signal goes on after the end.
      if (deadline.signal.aborted) return;
      deadline.touch();
      this.#lastContact = clock.monotonic();
      this.#fruitless = 0;
      this.#apply(event);
    };
    try {
      await untilAborted(listWatch.watch(request, onEvent), deadline.signal);
    } catch (error) {
      if (!(error instanceof Superseded)) throw error;
    } finally {
      this.#renewWatch = undefined;
      deadline.release();
    }
    const lastedMs = clock.monotonic() - startedAt;
    if (lastedMs < SHORT_WATCH_MS && !renewal.signal.aborted) {
      throw new ShortWatch(lastedMs);
    }
  }

  #apply(event: WatchEvent<T>): void {
    const { sink, uid } = this.#options;
    const before = this.#resourceVersion ?? '';
    if ((compareResourceVersions(event.resourceVersion, before) ?? 0) < 0) {
      throw new HistoryWentBack(before, event.resourceVersion);
    }
    this.#resourceVersion = event.resourceVersion;
    if (event.type === 'BOOKMARK' || event.type === 'KNOWN') {
      return;
    }
    const id = uid(event.object);
    this.#deliver(id, () => (event.type === 'DELETED' ? sink.remove(id, event.object) : sink.upsert(event.object, false)));
  }

  #deliver(id: string, change: () => void): void {
    try {
      change();
    } catch (defect) {
      this.#options.onDefect(defect, id);
    }
  }

  #learn(during: 'list' | 'watch', error: unknown): void {
    if (during === 'watch') {
      this.#fruitless += 1;
      if (this.#options.isGone(error) || error instanceof HistoryWentBack || this.#fruitless >= FRUITLESS_WATCHES) {
        this.#resourceVersion = undefined;
      }
    }
  }

  async #pause(during: 'list' | 'watch', error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, onTrouble, retryAfterMs } = this.#options;
    const step = this.#backoff.next();
    const asked = Math.min(LONGEST_RETRY_AFTER_MS, retryAfterMs(error) ?? 0);
    // Spread, since everybody else was asked for the same pause.
    const delayMs = Math.max(step.delayMs, asked * (1 + 0.25 * this.#random()));
    onTrouble({ during, error, attempt: step.attempt, delayMs, relist: this.#resourceVersion === undefined });
    if (asked > 0) {
      await clock.sleep(delayMs, signal);
      return;
    }
    const cut = new AbortController();
    this.#cutPause = () => cut.abort();
    await clock.sleep(delayMs, AbortSignal.any([signal, cut.signal]));
    this.#cutPause = undefined;
  }
}
