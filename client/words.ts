import { serverOfEndpoint } from '../model/obs-schema';
import { nasText } from '../model/nas-schema';
import type { TargetSpec } from '../model/task';
import { bytesText } from '../model/text';

/** A target as people know it: where it is, as far as its kind has more than one place. */
export function targetText(target: TargetSpec): string {
  if (target.kind === 'obs') return `obs ${serverOfEndpoint(target.endpoint)}:${target.bucket}/${target.path}`;
  if (target.kind === 'sftp') return `${target.kind} ${target.username}@${target.server}:${target.path}`;
  if (target.kind === 'nfs' || target.kind === 'cifs') return `${target.kind} ${nasText(target)}`;
  if (target.kind === 'localDir') return target.kind;
  const whose = target.kind === 'localHdfs' && target.cluster !== undefined ? `${target.cluster} ` : '';
  return `${target.kind} ${whose}${target.nameService}:${target.path}`;
}

interface Content {
  readonly files: number;
  readonly directories: number;
  readonly bytes: number;
}

/** `1 file and 3 directories, 1.5 GiB`. */
export function contentText({ files, directories, bytes }: Content): string {
  return `${countText(files, 'file', 'files')} and ${countText(directories, 'directory', 'directories')}, ${bytesText(bytes)}`;
}

export function countText(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
