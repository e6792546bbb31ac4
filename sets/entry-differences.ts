import type { TreeEntry } from '../model/tree';

type Field = Exclude<keyof TreeEntry, 'path' | 'type' | 'hasAcl'>;

const fields: readonly { readonly field: Field; readonly words: string }[] = [
  { field: 'bytes', words: 'bytes' },
  { field: 'modified', words: 'modification time' },
  { field: 'owner', words: 'owner' },
  { field: 'group', words: 'group' },
  { field: 'permission', words: 'permission' },
  { field: 'replication', words: 'replication' },
  { field: 'blockSize', words: 'block size' },
];

/** What an entry has that it should not have, in words; empty when nothing. The path is the same. */
export function differencesOf(expected: TreeEntry, found: TreeEntry): string[] {
  if (expected.type !== found.type) return [`become a ${found.type}`];
  const isCompared = (field: Field) => field !== 'modified' || expected.type === 'file';
  const differing = fields.filter(({ field }) => isCompared(field) && expected[field] !== found[field]);
  const words = differing.map(
    (each) => `${each.words} ${inWords(found[each.field])} instead of ${inWords(expected[each.field])}`,
  );
  if (expected.hasAcl === found.hasAcl) return words;
  return [...words, found.hasAcl ? 'access rules beyond its mode, which it had not' : 'lost its access rules'];
}

function inWords(value: string | number | undefined): string {
  return value === undefined ? 'none' : String(value);
}
