import { BackupError } from './errors';
import type { Label } from './label';

/**
 * Which sets go when `copies` may be kept (the product's *Maximum Backup Copies*), oldest first.
 *
 * The newest `copies` labels stay; the sets of all older labels go, but for held ones. Sets of one label belong
 * together: they are one copy, and one that is held keeps all. A held label stays *besides* the newest ones and goes
 * once it is released: a reader never costs a younger recovery point, and never more than `copies` stay for long.
 * Call it with the sets of one source (and part), so that a run in which a source failed costs it no good set.
 * `invalid` when `copies` is not a whole number from 1.
 */
export function setsToPrune(
  sets: readonly { readonly name: string; readonly label: Label }[],
  copies: number,
  held: ReadonlySet<string>,
): string[] {
  if (!Number.isInteger(copies) || copies < 1) throw new BackupError('invalid', `${copies} copies cannot be kept`);
  const newestFirst = [...new Set(sets.map(({ label }) => label))].sort().reverse();
  const heldLabels = sets.filter(({ name }) => held.has(name)).map(({ label }) => label);
  const kept = new Set([...newestFirst.slice(0, copies), ...heldLabels]);
  return sets
    .filter(({ label }) => !kept.has(label))
    .sort(byAge)
    .map(({ name }) => name);
}

function byAge(one: { name: string; label: Label }, other: { name: string; label: Label }): number {
  if (one.label !== other.label) return one.label < other.label ? -1 : 1;
  return one.name < other.name ? -1 : Number(one.name > other.name);
}
