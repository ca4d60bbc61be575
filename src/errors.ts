/** Every error the operator raises on purpose: its code, whether a retry helps, and what the reader should do. */

/**
 * - `backoff`: try the same thing again, later and later.
 * - `when-available`: the other side is away; wait for its return, then try again.
 * - `never`: the same call gives the same answer until somebody changes something.
 */
export type Retry = 'backoff' | 'when-available' | 'never';

interface ErrorKind {
  readonly retry: Retry;
  readonly hint: string;
}

export const ERROR_KINDS = {
  CONFIG_INVALID: { retry: 'never', hint: 'Set the variables named in the message; `jobs-operator --help` lists them.' },
  HTTP_PORT_UNAVAILABLE: { retry: 'never', hint: 'Set HTTP_PORT to a free port (0 takes any), or stop the other program.' },
  DATABASE_UNAVAILABLE: { retry: 'when-available', hint: 'Check DB_HOST, DB_PORT, the network and the server; a running operator goes on by itself when it answers.' },
  DATABASE_LOGIN_REFUSED: { retry: 'when-available', hint: 'Check DB_USER and the password, and that DB_NAME exists and is open to this user; a running operator tries again, and reads the password file again.' },
  DATABASE_READ_ONLY: { retry: 'when-available', hint: 'The server is read-only (a failover, or a full disk); a running operator goes on when it takes writes again.' },
  DATABASE_BUSY: { retry: 'backoff', hint: 'A deadlock, lock wait or statement time-out; a running operator tries the statement again.' },
  DATABASE_REFUSED: { retry: 'backoff', hint: 'The server refused the statement; `jobs-operator doctor` checks privileges and table shape.' },
  ROW_REFUSED: { retry: 'never', hint: 'Make a new Job whose payload the database accepts.' },
  LEADERSHIP_LOST: { retry: 'backoff', hint: 'Another process leads, or the API server did not answer in time; this one waits for its turn.' },
  TABLE_MISMATCH: { retry: 'never', hint: 'Point DB_NAME at the database with the jobs table, or mend the column named in the message.' },
  API_UNAVAILABLE: { retry: 'backoff', hint: 'Check that the API server can be reached; a running operator goes on by itself when it answers.' },
  API_CONFLICT: { retry: 'backoff', hint: 'Somebody else wrote first; the resource is read again.' },
  API_UNAUTHORIZED: { retry: 'when-available', hint: 'The API server does not accept the credentials; renew the kubeconfig or the service account token.' },
  API_NOT_FOUND: { retry: 'never', hint: 'The object is not there.' },
  API_NOT_SERVED: { retry: 'backoff', hint: 'The API server does not know this kind of resource; install crds/jobs.yaml.' },
  API_GONE: { retry: 'backoff', hint: 'The resource version is too old; a new list follows.' },
  API_FORBIDDEN: { retry: 'backoff', hint: 'Grant the missing verb; `jobs-operator doctor` names it.' },
  API_INVALID: { retry: 'backoff', hint: 'The API server refused the request as invalid; compare the installed definition with crds/jobs.yaml.' },
  API_RESPONSE_TOO_LARGE: { retry: 'backoff', hint: 'The answer is larger than one read may be; smaller pages are asked for.' },
  API_TOO_LARGE: { retry: 'never', hint: 'The object would be larger than the API server stores.' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_KINDS;

export interface ErrorDetails {
  readonly cause?: unknown;
  /** HTTP status or MySQL error number, for the log. */
  readonly status?: number;
  /** The other side asked for this pause, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** An expected failure. The message never holds a payload, a result or a password. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly code: ErrorCode;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }

  get retry(): Retry {
    return ERROR_KINDS[this.code].retry;
  }

  get hint(): string {
    return ERROR_KINDS[this.code].hint;
  }
}

export function hasCode(error: unknown, code: ErrorCode): error is OperatorError {
  return error instanceof OperatorError && error.code === code;
}
