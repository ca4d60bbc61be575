/** The one who looks: at all resources, all rows, and the diary, page by page. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import type { DiaryEntry } from '../row-diary.ts';
import { readDiary } from '../row-diary.ts';
import { ROW_COLUMNS } from '../row.ts';
import type { Row } from '../row.ts';
import { unsettled } from './ending.ts';
import type { Present } from './ending.ts';
import { disturbances, SILENCE_MS } from './silence.ts';
import type { SoakJob } from './soak-job.ts';
import type { Stage } from './stage.ts';
import type { Violation } from './violation.ts';

const LOOK_EVERY_MS = 500;
/** An entry has its number before it is committed, so that one may come between two that were read: the last minute is read again. */
const COMMITTED_AFTER_MS = 60_000;

export class Observer {
  readonly #stage: Stage;
  readonly #diary: DiaryEntry[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Everything so far. */
  async diary(): Promise<readonly DiaryEntry[]> {
    return this.#asAdmin((admin) => this.#readOn(admin));
  }

  async present(): Promise<Present> {
    return (await this.#look()).present;
  }

  /** Waits until nothing is left to be done. @returns what still is at the deadline; milliseconds */
  async untilSettled(timeoutMs: number): Promise<readonly Violation[]> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const { present, diary } = await this.#look();
      const left = unsettled(present, diary);
      if (left.length === 0 || performance.now() > deadline) return left;
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Looks twice. @returns what was written in between */
  async duringSilence(): Promise<readonly Violation[]> {
    const before = await this.#look();
    const entries = before.diary.length;
    await sleep(SILENCE_MS);
    const after = await this.#look();
    return disturbances(before.present, after.present, after.diary.length - entries);
  }

  async #look(): Promise<{ readonly present: Present; readonly diary: readonly DiaryEntry[] }> {
    const { api, jobsPath } = this.#stage;
    // Resources before rows: what a row says is never older than what its resource may show.
    const { items } = await api.get<{ items: readonly SoakJob[] }>(jobsPath);
    return this.#asAdmin(async (admin) => {
      const [rows] = await admin.query(`SELECT ${ROW_COLUMNS} FROM jobs`);
      const [clock] = await admin.query('SELECT UNIX_TIMESTAMP() AS now');
      const now = (clock as { now: number }[])[0]?.now ?? 0;
      return { present: { jobs: items, rows: rows as Row[], now }, diary: await this.#readOn(admin) };
    });
  }

  async #readOn(admin: Connection): Promise<readonly DiaryEntry[]> {
    const since = (this.#diary.at(-1)?.at ?? 0) - COMMITTED_AFTER_MS;
    const open = this.#diary.findIndex(({ at }) => at > since);
    if (open >= 0) this.#diary.splice(open);
    this.#diary.push(...(await readDiary(admin, this.#diary.at(-1)?.seq)));
    return [...this.#diary];
  }

  async #asAdmin<T>(work: (admin: Connection) => Promise<T>): Promise<T> {
    const admin = await this.#stage.database.connectAsAdmin({ jsonStrings: true, dateStrings: true });
    try {
      return await work(admin);
    } finally {
      admin.destroy();
    }
  }
}
