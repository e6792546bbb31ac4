import { z } from 'zod';
import { BackupError } from '../model/errors';
import { read } from './webhdfs-answers';
import type { NameNodes } from './webhdfs-name-nodes';

/** What a file or directory has beside its content, owner and mode. `missing` when it is not there. */
export interface HdfsAttributes {
  /** Milliseconds since 1970; -1 leaves a time as it is. */
  setTimes(path: string, modified: number, accessed: number): Promise<void>;
  /**
   * The entries beyond the mode, as HDFS writes them, such as `user:alice:rw-` or `default:group::r-x`; none = [].
   * The mask is not among them: it is the group digit of the mode. `unsupported` where the cluster keeps no ACLs.
   */
  aclOf(path: string): Promise<readonly string[]>;
  /**
   * Makes these all the entries that there are, so that `aclOf` gives them back. The mode that stands then stays: owner
   * and others from it, and its group digit is the mask. So set the mode first; but after removing them all ([]), because
   * that puts the entry `group::` in the mode's place.
   */
  setAcl(path: string, entries: readonly string[]): Promise<void>;
  /** Name with its namespace (`user.…`) → value in hex (`0x…`, `0x` = empty); all that this user may see. */
  xattrsOf(path: string): Promise<ReadonlyMap<string, string>>;
  /** Creates or replaces one. */
  setXattr(path: string, name: string, hex: string): Promise<void>;
  /** An attribute that is not there is fine. */
  removeXattr(path: string, name: string): Promise<void>;
}

export function openAttributes(nameNodes: NameNodes): HdfsAttributes {
  const put = async (operation: string, path: string, params: Record<string, string | number>) =>
    void (await nameNodes.ask('PUT', operation, path, params));
  return {
    setTimes: (path, modified, accessed) => put('SETTIMES', path, { modificationtime: modified, accesstime: accessed }),
    aclOf: async (path) => (await aclStatusOf(nameNodes, path)).entries,
    async setAcl(path, entries) {
      if (entries.length === 0) return put('REMOVEACL', path, {});
      const { permission, entries: before } = await aclStatusOf(nameNodes, path);
      // SETACL leaves those for new files as they are when it is given none.
      if (before.some(isDefault) && !entries.some(isDefault)) await put('REMOVEDEFAULTACL', path, {});
      return put('SETACL', path, { aclspec: specOf(entries, permission) });
    },
    async xattrsOf(path) {
      const answer = read(xattrsSchema, await nameNodes.ask('GET', 'GETXATTRS', path, { encoding: 'hex' }));
      return new Map(answer.XAttrs.map(({ name, value }) => [name, value ?? '0x']));
    },
    setXattr: (path, name, hex) =>
      put('SETXATTR', path, { 'xattr.name': name, 'xattr.value': hex, flag: 'CREATE,REPLACE' }),
    removeXattr: (path, name) => put('REMOVEXATTR', path, { 'xattr.name': name }).catch(unlessNoSuchAttribute),
  };
}

const aclSchema = z.object({
  AclStatus: z.object({ entries: z.array(z.string()), permission: z.string().regex(/^[0-7]{1,4}$/) }),
});
const xattrsSchema = z.object({ XAttrs: z.array(z.object({ name: z.string(), value: z.string().nullish() })) });

async function aclStatusOf(nameNodes: NameNodes, path: string) {
  return read(aclSchema, await nameNodes.ask('GET', 'GETACLSTATUS', path)).AclStatus;
}

/**
 * HDFS wants the whole ACL, with the entries that it hides in the mode. Of default entries it shows all; of the
 * others it shows `group::` only where there is a mask, which then has its place in the mode.
 */
function specOf(entries: readonly string[], permission: string): string {
  const [owner, group, others] = [...permission.padStart(4, '0')].slice(-3).map(symbols);
  const isExtended = !entries.every(isDefault);
  const hidden = [`user::${owner}`, `${isExtended ? 'mask' : 'group'}::${group}`, `other::${others}`];
  return [...hidden, ...entries].join(',');
}

function isDefault(entry: string): boolean {
  return entry.startsWith('default:');
}

function symbols(octal: string): string {
  const bits = Number(octal);
  return [bits & 4 ? 'r' : '-', bits & 2 ? 'w' : '-', bits & 1 ? 'x' : '-'].join('');
}

/** A path that is not there gives a FileNotFoundException instead. */
function unlessNoSuchAttribute(error: unknown): void {
  if (error instanceof BackupError && error.kind === 'missing' && error.context['exception'] === 'IOException') return;
  throw error;
}
