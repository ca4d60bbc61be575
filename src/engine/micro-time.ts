/**
 * RFC 3339 in UTC with six digits of a second: metav1.MicroTime, the form of an Event's `eventTime` and a Lease's times. The API
 * server parses it with exactly that layout and refuses milliseconds.
 *
 * @param ms milliseconds since 1970, fractions allowed
 */
export function microTime(ms: number): string {
  const micros = Math.floor((ms - Math.floor(ms)) * 1000);
  return new Date(Math.floor(ms)).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`);
}
