/**
 * Loaded into the operator's process (`node --import`) before the program, which is the built one, byte for byte: writes a line to a
 * journal for each external effect, and kills the process at one of them.
 *
 * The effects are seen where the drivers themselves announce them, on Node's diagnostics channels: every request of undici and every
 * statement of mysql2, whoever in the program makes them.
 */
import { subscribe, tracingChannel } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { CRASH_POINT_VARIABLE, JOURNAL_VARIABLE, requestEffect, statementEffect } from './effect.ts';
import type { CrashPoint, Effect, Moment } from './effect.ts';

/** undici's, as far as it is needed here. */
interface RequestMessage {
  readonly request: { readonly method: string; readonly path: string };
}

/** mysql2's: one object for all channels of a statement. */
interface StatementMessage {
  readonly query: string;
}

const journal = process.env[JOURNAL_VARIABLE];
const pointText = process.env[CRASH_POINT_VARIABLE];
const point = pointText === undefined ? undefined : (JSON.parse(pointText) as CrashPoint);

const counts = new Map<string, number>();
const effects = new WeakMap<object, Effect>();

function begin(key: object, name: string | undefined): void {
  if (name === undefined) return;
  const occurrence = (counts.get(name) ?? 0) + 1;
  counts.set(name, occurrence);
  const effect = { name, occurrence };
  effects.set(key, effect);
  // Written before it happens, and by a system call: a line survives what comes next.
  if (journal !== undefined) appendFileSync(journal, `${JSON.stringify(effect)}\n`);
  if (isAt(key, 'before')) die();
}

function isAt(key: object, moment: Moment): boolean {
  const effect = effects.get(key);
  return effect !== undefined && point?.moment === moment && point.name === effect.name && point.occurrence === effect.occurrence;
}

function sent(key: object): void {
  // The drivers have written; the loop's next turn is when the kernel has it for sure.
  if (isAt(key, 'sent')) setImmediate(die);
}

function answered(key: object): void {
  if (isAt(key, 'answered')) die();
}

/** Nothing runs after this: no handler, no `finally`, no good-bye to any server. */
function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

subscribe('undici:request:create', (message) => {
  const { request } = message as RequestMessage;
  begin(request, requestEffect(request.method, request.path));
});
subscribe('undici:request:bodySent', (message) => sent((message as RequestMessage).request));
subscribe('undici:request:trailers', (message) => answered((message as RequestMessage).request));

for (const name of ['mysql2:query', 'mysql2:execute']) {
  tracingChannel<StatementMessage>(name).subscribe({
    start: (message) => begin(message, statementEffect(message.query)),
    end: (message) => sent(message),
    asyncStart: (message) => answered(message),
    asyncEnd: () => undefined,
    error: () => undefined,
  });
}
