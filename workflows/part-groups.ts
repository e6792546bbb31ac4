/** Steps that copy at the most: so a part's history stays small, however many trees there are. */
const mostSteps = 20;

/** The parts of a copy, from 0, in groups that a step each does. */
export function partGroups(parts: number): number[][] {
  const size = Math.max(1, Math.ceil(parts / mostSteps));
  const all = Array.from({ length: parts }, (_, part) => part);
  return Array.from({ length: Math.ceil(parts / size) }, (_, group) => all.slice(group * size, (group + 1) * size));
}
