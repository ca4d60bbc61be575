/** What the database's clock says now, at the least, without asking it. */

export interface DatabaseClock {
  /**
   * A lower bound of the database's clock (Unix seconds, with fraction) at a monotonic moment (ms of the
   * same clock that `note` is fed with); undefined before the first reading.
   */
  at(monotonicMs: number): number | undefined;
  /** When the newest reading was here, monotonic ms. */
  readAt(): number | undefined;
  /**
   * Takes in one reading.
   *
   * @param now the database's `NOW(6)`, Unix seconds
   * @param receivedAt when the answer was here, monotonic ms
   */
  note(now: number, receivedAt: number): void;
}

/**
 * The database read its clock before its answer arrived, so the reading, plus the time since it arrived,
 * is never ahead of the truth as long as both clocks run at one speed. The same holds backwards: a moment before the reading
 * gets its own, earlier time, since a deadline counted from it must not be stretched by a late reading. The newest reading stands: a clock that was
 * set back is followed at once.
 */
export function createDatabaseClock(): DatabaseClock {
  let reading: { readonly now: number; readonly receivedAt: number } | undefined;
  return {
    at: (monotonicMs) => (reading === undefined ? undefined : reading.now + (monotonicMs - reading.receivedAt) / 1000),
    readAt: () => reading?.receivedAt,
    note: (now, receivedAt) => {
      if (reading === undefined || receivedAt >= reading.receivedAt) reading = { now, receivedAt };
    },
  };
}
