/** What an answer of the API server means to us. */
import { OperatorError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';

/** The parts of a metav1.Status that are looked at. */
interface ApiStatus {
  readonly reason: string | undefined;
  readonly message: string | undefined;
  readonly objectName: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly fields: readonly string[];
}

/** A request and the error that answered it: an HTTP answer, or the object of a watch's ERROR event. */
export interface RefusedRequest {
  readonly method: string;
  /** Without the query: continue tokens are long and nobody's business. */
  readonly path: string;
  readonly status: number;
  readonly text: string;
  /** The header's value. */
  readonly retryAfter?: string | undefined;
}

const MESSAGE_LIMIT = 300;

/** etcd's limit and, above it, its client's: final for this object, though both come as a 500. */
const TOO_LARGE = /request is too large|trying to send message larger than max/;

/** These answers may quote values of the object, or the body itself, in their message. */
const MAY_QUOTE = new Set([400, 413, 415, 422]);

/** The message holds method, path, status and what the Status says without quoting the object; never body or headers. */
export function errorOfAnswer(request: RefusedRequest): OperatorError {
  const status = parseStatus(request.text);
  const retryAfterMs = retryAfterMsOf(request.retryAfter, status.retryAfterSeconds);
  return new OperatorError(codeOf(request.status, status), describe(request, status), {
    status: request.status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function codeOf(status: number, { message, objectName }: ApiStatus): ErrorCode {
  switch (status) {
    case 401:
      return 'API_UNAUTHORIZED';
    case 403:
      return 'API_FORBIDDEN';
    case 404:
      // Only an object that is really absent is named in the Status; an unknown resource gets a bare 404.
      return objectName === undefined ? 'API_NOT_SERVED' : 'API_NOT_FOUND';
    case 409:
      return 'API_CONFLICT';
    case 410:
      return 'API_GONE';
    case 413:
      return 'API_TOO_LARGE';
    case 408:
    case 429:
      return 'API_UNAVAILABLE';
    default:
      if (status >= 500) return TOO_LARGE.test(message ?? '') ? 'API_TOO_LARGE' : 'API_UNAVAILABLE';
      return 'API_INVALID';
  }
}

function describe({ method, path, status }: RefusedRequest, { reason, message, fields }: ApiStatus): string {
  const what = [`${method} ${path}: ${status}`];
  if (reason) what.push(reason);
  if (MAY_QUOTE.has(status)) {
    if (fields.length > 0) what.push(`(${fields.join(', ')})`);
    return what.join(' ');
  }
  if (!message) return what.join(' ');
  const short = message.length > MESSAGE_LIMIT ? `${message.slice(0, MESSAGE_LIMIT)}…` : message;
  return `${what.join(' ')}: ${short}`;
}

/** The header (seconds or a date), else what the Status says; milliseconds. */
export function retryAfterMsOf(header: string | undefined, seconds?: number, now = Date.now()): number | undefined {
  if (header !== undefined && header.trim() !== '') {
    if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
    const date = Date.parse(header);
    if (!Number.isNaN(date)) return Math.max(0, date - now);
  }
  return seconds === undefined ? undefined : seconds * 1000;
}

/** Anything may answer on that port: what is no Status has no parts. */
function parseStatus(text: string): ApiStatus {
  const status = parseObject(text);
  const details = asObject(status['details']);
  const causes: unknown[] = Array.isArray(details['causes']) ? details['causes'] : [];
  const seconds = details['retryAfterSeconds'];
  return {
    reason: asText(status['reason']),
    message: asText(status['message']),
    objectName: asText(details['name']),
    retryAfterSeconds: typeof seconds === 'number' && seconds > 0 ? seconds : undefined,
    fields: causes.slice(0, 5).flatMap((cause) => asText(asObject(cause)['field']) ?? []),
  };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
