/** Which job ids came from an idempotency key, so that their rows leave something behind. */

/**
 * A UUID of version 5, the kind that keys are hashed to. The API server's uids are of version 4, so no row of an unkeyed Job
 * pays for a tombstone. Another producer's row may bear such an id too: its tombstone does no harm, since nobody has its key.
 */
const VERSION_5 = /^[\da-f]{8}-[\da-f]{4}-5[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i;

export function isKeyedId(jobId: string): boolean {
  return VERSION_5.test(jobId);
}
