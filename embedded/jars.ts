/** The jars of the embedded Hadoop: which ones, how Maven is told, and whether the files are those that were meant. */
import { join } from 'node:path';
import { sha256OfFile } from './cache';
import { readAsset } from './asset';

export interface Jar {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly sha256: string;
  /** The name that the file has in the `lib` folder. */
  readonly file: string;
}

/** The jars that a lock of `embedded/` names. */
export async function lockedJars(lock: string): Promise<Jar[]> {
  return parseLock(await readAsset(lock), lock);
}

/** Reads lines of `group:artifact:version sha256`; empty ones and those that begin with # say nothing. */
export function parseLock(text: string, lock: string): Jar[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const [, group, artifact, version, sha256] = /^([^:]+):([^:]+):([^: ]+) ([0-9a-f]{64})$/.exec(line) ?? [];
    if (!group || !artifact || !version || !sha256) throw new Error(`${lock}: not a jar and its SHA-256: ${line}`);
    return { group, artifact, version, sha256, file: `${artifact}-${version}.jar` };
  });
}

/** The names of the jars that are missing in a folder, or are not what the lock says. */
export async function wrongJars(lib: string, jars: readonly Jar[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const jar of jars) {
    const found = await sha256OfFile(join(lib, jar.file)).catch(() => 'nothing');
    if (found !== jar.sha256) wrong.push(jar.file);
  }
  return wrong;
}

/** A project for Maven that needs exactly these jars, and nothing that they need in their turn. */
export function pomOf(jars: readonly Jar[]): string {
  const none = '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>';
  const dependencies = jars.map(
    ({ group, artifact, version }) =>
      `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${none}</dependency>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>cairn</groupId><artifactId>embedded-hadoop</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
${dependencies.join('\n')}
  </dependencies>
</project>
`;
}
