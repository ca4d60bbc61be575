/** `run`: the operator itself, from configuration to a clean stop. */
import { loadConfig, type Environment } from '../config.ts';
import { createLogger, type Logger } from '../telemetry/logger.ts';
import { EXIT, exitCodeOf, type ExitCode } from './exit-code.ts';
import { stopSignal } from './stop-signal.ts';
import { version } from './version.ts';

/** @throws CONFIG_INVALID before anything is started; later failures are logged and become an exit code */
export async function run(env: Environment): Promise<ExitCode> {
  const config = loadConfig(env);
  const logger = await createLogger(config.log);
  endOnDefects(logger);
  const signal = stopSignal(logger, process);
  logger.info({ version: version(), node: process.version }, 'jobs-operator starts');
  for (const { variable, problem } of config.warnings) logger.warn({ variable }, `${variable} ${problem}`);
  try {
    const { runOperator } = await import('../operator.ts');
    await runOperator(config, signal, logger);
    logger.info({}, 'stopped');
    return EXIT.ok;
  } catch (error) {
    logger.fatal({ error }, 'the operator cannot go on');
    return exitCodeOf(error);
  }
}

/** A promise nobody looked at and an error nobody caught are bugs: what this process believes is no longer known, a new one starts from the truth. */
function endOnDefects(logger: Logger): void {
  const end = (error: unknown): void => {
    logger.fatal({ error }, 'a defect: the process ends');
    process.exit(EXIT.failed);
  };
  process.on('unhandledRejection', end);
  process.on('uncaughtException', end);
}
