import type { Label } from './label';

/** How much the runs of a source of service data copy (product facts §2): the first one always everything. */
export type Policy = 'full' | 'incremental' | { readonly fullEvery: number };

/** The set that an increment builds on. Each set is a whole recovery point all the same. */
export interface Base {
  readonly label: Label;
  /** How many increments there will be since the last full set. */
  readonly increments: number;
}

/** True where the run after so many increments since the last full set is to be a full one. */
export function isFullDue(policy: Policy | undefined, increments: number): boolean {
  if (policy === undefined || policy === 'full') return true;
  return policy !== 'incremental' && increments + 1 >= policy.fullEvery;
}

/** Why a run whose policy asks for an increment is none, for people. */
export function fullInstead(why: string): string {
  return `a full run instead of an increment: ${why}`;
}

/** Of a set that builds on another, for people. It holds everything all the same. */
export function incrementText(buildsOn: Label): string {
  return `only what changed since set ${buildsOn}`;
}

/** For people. */
export function policyText(policy: Policy = 'full'): string {
  if (policy === 'full') return 'everything in each run';
  if (policy === 'incremental') return 'what changed since the run before';
  return `what changed since the run before, everything in each ${ordinal(policy.fullEvery)} run`;
}

function ordinal(number: number): string {
  const endings: Readonly<Record<string, string>> = { one: 'st', two: 'nd', few: 'rd' };
  return `${number}${endings[new Intl.PluralRules('en', { type: 'ordinal' }).select(number)] ?? 'th'}`;
}
