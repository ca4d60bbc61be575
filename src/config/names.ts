/** Names with rules of their own: Kubernetes', DNS's and MySQL's. */
import { isIP } from 'node:net';
import { fit, quote, unfit, type Parse } from './parsed.ts';

/** RFC 1123 label, the rule for namespace names. */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const DNS_LABEL_RULE = 'lower-case letters, digits and "-", 63 characters at most, a letter or digit at both ends';

export const namespace: Parse<string> = (text) =>
  DNS_LABEL.test(text) ? fit(text) : unfit(`${quote(text)} is no namespace name; allowed: ${DNS_LABEL_RULE}`);

/** Names separated by commas; the answer is sorted and free of doubles, so that equal sets are equal. */
export const namespaces: Parse<readonly string[]> = (text) => {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.filter((name) => !DNS_LABEL.test(name));
  if (wrong.includes('*')) {
    return unfit('"*" is no namespace name; allowed: names separated by commas; leave it unset to watch all namespaces');
  }
  if (wrong.length > 0) {
    return unfit(
      `no namespace name: ${wrong.slice(0, 3).map(quote).join(', ')}; ` +
        `allowed: names separated by commas, each of ${DNS_LABEL_RULE}`,
    );
  }
  return fit([...new Set(names)].toSorted());
};

/** RFC 1123 subdomain, the rule for object names. */
export const objectName: Parse<string> = (text) =>
  text.length <= 253 && text.split('.').every((label) => DNS_LABEL.test(label))
    ? fit(text)
    : unfit(`${quote(text)} is no object name; allowed: lower-case letters, digits, "-" and ".", 253 characters at most`);

/** No slash: the name is the first part of `cluster/namespace/key`, and two clusters must never spell the same text. */
export const clusterName: Parse<string> = (text) =>
  /^[A-Za-z0-9]([-._A-Za-z0-9]{0,251}[A-Za-z0-9])?$/.test(text)
    ? fit(text)
    : unfit(
        `${quote(text)} does not fit; allowed: letters, digits, "-", "." and "_", ` +
          '253 characters at most, a letter or digit at both ends',
      );

/** The text is not repeated: somebody may have pasted a whole URL, password included. */
export const host: Parse<string> = (text) => {
  if (isIP(text) !== 0) return fit(text);
  const labels = text.replace(/\.$/, '').split('.');
  const isName = text.length <= 253 && labels.every((label) => /^[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?$/.test(label));
  return isName ? fit(text) : unfit('does not fit; allowed: a host name or an IP address, without scheme, port or path');
};

/** Anything printable: the server knows its own rules. The text is not repeated, for the same reason as above. */
export function databaseName(maxLength: number): Parse<string> {
  return (text) =>
    text.length <= maxLength && !/\p{Cc}/u.test(text)
      ? fit(text)
      : unfit(`does not fit; allowed: printable characters, ${maxLength} at most`);
}
