/** The credentials of the moment, without reading files or running plugins for every request. */
import type { Clock } from '../engine/clock.ts';
import { hasCode } from '../errors.ts';
import type { ClusterAccess, Credentials } from './cluster-access.ts';

/** Tokens rotate minutes before the old one ends, so seconds of delay are safe. */
const FRESH_MS = 10_000;

/** A plugin that takes a second must not be run for each of a thousand refused requests. */
const RENEW_AT_MOST_EVERY_MS = 5_000;

export class CredentialCache {
  readonly #access: ClusterAccess;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #current: Credentials | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<Credentials> | undefined;

  constructor(access: ClusterAccess, clock: Pick<Clock, 'monotonic'>) {
    this.#access = access;
    this.#clock = clock;
  }

  /** Those at hand, unless it is time to look for others; without a promise, since every request asks. */
  fresh(): Credentials | undefined {
    return this.#clock.monotonic() - this.#readAt < FRESH_MS ? this.#current : undefined;
  }

  async get(): Promise<Credentials> {
    const current = this.#current;
    const fresh = this.fresh();
    if (fresh) return fresh;
    try {
      return await this.#read(false);
    } catch (error) {
      // A plugin or a file that fails for a moment: the ones at hand may well be good. If they are not, `renew` says why.
      if (!current || !hasCode(error, 'API_UNAUTHORIZED')) throw error;
      this.#readAt = this.#clock.monotonic();
      return current;
    }
  }

  /** The ones after `refused`: read anew, unless somebody already did or did so just now. */
  async renew(refused: Credentials): Promise<Credentials> {
    const latest = this.#reading ? await this.#reading : this.#current;
    if (latest && !sameHeaders(latest, refused)) return latest;
    if (this.#current && this.#clock.monotonic() - this.#renewedAt < RENEW_AT_MOST_EVERY_MS) return this.#current;
    this.#renewedAt = this.#clock.monotonic();
    return await this.#read(true);
  }

  #read(renew: boolean): Promise<Credentials> {
    this.#reading ??= this.#access
      .credentials(renew)
      .then((credentials) => {
        this.#current = credentials;
        this.#readAt = this.#clock.monotonic();
        return credentials;
      })
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }
}

function sameHeaders(one: Credentials, other: Credentials): boolean {
  return JSON.stringify(one.headers) === JSON.stringify(other.headers);
}
