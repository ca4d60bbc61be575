/** An orderly end on Ctrl-C and on being told to end; the watchdog takes care of every other end. */

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Runs `stop` once on the first such signal, then ends the process with the shell's exit code for it (130 for Ctrl-C). A
 * second signal ends it at once. Returns a function that takes the handlers away.
 */
export function onInterrupt(stop: (signal: NodeJS.Signals) => Promise<void>): () => void {
  let asked = false;
  const handle = (signal: NodeJS.Signals): void => {
    const code = 128 + SIGNALS[signal as keyof typeof SIGNALS];
    if (asked) process.exit(code);
    asked = true;
    stop(signal).then(
      () => process.exit(code),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
        process.exit(code);
      },
    );
  };
  const names = Object.keys(SIGNALS) as (keyof typeof SIGNALS)[];
  for (const name of names) process.on(name, handle);
  return () => {
    for (const name of names) process.off(name, handle);
  };
}
