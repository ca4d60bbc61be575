/** The digest of a stored payload: what tells two requests with one idempotency key apart. */
import { digest } from '../json/canonical.ts';

/**
 * Above this many bytes of printed text no payload can be a Job's (the API server stores at most about 1.5 MB, and MySQL's
 * spaces do not make it four times as long), and it is not read.
 */
const LIMIT_BYTES = 8 * 1024 * 1024;

/** The payload of `jobs AS j` as text; NULL when it is larger than any Job's. */
export const PAYLOAD_COLUMN = `IF(LENGTH(j.request_payload) <= ${LIMIT_BYTES}, CAST(j.request_payload AS CHAR), NULL) AS payload`;

/** Equals no payload's digest: of one that no Job can have, for its size or because it is no JSON (the column may be a plain text). */
export const NO_DIGEST = '';

/** @param payload as `PAYLOAD_COLUMN` gives it */
export function payloadDigest(payload: string | null): string {
  if (payload === null) return NO_DIGEST;
  try {
    return digest(payload);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return NO_DIGEST;
  }
}
