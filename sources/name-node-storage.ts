import { BackupError } from '../model/errors';
import type { StorageInfo } from '../servers/name-node';

/** All that a NameNode's `VERSION` file holds. */
export interface NameNodeVersion extends StorageInfo {
  readonly blockPoolId: string;
}

/** Fields in the order that Hadoop 3 writes; it reads any. No date, so that equal storage gives equal bytes. */
export function versionText(version: NameNodeVersion): string {
  return [
    `namespaceID=${version.namespaceId}`,
    `blockpoolID=${version.blockPoolId}`,
    'storageType=NAME_NODE',
    `cTime=${version.cTime}`,
    `clusterID=${version.clusterId}`,
    `layoutVersion=${version.layoutVersion}`,
    '',
  ].join('\n');
}

/** Reads a `VERSION` file; one that lacks a field or is not a NameNode's is `corrupt`. */
export function parseVersion(text: string): NameNodeVersion {
  const fields = fieldsOf(text);
  refuse(fields.get('storageType') !== 'NAME_NODE', 'is not of a NameNode');
  return {
    layoutVersion: numberIn(fields, 'layoutVersion'),
    namespaceId: numberIn(fields, 'namespaceID'),
    cTime: numberIn(fields, 'cTime'),
    clusterId: textIn(fields, 'clusterID'),
    blockPoolId: textIn(fields, 'blockpoolID'),
  };
}

/** A Java properties file: comments, and a backslash before `:` and `=` in values. */
function fieldsOf(text: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => !line.startsWith('#') && line.includes('='));
  return new Map(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).replace(/\\(.)/g, '$1')]),
  );
}

function textIn(fields: Map<string, string>, name: string): string {
  const value = fields.get(name);
  refuse(value === undefined || value === '', `lacks ${name}`);
  return value!;
}

function numberIn(fields: Map<string, string>, name: string): number {
  const value = textIn(fields, name);
  refuse(!/^-?\d{1,16}$/.test(value), `has no number as ${name}`);
  return Number(value);
}

function refuse(wrong: boolean, why: string): void {
  if (wrong) throw new BackupError('corrupt', `VERSION ${why}`);
}
