import { BackupError } from '../../model/errors';
import type { TargetKind } from '../../model/kinds';

/** How targets are written that need no file. */
export const targetWords = ['localDir', 'remoteHdfs:NAMESERVICE:PATH', 'localHdfs:NAMESERVICE:PATH', 'nfs:SERVER:PATH'];

/** Targets with more fields than fit into a word. */
const inFilesOnly: readonly string[] = ['cifs', 'sftp', 'obs'] satisfies TargetKind[];

/** The fields that a word such as `remoteHdfs:NAMESERVICE:PATH` says, as a file would have them; undefined for a mere name. */
export function fieldsInWord(word: string, option: '--to' | '--target'): object | undefined {
  const [kind = '', place, ...path] = word.split(':');
  if (place === undefined) return undefined;
  if (inFilesOnly.includes(kind)) throw tooManyFields(kind, option);
  return { kind, [kind === 'nfs' ? 'server' : 'nameService']: place, path: path.join(':') };
}

/** Where it is given without a file, in which it might be a name. */
export function refuseMereKind(word: string, option: '--to' | '--target'): void {
  if (inFilesOnly.includes(word)) throw tooManyFields(word, option);
}

function tooManyFields(kind: string, option: string): BackupError {
  return new BackupError('invalid', `a target ${kind} has more fields than fit into ${option}`, {
    hint: `write it under targets in a file, with a name, and give ${option} NAME -f tasks.yaml`,
  });
}
