/** Something the stack needs cannot be had. The message is one sentence that says what to install or which variable to set. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

/** The message of anything thrown, with the cause that Node's fetch hides. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
