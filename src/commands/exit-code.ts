/** What the process tells who started it; the numbers over 63 are those of BSD's sysexits.h. */
import { hasCode } from '../errors.ts';

export const EXIT = {
  ok: 0,
  failed: 1,
  /** EX_USAGE: the command line is wrong. */
  usage: 64,
  /** EX_CONFIG: the environment is. */
  config: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function exitCodeOf(error: unknown): ExitCode {
  return hasCode(error, 'CONFIG_INVALID') ? EXIT.config : EXIT.failed;
}
