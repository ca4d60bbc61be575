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
 * @returns `spare`: those that were not chosen, in the order in which they would have been next
 */
export function choosePoints(points: readonly CrashPoint[], wanted: string, random: Random): { readonly points: CrashPoint[]; readonly spare: readonly CrashPoint[] } {
  if (wanted === 'all') return { points: shuffled(points, random), spare: [] };
  if (!/^\d+$/.test(wanted)) return { points: points.filter((point) => new RegExp(wanted).test(describePoint(point))), spare: [] };
  const kinds = [...Map.groupBy(points, kindOf).values()].map((ofKind) => shuffled(ofKind, random));
  const turns = Math.max(0, ...kinds.map((ofKind) => ofKind.length));
  const inTurn = Array.from({ length: turns }, (_, turn) => shuffled(kinds.flatMap((ofKind) => ofKind[turn] ?? []), random));
  const all = inTurn.flat();
  return { points: all.slice(0, Number(wanted)), spare: all.slice(Number(wanted)) };
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items.map((item) => ({ item, at: random.next() })).toSorted((left, right) => left.at - right.at).map(({ item }) => item);
}
