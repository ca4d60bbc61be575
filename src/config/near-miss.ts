/** Variables that are nearly ours: WATCH_NAMESPACE would otherwise leave an operator watching every namespace. */

/** @returns the known name that `name` misses by one letter (missing, added, wrong, or swapped with its neighbour) */
export function nearMiss(name: string, known: readonly string[]): string | undefined {
  return known.includes(name) ? undefined : known.find((candidate) => isOneOff(name, candidate));
}

function isOneOff(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 1) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < Math.min(one.length, other.length) - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  const [left, right] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}
