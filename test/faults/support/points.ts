/** Which crash points there are, and which of them to run when there is no time for all. */

import type { Random } from '../../e2e/support/random.ts';
import { kindOf, MOMENTS } from './effect.ts';
import type { CrashPoint, Effect } from './effect.ts';

/** Three for each effect. */
export function pointsOf(effects: readonly Effect[]): CrashPoint[] {
  return effects.flatMap((effect) => MOMENTS.map((moment) => ({ ...effect, moment })));
}

/** At most `limit` of them, of each kind of effect in turn, so that no kind is left out because another has more. */
export function choosePoints(points: readonly CrashPoint[], limit: number, random: Random): CrashPoint[] {
  const kinds = [...Map.groupBy(points, kindOf).values()].map((ofKind) => shuffled(ofKind, random));
  const turns = Math.max(0, ...kinds.map((ofKind) => ofKind.length));
  const inTurn = Array.from({ length: turns }, (_, turn) => shuffled(kinds.flatMap((ofKind) => ofKind[turn] ?? []), random));
  return inTurn.flat().slice(0, limit);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items.map((item) => ({ item, at: random.next() })).toSorted((left, right) => left.at - right.at).map(({ item }) => item);
}
