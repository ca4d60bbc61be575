/** What the users of the soak have asked for: noted before the request is sent, since an answer may get lost. */

export type DeletionPolicy = 'Cancel' | 'Retain' | 'Delete';

export interface Asked {
  readonly name: string;
  readonly token: string;
  readonly key: string | undefined;
  readonly deletionPolicy: DeletionPolicy;
  readonly ttlPolicy: 'Row' | 'RowAndResource';
  /** Undefined: the creation was not answered, or refused. */
  uid: string | undefined;
  /** Milliseconds since the epoch; undefined: not asked. */
  cancelledAt: number | undefined;
  deletedAt: number | undefined;
}

export class AskedFor {
  readonly all: Asked[] = [];
  readonly #byToken = new Map<string, Asked[]>();

  add(asked: Asked): Asked {
    this.all.push(asked);
    const ofToken = this.#byToken.get(asked.token);
    if (ofToken === undefined) this.#byToken.set(asked.token, [asked]);
    else ofToken.push(asked);
    return asked;
  }

  /** Every Job made for this piece of work; none for a row of another producer. */
  ofToken(token: string): readonly Asked[] {
    return this.#byToken.get(token) ?? [];
  }
}
