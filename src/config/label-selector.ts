/** Kubernetes label selectors, checked at start: a wrong one would be refused by every list and watch, for ever. */
import { fit, quote, unfit, type Parse } from './parsed.ts';

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;
const ALLOWED = 'allowed: a Kubernetes label selector, such as team=web,tier in (a, b),!legacy';

/** One requirement: `key`, `!key`, `key = value`, `key in (a, b)` or `key > 1`. */
const REQUIREMENT = /^(?:(?<absent>!)?\s*(?<key>[^\s!=<>(),]+)|(?<subject>[^\s!=<>(),]+)\s*(?:(?<operator>==|=|!=|<|>)\s*(?<value>[^\s!=<>(),]*)|\s(?:in|notin)\s*\((?<values>[^()]*)\)))$/;

/** The grammar of `k8s.io/apimachinery/pkg/labels.Parse`. The text is passed on as it is. */
export const labelSelector: Parse<string> = (text) => {
  for (const requirement of splitOutsideParentheses(text)) {
    const problem = problemOf(requirement.trim());
    if (problem !== undefined) return unfit(`${problem} in ${quote(text)}; ${ALLOWED}`);
  }
  return fit(text);
};

function splitOutsideParentheses(text: string): readonly string[] {
  return text.split(/,(?![^()]*\))/);
}

function problemOf(requirement: string): string | undefined {
  const groups = REQUIREMENT.exec(requirement)?.groups;
  if (groups === undefined) return `${quote(requirement)} is no requirement`;
  const { key = groups['subject'] ?? '', operator, value, values } = groups;
  if (!isKey(key)) return `${quote(key)} is no label key`;
  if (operator === '<' || operator === '>') {
    return /^-?\d+$/.test(value ?? '') ? undefined : `${quote(value ?? '')} is no whole number`;
  }
  const listed = values === undefined ? [value ?? ''] : values.split(',').map((each) => each.trim());
  const wrong = listed.find((each) => each !== '' && !NAME.test(each));
  return wrong === undefined ? undefined : `${quote(wrong)} is no label value`;
}

function isKey(key: string): boolean {
  const slash = key.indexOf('/');
  return slash === -1 ? NAME.test(key) : PREFIX.test(key.slice(0, slash)) && NAME.test(key.slice(slash + 1));
}
