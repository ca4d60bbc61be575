/** The JSON text of a status, put together by hand so that a result's integers survive digit for digit. */
import type { StatusDraft } from './status.ts';

/** The value for `replace /status`. Fields without a value are left out. */
export function statusText(draft: StatusDraft): string {
  const { result, resultDigest: _digest, scope: _scope, ...plain } = draft;
  const text = JSON.stringify(plain);
  return result === undefined ? text : `${text.slice(0, -1)},"result":${result}}`;
}
