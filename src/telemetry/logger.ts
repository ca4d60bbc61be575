/** The log: one JSON object per line on standard output, or the same for reading along. Only this file knows pino. */
import { destination, pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger as Pino } from 'pino';
import type { LogSettings } from '../config.ts';
import { logError } from './log-error.ts';
import { redacted } from './redaction.ts';
import { turnOutput } from './turn-output.ts';

/** What a line says beside its message. `error` may be anything that was thrown; it is printed by `log-error.ts`. */
export type LogFields = Readonly<Record<string, unknown>>;

export type Log = (fields: LogFields, message: string) => void;

/** What the rest of the operator logs with. Payloads, results and passwords are no business of a log. */
export interface Logger {
  readonly trace: Log;
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
  readonly fatal: Log;
  /** The same log, with these fields on every line. */
  child(fields: LogFields): Logger;
}

/** Written synchronously, so that none is lost at an exit. */
const standardOutput = (): DestinationStream => turnOutput(destination({ fd: 1, sync: true }));

/** @param output where the lines go; standard output by default */
export async function createLogger(settings: LogSettings, output: DestinationStream = standardOutput()): Promise<Logger> {
  const stream = settings.format === 'pretty' ? await prettyStream(output) : output;
  return wrap(
    pino(
      {
        level: settings.level,
        base: null,
        messageKey: 'message',
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        serializers: { error: logError, err: logError },
      },
      stream,
    ),
  );
}

/** In this process and not in a worker thread: a thread would lose the last lines of a crash. */
async function prettyStream(output: DestinationStream): Promise<DestinationStream> {
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({ messageKey: 'message', translateTime: 'SYS:HH:MM:ss.l', colorize: process.stdout.isTTY });
  return { write: (line) => output.write(pretty(line) ?? line) };
}

function wrap(logger: Pino): Logger {
  const log = (level: Exclude<keyof Logger, 'child'>): Log => (fields, message) => {
    if (logger.isLevelEnabled(level)) logger[level](redacted(fields), message);
  };
  return {
    trace: log('trace'),
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    fatal: log('fatal'),
    child: (fields) => wrap(logger.child(redacted(fields))),
  };
}
