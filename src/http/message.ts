/** Requests and answers as they stand on the line: HTTP/1.1, RFC 9112. */

export interface HttpRequest {
  readonly method: string;
  /** With the query, percent-encoded. */
  readonly path: string;
  /** From `headerLines`: made once for many requests. */
  readonly headers: string;
  readonly body: string | undefined;
}

/** Names in lower case; of a header that comes more than once, all values, with commas between them. */
export type Headers = ReadonlyMap<string, string>;

/** What a request is told of its answer, in this order, ended by `onEnd` or `onError`; `onError` may come at any time. Must not throw. */
export interface AnswerHandler {
  onHead(status: number, headers: Headers): void;
  /** Part of the body, borrowed: its memory is used again after the call. */
  onData(part: Buffer): void;
  onEnd(): void;
  /** @param sent the request was given a connection, so the server may have seen it */
  onError(error: Error, sent: boolean): void;
}

/** A field value is printable text of one line: anything else could end the head, and begin another request. */
const BREAKS_A_HEAD = /[^\t\u0020-\u007e]/u;
const BREAKS_A_REQUEST_LINE = /[^\u0021-\u007e]/u;

/** @throws TypeError for a value that no header can carry; it names the header and not the value */
export function headerLines(headers: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const [name, value] of Object.entries(headers)) {
    if (BREAKS_A_HEAD.test(value)) throw new TypeError(`the value of the header ${name} has characters that no header can carry`);
    lines += `${name}: ${value}\r\n`;
  }
  return lines;
}

/** Head and body in one text, so that one write, and as a rule one TLS record, carries both. @throws TypeError for a path that is not encoded */
export function requestText({ method, path, headers, body }: HttpRequest, host: string): string {
  if (BREAKS_A_REQUEST_LINE.test(path)) throw new TypeError('the path of a request has characters that must be encoded');
  const head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${headers}`;
  return body === undefined ? `${head}\r\n` : `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
