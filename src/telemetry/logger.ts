/** The log: one JSON object per line on standard output, or the same for reading along. Only this file knows pino. */
import { destination, pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger as Pino } from 'pino';
import type { LogSettings } from '../config.ts';
import { logError } from './log-error.ts';

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

/** A net under the rule that none of these is ever logged. */
const SECRET_KEYS = [
  'password', 'passwd', 'secret', 'token', 'authorization', 'DB_PASSWORD',
  'payload', 'requestPayload', 'request_payload', 'result', 'body', 'headers', 'sql', 'parameters',
];
const SECRET_PATHS = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

/**
 * Lines are written synchronously, so that none is lost at an exit.
 *
 * @param output where the lines go; standard output by default
 */
export async function createLogger(settings: LogSettings, output: DestinationStream = destination({ fd: 1, sync: true })): Promise<Logger> {
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
        redact: { paths: SECRET_PATHS, censor: '[redacted]' },
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
  return {
    trace: (fields, message) => logger.trace(fields, message),
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    fatal: (fields, message) => logger.fatal(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  };
}
