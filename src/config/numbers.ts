/** Whole numbers and yes/no: never a half-read text such as `10s`, which would silently mean something else. */
import { fit, quote, unfit, type Parse } from './parsed.ts';

export function wholeNumber(min: number, max: number): Parse<number> {
  const allowed = `allowed: a whole number from ${min} to ${max}`;
  return (text) => {
    if (text.startsWith('tcp://')) {
      // A Service called `db` or `http` makes the kubelet set DB_PORT or HTTP_PORT to tcp://address:port.
      return unfit(
        `${quote(text)} was set by Kubernetes for a Service of that name; ` +
          `set the variable in the pod or turn enableServiceLinks off; ${allowed}`,
      );
    }
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? fit(value) : unfit(`${quote(text)} does not fit; ${allowed}`);
  };
}

export const flag: Parse<boolean> = (text) => {
  if (text === 'true') return fit(true);
  if (text === 'false') return fit(false);
  return unfit(`${quote(text)} does not fit; allowed: true, false`);
};
