import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discardWhenSpoilt } from '../../embedded/hadoop-home';
import { lockedJars, parseLock, pomOf } from '../../embedded/jars';

const cache = mkdtempSync(join(tmpdir(), 'cairn-jars-'));
afterAll(() => rmSync(cache, { recursive: true }));

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const jars = parseLock(`# two jars\norg.one:one:1.0 ${sha256('one')}\norg.two:two:2.0 ${sha256('two')}\n`, 'some.lock');

function fakeHadoop(name: string, two: string): string {
  const folder = join(cache, name);
  mkdirSync(join(folder, 'lib'), { recursive: true });
  writeFileSync(join(folder, 'lib', 'one-1.0.jar'), 'one');
  writeFileSync(join(folder, 'lib', 'two-2.0.jar'), two);
  return folder;
}

test('a Hadoop in the cache whose jars are those of the lock is left alone', async () => {
  const folder = fakeHadoop('sound', 'two');
  await discardWhenSpoilt(folder, jars, (line) => expect(line).toBe('nothing to say'));
  expect(existsSync(folder)).toBe(true);
});

test('a corrupted jar in the cache is named, and the Hadoop that holds it does not stay', async () => {
  const folder = fakeHadoop('spoilt', 'tvo');
  const lines: string[] = [];
  await discardWhenSpoilt(folder, jars, (line) => lines.push(line));
  expect(lines).toEqual(['the hadoop in the cache is spoilt (two-2.0.jar): it is fetched again']);
  expect(existsSync(folder)).toBe(false);
});

test('a line of the lock that is no jar is refused', () => {
  expect(() => parseLock('org.one:one:1.0', 'some.lock')).toThrow(
    'some.lock: not a jar and its SHA-256: org.one:one:1.0',
  );
});

test('Maven is asked for exactly the jars of the lock, and for nothing that they need in their turn', async () => {
  const locked = await lockedJars('hadoop-jars.lock');
  const pom = pomOf(locked);
  expect(pom.match(/<dependency>/g)).toHaveLength(locked.length);
  expect(pom.match(/<exclusion><groupId>\*</g)).toHaveLength(locked.length);
});
