/** Which crash points there are, and which of them to run when there is no time for all. */

import type { Random } from '../../e2e/support/random.ts';
import { describePoint, kindOf, MOMENTS } from './effect.ts';
import type { CrashPoint, Effect, Fate } from './effect.ts';

/** Three for each effect. */
export function pointsOf(effects: readonly Effect[], fate: Fate): CrashPoint[] {
  return effects.flatMap((effect) => MOMENTS.map((moment) => ({ ...effect, moment, fate })));
}

/**
 * @param wanted a number: so many, of each kind of effect in turn, so that no kind is left out because another has more; `all`; or a
 *   regular expression for what `describePoint` says
 */
export function choosePoints(points: readonly CrashPoint[], wanted: string, random: Random): CrashPoint[] {
  if (wanted === 'all') return shuffled(points, random);
  if (!/^\d+$/.test(wanted)) return points.filter((point) => new RegExp(wanted).test(describePoint(point)));
  const kinds = [...Map.groupBy(points, kindOf).values()].map((ofKind) => shuffled(ofKind, random));
  const turns = Math.max(0, ...kinds.map((ofKind) => ofKind.length));
  const inTurn = Array.from({ length: turns }, (_, turn) => shuffled(kinds.flatMap((ofKind) => ofKind[turn] ?? []), random));
  return inTurn.flat().slice(0, Number(wanted));
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items.map((item) => ({ item, at: random.next() })).toSorted((left, right) => left.at - right.at).map(({ item }) => item);
}
