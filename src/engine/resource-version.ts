/**
 * Compares two resource versions of one resource: negative when `a` is older, 0 when equal, positive when newer, undefined
 * when they cannot be compared.
 *
 * KEP-5504 (Kubernetes 1.35): a resource version is a decimal number without leading zeros and of any length, so a longer one is
 * greater and equal lengths compare as text; "0" and "" are requests, not versions. Same rule as CompareResourceVersion in
 * apimachinery's pkg/util/resourceversion. An API server with versions of another form is still watched, without comparing.
 */
export function compareResourceVersions(a: string, b: string): number | undefined {
  if (!WELL_FORMED.test(a) || !WELL_FORMED.test(b)) {
    return undefined;
  }
  if (a.length !== b.length) {
    return a.length - b.length;
  }
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}

const WELL_FORMED = /^[1-9][0-9]*$/;
