import { Readable } from 'node:stream';
import { noControl } from '../../model/control';
import { BackupError } from '../../model/errors';
import type { VerifyLevel } from '../../model/set';
import type { BackupTarget } from '../../model/target';
import { verifySet } from '../../sets/verify';
import { targetWithSet } from './fixture';
import { mutationsOf } from './mutations';

const levels: VerifyLevel[] = ['structure', 'content'];

describe('verifying a set', () => {
  it('finds nothing wrong with a sound one, and reads every byte only for its content', async () => {
    const { target, names, manifest } = await targetWithSet();
    const sound = { name: names.name, problems: [] };
    const read = manifest.archive.bytes;
    expect(await verifySet(target, names.name, 'structure', noControl())).toEqual({
      ...sound,
      level: 'structure',
      bytesRead: 0,
    });
    expect(await verifySet(target, names.name, 'content', noControl())).toEqual({
      ...sound,
      level: 'content',
      bytesRead: read,
    });
  });

  it.each(levels)('finds an archive that is gone (%s)', async (level) => {
    const { target, objects, names } = await targetWithSet();
    objects.delete(names.archive);
    const { problems } = await verifySet(target, names.name, level, noControl());
    expect(problems).toEqual([`the archive ${names.archive} is not there any more`]);
  });

  it.each(levels)('finds an archive of another size (%s)', async (level) => {
    const { target, objects, names, manifest } = await targetWithSet();
    objects.set(names.archive, Buffer.from('short'));
    const { problems } = await verifySet(target, names.name, level, noControl());
    expect(problems).toEqual([`the archive ${names.archive} has 5 bytes instead of ${manifest.archive.bytes}`]);
  });

  it.each(levels)('finds any of 500 mutations of the manifest (%s)', async (level) => {
    const { target, objects, names } = await targetWithSet({ a: 'a' });
    for (const { bytes } of mutationsOf(objects.get(names.manifest)!, 500, 4)) {
      objects.set(names.manifest, bytes);
      const { problems } = await verifySet(target, names.name, level, noControl());
      expect(problems).toEqual([expect.stringContaining(`the manifest ${names.manifest} is damaged`)]);
    }
  });

  it('finds any of 500 mutations of the archive by its content', async () => {
    const { target, objects, names } = await targetWithSet();
    for (const { bytes } of mutationsOf(objects.get(names.archive)!, 500, 5)) {
      objects.set(names.archive, bytes);
      const { problems } = await verifySet(target, names.name, 'content', noControl());
      expect(problems).toEqual([expect.stringMatching(/^the archive (of the set )?nightly_1/)]);
    }
  });

  it('says what is wrong without a hint in the words, since a report is no order', async () => {
    const { target, objects, names } = await targetWithSet();
    objects.get(names.archive)![1000]! ^= 1;
    const { problems } = await verifySet(target, names.name, 'content', noControl());
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toContain('HINT');
  });

  it('says that there is no such set', async () => {
    const { target, names } = await targetWithSet();
    const missing = `${names.name.slice(0, -1)}9`;
    await expect(verifySet(target, missing, 'content', noControl())).rejects.toMatchObject({ kind: 'missing' });
    await expect(verifySet(target, 'no/set', 'content', noControl())).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('calls a target that does not answer no damage', async () => {
    const { target, names } = await targetWithSet();
    const broken: BackupTarget = {
      ...target,
      get: async (name) => (name === names.archive ? cutOff() : target.get(name)),
    };
    const verifying = verifySet(broken, names.name, 'content', noControl());
    await expect(verifying).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('stops when it is told to', async () => {
    const { target, names } = await targetWithSet();
    const control = { ...noControl(), signal: AbortSignal.abort() };
    await expect(verifySet(target, names.name, 'content', control)).rejects.toMatchObject({ kind: 'cancelled' });
  });
});

function cutOff(): Readable {
  return new Readable({
    read() {
      this.destroy(new BackupError('unavailable', 'the line was cut'));
    },
  });
}
