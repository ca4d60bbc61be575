/**
 * Loaded into the operator's process (`node --import`) before the program, which is the built one, byte for byte: writes a line to a
 * journal for each external effect, and kills or stops the process at one of them.
 *
 * The effects are seen where the drivers themselves announce them, on Node's diagnostics channels: every request to the API server
 * (src/http/connection.ts) and every statement of mysql2, whoever in the program makes them.
 */
import { subscribe, tracingChannel } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { CRASH_POINT_VARIABLE, JOURNAL_VARIABLE, requestEffect, statementEffect } from './effect.ts';
import type { CrashPoint, Effect, Moment } from './effect.ts';

/** The operator's own client's. A connection carries one request at a time. */
interface ConnectionMessage {
  readonly connection: object;
}

interface SendingMessage extends ConnectionMessage {
  /** The whole request, which begins with its method and path. */
  readonly text: string;
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
  if (isAt(key, 'before')) end();
}

function isAt(key: object, moment: Moment): boolean {
  const effect = effects.get(key);
  return effect !== undefined && point?.moment === moment && point.name === effect.name && point.occurrence === effect.occurrence;
}

function sent(key: object): void {
  // The drivers have written; the loop's next turn is when the kernel has it for sure.
  if (isAt(key, 'sent')) setImmediate(end);
}

function answered(key: object): void {
  if (isAt(key, 'answered')) end();
}

/** Nothing runs after this, no handler, no `finally`, no good-bye to any server; or nothing until somebody wakes it. */
function end(): void {
  process.kill(process.pid, point?.fate === 'sleeps' ? 'SIGSTOP' : 'SIGKILL');
}

subscribe('jobs-operator:http:sending', (message) => {
  const { connection, text } = message as SendingMessage;
  const [method = '', path = ''] = text.split(' ', 2);
  // Of the request before it on this connection.
  effects.delete(connection);
  begin(connection, requestEffect(method, path));
  sent(connection);
});
subscribe('jobs-operator:http:answered', (message) => answered((message as ConnectionMessage).connection));

for (const name of ['mysql2:query', 'mysql2:execute']) {
  tracingChannel<StatementMessage>(name).subscribe({
    start: (message) => begin(message, statementEffect(message.query)),
    end: (message) => sent(message),
    asyncStart: (message) => answered(message),
    asyncEnd: () => undefined,
    error: () => undefined,
  });
}
